import { type Digest, isSameDigest } from './digest.js';
import type { SecretScheme } from './scheme.js';

/**
 * A secret's life; see docs/concepts/keys.md, States of a secret.
 * @public
 */
export type SecretState = 'pending' | 'current' | 'retiring' | 'disabled' | 'revoked';

/**
 * A time in which a retiring secret is refused on trial, so that who still uses it is found.
 * @public
 */
export interface Brownout {
  /** Milliseconds UTC, inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
  /** Of its checks, the part that is refused: above 0, at most 1. */
  readonly share: number;
}

/**
 * One version of a key's credential, as stored.
 * @public
 */
export interface SecretRecord {
  /** From 1, in the order of issue. */
  readonly number: number;
  readonly scheme: SecretScheme;
  readonly digest: Digest;
  readonly hint: string;
  readonly state: SecretState;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** When a retiring one is to be out of use, in milliseconds UTC: what its users are told. */
  readonly deadline: number | null;
  readonly brownout: Brownout | null;
}

/** The one in use, and the one that is being replaced by it. */
const MAX_LIVE = 2;

const NEXT: Readonly<Record<SecretState, readonly SecretState[]>> = {
  pending: ['current', 'revoked'],
  current: ['retiring', 'revoked'],
  retiring: ['disabled', 'current', 'revoked'],
  disabled: ['retiring', 'revoked'],
  revoked: [],
};

/**
 * Whether the state table allows this change.
 * @public
 */
export function mayBecome(from: SecretState, to: SecretState): boolean {
  return NEXT[from].includes(to);
}

/**
 * Whether a check accepts a secret in this state.
 * @public
 */
export function isLive(state: SecretState): boolean {
  return state === 'current' || state === 'retiring';
}

/**
 * Whether a key may have these secrets.
 * @public
 */
export function mayStandTogether(secrets: readonly Pick<SecretRecord, 'state'>[]): boolean {
  return secrets.filter(({ state }) => isLive(state)).length <= MAX_LIVE;
}

/**
 * Whether a key's secrets may change so: each keeps its digest and follows the state table, and no
 * more of them are live than may be.
 * @public
 */
export function mayFollow(
  before: readonly SecretRecord[],
  changed: readonly SecretRecord[],
): boolean {
  const after = new Map(before.map((secret) => [secret.number, secret]));
  for (const secret of changed) {
    const stored = after.get(secret.number);
    if (stored !== undefined && !isNext(stored, secret)) return false;
    after.set(secret.number, secret);
  }
  return mayStandTogether([...after.values()]);
}

function isNext(before: SecretRecord, after: SecretRecord): boolean {
  if (!isSameDigest(before.digest, after.digest)) return false;
  return before.state === after.state || mayBecome(before.state, after.state);
}
