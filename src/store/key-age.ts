import type { KeyId, KeyspaceId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { SecretRecord } from '../keys/secret.js';

/**
 * As much of a key as says how old it is, and when it ends.
 * @public
 */
export interface KeyAge extends Pick<KeyRecord, 'policy' | 'state' | 'expiresAt'> {
  readonly id: KeyId;
  readonly keyspaceId: KeyspaceId;
  /** Those that are accepted. */
  readonly secrets: readonly Pick<SecretRecord, 'state' | 'createdAt' | 'deadline'>[];
}
