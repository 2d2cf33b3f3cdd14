import type { Environment } from '../keys/format.js';
import type { KeyId, KeyspaceId } from '../keys/id.js';
import type { StoredKeyState } from '../keys/key.js';
import type { SecretState } from '../keys/secret.js';

/**
 * What one check needs, as the hot statement answers it: JSON columns stay text, because equal
 * texts are prepared once and shared.
 * @public
 */
export interface FoundSecret {
  readonly keyId: KeyId;
  readonly keyspaceId: KeyspaceId;
  readonly name: string;
  readonly owner: string | null;
  readonly environment: Environment;
  /** JSON text: an array of strings. */
  readonly scopes: string;
  /** JSON text: an object. */
  readonly metadata: string;
  /** JSON text: an array of strings. */
  readonly tags: string;
  /** JSON text: an object. */
  readonly restrictions: string;
  readonly state: StoredKeyState;
  readonly expiresAt: number | null;
  readonly notBefore: number | null;
  readonly version: number;
  readonly secretNumber: number;
  readonly secretState: SecretState;
  readonly secretHint: string;
  readonly secretExpiresAt: number | null;
  readonly secretDeadline: number | null;
  /** JSON text: a `Brownout`. */
  readonly secretBrownout: string | null;
}
