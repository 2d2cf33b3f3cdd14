import { hash } from 'node:crypto';
import type { DeliveryFailure, Destination, Reading } from '../deliver/destination.js';
import { isSameDigest } from '../keys/digest.js';
import type { RotationId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { DestinationRecord } from '../store/automation.js';
import type { Details } from './details.js';
import { secretOf } from './step.js';

/** One place that the new secret is written to, as it was when the rotation began. */
export interface PinnedDestination {
  readonly id: string;
  readonly name: string;
  /** Of its record: what was changed since is looked at by a person first. */
  readonly version: number;
  /** For people: `/srv/app/.env, variable API_KEY`. */
  readonly place: string;
  /** `writing`: it may have the new secret by now. `unknown`: it was passed over meanwhile. */
  readonly state: 'waiting' | 'writing' | 'delivered' | 'skipped' | 'unknown';
  /** It was read back; false: the place tells nobody what it holds. */
  readonly isConfirmed: boolean;
  /** When it was delivered, or skipped. */
  readonly at: number | null;
  /**
   * The version of its rotation that said first that it is written to. Absent: not yet, or an earlier
   * version of Keyturn has written it, and nobody knows how often it was tried.
   */
  readonly markedIn?: number;
  /** When a write to it ended of which nobody knows whether it was done. Absent or null: none did. */
  readonly sentAt?: number | null;
}

/** What did not go, and when it is tried again. Times are milliseconds UTC. */
export interface DeliveryTrouble {
  /** Its name; null: it is the policy's probe. */
  readonly destination: string | null;
  readonly class: DeliveryFailure['class'] | 'drift' | 'changed';
  readonly message: string;
  /** Tries so far, in all cycles. */
  readonly tryCount: number;
  /** Null: when a person has acted. */
  readonly nextAt: number | null;
  /** The new secret is gone while places have it, or may have it. Absent: it is not. */
  readonly isLost?: boolean;
}

const TRIES_A_CYCLE = 6;
const CYCLES = 3;
const [SHORTEST_MS, LONGEST_MS] = [10_000, 3_600_000];

/** A destination that is open, or why it cannot be. */
export type Opened =
  | { readonly record: DestinationRecord; readonly destination: Destination }
  | { readonly record: DestinationRecord; readonly failure: DeliveryFailure };

/** Places that are still to be written to, in their order. */
export function waitingIn({ destinations = [] }: Details): readonly PinnedDestination[] {
  return destinations.filter(({ state }) => state === 'waiting' || state === 'writing');
}

/** Whether a place may have the new secret by now. */
export function isDelivered({ destinations = [] }: Details): boolean {
  return destinations.some(mayHold);
}

/** Whether a place was sent the new secret. One that has refused it may have handed it on all the same. */
export function isOffered({ destinations = [] }: Pick<Details, 'destinations'>): boolean {
  return destinations.some((one) => mayHold(one) || one.markedIn !== undefined);
}

function mayHold({ state }: PinnedDestination): boolean {
  return state === 'delivered' || state === 'writing' || state === 'unknown';
}

/** No place is known to have the new secret, and of one nobody knows. */
export function isUncertain({ destinations = [] }: Details): boolean {
  const isIn = (sought: string) => destinations.some(({ state }) => state === sought);
  return isIn('unknown') && !isIn('delivered');
}

/**
 * Whether the next place can be passed over: some other one has the new secret, or will, or this one
 * may. Where none of them does, nobody could be given it.
 */
export function isPassable(details: Details): boolean {
  return waitingIn(details).length > 1 || (waitingIn(details).length > 0 && isDelivered(details));
}

/**
 * What a place holds: the `new` secret; one that may be written over, another of the key's, or
 * nothing; or what somebody else has put there.
 */
export function holdingOf(
  reading: Exclude<Reading, DeliveryFailure>,
  key: KeyRecord,
  { newNumber, oldNumber }: Pick<Details, 'newNumber' | 'oldNumber'>,
): 'new' | 'replaceable' | 'drift' {
  if (reading.kind !== 'found') return 'replaceable';
  const { fingerprint } = reading;
  const successor = secretOf(key, newNumber);
  if (successor !== undefined && isSameDigest(successor.digest, fingerprint)) return 'new';
  const isOwn = key.secrets.some(({ digest }) => isSameDigest(digest, fingerprint));
  // Of a secret that was made elsewhere, with a salt, no fingerprint is known.
  const isUnknown = secretOf(key, oldNumber)?.scheme !== 'sha256';
  return isOwn || isUnknown ? 'replaceable' : 'drift';
}

/** What is next after a failure: another try, a person, or another secret. */
export function troubleOf(
  id: RotationId,
  { trouble }: Pick<Details, 'trouble'>,
  failed: {
    /** Null: the policy's probe. */
    readonly name: string | null;
    readonly failure: DeliveryFailure;
    readonly nowMs: number;
  },
): DeliveryTrouble {
  const { name, failure, nowMs } = failed;
  const tryCount = (trouble?.destination === name ? trouble.tryCount : 0) + 1;
  const told = { destination: name, class: failure.class, message: failure.message, tryCount };
  const isForPeople = ['destination_auth', 'target_missing', 'value_rejected'].includes(
    failure.class,
  );
  if (isForPeople || tryCount >= TRIES_A_CYCLE * CYCLES) return { ...told, nextAt: null };
  // What is asked for comes before our own pause and not in its place: a vendor that says one second
  // to all has them all back in the same one, and is given up after eighteen.
  const askedMs = Math.min(failure.retryAfterMs ?? 0, LONGEST_MS);
  return { ...told, nextAt: nowMs + askedMs + delayOf(id, tryCount) };
}

/** Doubled with each try of a cycle, between a half and all of it: those that fail together part. */
function delayOf(id: RotationId, tryCount: number): number {
  const isCycleOver = tryCount % TRIES_A_CYCLE === 0;
  const wholeMs = isCycleOver ? LONGEST_MS : SHORTEST_MS * 2 ** ((tryCount % TRIES_A_CYCLE) - 1);
  const share = hash('sha256', `${id} ${tryCount}`, 'buffer').readUInt32BE() / 2 ** 32;
  return Math.floor(wholeMs * (0.5 + share / 2));
}
