import type { Rotation } from '../rotation-views.js';
import type { Details } from './details.js';
import { DAY_MS } from './terms.js';

type PastBrownout = Details['brownouts'][number];

/**
 * Whether it goes on. Its end is a change of its own, so whatever was changed since the time that it
 * was to end knows that it is over.
 */
export function isUnderWay({ until }: PastBrownout, updatedAt: number): boolean {
  return until > updatedAt;
}

/** What became of it, for people. */
export function brownoutState(
  one: PastBrownout,
  updatedAt: number,
): Rotation['brownouts'][number]['state'] {
  if (isUnderWay(one, updatedAt)) return 'under_way';
  if (one.until === one.from && one.isStopped) return 'skipped';
  return one.isStopped ? 'stopped' : 'over';
}

/** As they are once the secret is refused, or accepted, for another reason: one that goes on is cut off. */
export function cutOffAt(
  brownouts: readonly PastBrownout[],
  nowMs: number,
): readonly PastBrownout[] {
  return brownouts.map((one) =>
    one.until > nowMs ? { ...one, until: nowMs, isStopped: true } : one,
  );
}

/** The policy's next one, not before when it is; undefined: there is none to come. */
export function plannedBrownout({ terms, brownouts, deliveredAt }: Details) {
  if (terms.brownouts === null || deliveredAt === null) return undefined;
  const { afterMs, forMs, shares } = terms.brownouts;
  const share = shares[brownouts.length];
  if (share === undefined) return undefined;
  const plannedAt = deliveredAt + afterMs + brownouts.length * DAY_MS;
  // Who was down for days does not make up for them: one upon the other would be an outage.
  const dueAt = Math.max(plannedAt, ...brownouts.map(({ from }) => from + DAY_MS));
  return { dueAt, forMs, share };
}
