import type { KeyId } from '../keys/id.js';
import type { ConsumerUse } from './consumers.js';

/**
 * Who uses a secret after its end: a consumer that was waited for, from its own network, or
 * anyone else.
 * @public
 */
export type LateUser = 'straggler' | 'intruder';

/**
 * Refused checks of a secret that is disabled or revoked, and what the watch over it made of them.
 * @public
 */
export interface LateUse extends ConsumerUse {
  /** Null: not known to have come after the end. */
  readonly lateAs: LateUser | null;
}

/**
 * What the watch has found of one consumer's refused checks of a secret.
 * @public
 */
export interface WeighedUse {
  readonly keyId: KeyId;
  readonly secretNumber: number;
  /** The consumer's id. */
  readonly consumer: string;
  /** The last check that was looked at, in milliseconds UTC: a later one is looked at again. */
  readonly lastAt: number;
  readonly lateAs: LateUser | null;
}

/**
 * How many consumers of each kind used a secret after its end, as far as the watch has looked.
 * @public
 */
export type LateCounts = Readonly<Record<LateUser, number>>;
