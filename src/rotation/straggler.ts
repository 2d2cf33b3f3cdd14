import type { Consumer } from '../store/consumers.js';
import type { LateUser } from '../store/late-use.js';
import type { RotationRecord } from '../store/rotation.js';
import { type Details, detailsOf } from './details.js';

/** A rotation that has ended its old secret, and when. */
export interface Ending {
  readonly rotation: RotationRecord;
  readonly details: Details;
  readonly endedAt: number;
}

/** Undefined: it has not ended its old secret. */
export function endingOf(rotation: RotationRecord): Ending | undefined {
  const details = detailsOf(rotation);
  // What an emergency took over ended with the emergency, at once.
  const superseded = rotation.state === 'superseded' ? rotation.closedAt : null;
  const endedAt = details.revokedAt ?? superseded;
  return endedAt === null ? undefined : { rotation, details, endedAt };
}

/**
 * Who uses a secret after its end. Only a consumer that was waited for can be a straggler, and
 * only from its own network: what it says of itself can be copied. Where no network is told, that is
 * nobody.
 */
export function lateUserOf(details: Details, { id, network }: Consumer): LateUser {
  if (network === null) return 'intruder';
  const { group } = details.terms.evidence;
  const isKnown = details.baseline.some((one) =>
    group === 'network' ? one.network === network : one.id === id && one.network === network,
  );
  return isKnown ? 'straggler' : 'intruder';
}
