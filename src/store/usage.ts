import type { KeyId, KeyspaceId } from '../keys/id.js';
import type { ConsumerCount } from './consumers.js';
import type { ShadowTally } from './shadow.js';
import type { Within } from './within.js';

/**
 * One hour, in milliseconds: the width of a usage bucket.
 * @public
 */
export const HOUR_MS = 3_600_000;

/**
 * When the hour of a time began, in milliseconds UTC.
 * @public
 */
export function hourOf(timeMs: number): number {
  return timeMs - (timeMs % HOUR_MS);
}

/**
 * How wide a row of an answer is, in milliseconds.
 * @public
 */
export const BUCKET_MS = { hour: HOUR_MS, day: 24 * HOUR_MS } as const;

/**
 * Counts of one secret, one hour and one outcome.
 * @public
 */
export interface UsageCount {
  readonly keyspaceId: KeyspaceId;
  /** Null: no key was found (`missing`, `malformed`, `unknown`, `ambiguous`). */
  readonly keyId: KeyId | null;
  /** 0 where there is no key. */
  readonly secretNumber: number;
  /** The beginning of the hour, in milliseconds UTC. */
  readonly hourAt: number;
  /** `valid`, or the refusal's code. */
  readonly outcome: string;
  readonly count: number;
  /** The last time this outcome was given in this batch; moves last use only if `valid`. */
  readonly lastAt: number;
}

/**
 * What one flush writes; its id makes a repeated flush harmless.
 * @public
 */
export interface UsageBatch {
  readonly id: string;
  readonly at: number;
  readonly counts: readonly UsageCount[];
  /** What was compared with an older check; absent: nothing. */
  readonly shadow?: ShadowTally | undefined;
  /** Absent: none were seen. */
  readonly consumers?: readonly ConsumerCount[];
}

/** @public */
export interface UsageQuery {
  readonly within: Within;
  readonly keyId?: KeyId | undefined;
  readonly owner?: string | undefined;
  /** Inclusive, in milliseconds UTC. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly per: 'hour' | 'day';
  /** What each row stands for. */
  readonly by: 'key' | 'secret' | 'total';
  readonly limit: number;
  /** Where the page before ended: rows of a later (start, key, secret, keyspace). */
  readonly after: {
    readonly startAt: number;
    readonly keyId: string;
    readonly secret: number;
    readonly keyspaceId: string;
  } | null;
}

/**
 * The outcomes of one bucket; ordered by start, key, secret, keyspace.
 * @public
 */
export interface UsageRow {
  readonly startAt: number;
  /** Null: summed over several. What belongs to no key is counted for its keyspace alone. */
  readonly keyspaceId: KeyspaceId | null;
  readonly keyId: KeyId | null;
  /** Null where there is no key, too. */
  readonly secretNumber: number | null;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** The keyspace of a sum over all that was asked for: null, unless that is one keyspace. */
export function onlyKeyspaceOf({ within }: UsageQuery): KeyspaceId | null {
  return within !== 'all' && within.length === 1 ? (within[0] ?? null) : null;
}
