import type { Digest } from './digest.js';

/**
 * A secret's life; see docs/concepts/keys.md, States of a secret.
 * @public
 */
export type SecretState = 'pending' | 'current' | 'retiring' | 'disabled' | 'revoked';

/**
 * How a secret's digest was made. Keys of ours are `sha256`; imported ones keep their own.
 * @public
 */
export type SecretScheme = 'sha256';

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
}

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
