import type { Environment } from './format.js';
import type { KeyId, KeyspaceId, PersonId } from './id.js';
import type { Restrictions } from './restrictions.js';
import type { SecretRecord } from './secret.js';

/**
 * What is stored: `expired` is not, it follows from `expiresAt`.
 * @public
 */
export type StoredKeyState = 'active' | 'disabled' | 'revoked';

/**
 * A key's state at a moment. Only `revoked` is final.
 * @public
 */
export type KeyState = StoredKeyState | 'expired';

/**
 * A key, as stored. Times are milliseconds UTC.
 * @public
 */
export interface KeyRecord {
  readonly id: KeyId;
  readonly keyspaceId: KeyspaceId;
  readonly name: string;
  readonly owner: string | null;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  /** A JSON object, as text: most checks never look at it. */
  readonly metadata: string;
  readonly tags: readonly string[];
  readonly state: StoredKeyState;
  readonly stateReason: string | null;
  readonly stateChangedAt: number;
  readonly stateChangedBy: string;
  readonly expiresAt: number | null;
  readonly notBefore: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly restrictions: Restrictions;
  /** The policy it is rotated by; null: its keyspace's, or the built-in one. */
  readonly policy: string | null;
  /** The management key or the person that made it, so that a stolen one's descendants can be listed. */
  readonly makerId: KeyId | PersonId | null;
  /** From 1; each change adds one. */
  readonly version: number;
  readonly secrets: readonly SecretRecord[];
}

/**
 * The order of docs/concepts/checks.md: revoked, then expired, then disabled.
 * @public
 */
export function stateAt(key: Pick<KeyRecord, 'state' | 'expiresAt'>, nowMs: number): KeyState {
  if (key.state === 'revoked') return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= nowMs) return 'expired';
  return key.state;
}
