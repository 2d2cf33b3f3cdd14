import type { KeyRecord } from '../../keys/key.js';
import type { SecretRecord } from '../../keys/secret.js';
import type { FoundSecret } from '../found-secret.js';

/** A secret with its key, as the hot read answers it. */
export function foundOf(key: KeyRecord, secret: SecretRecord): FoundSecret {
  return Object.freeze({
    keyId: key.id,
    keyspaceId: key.keyspaceId,
    name: key.name,
    owner: key.owner,
    environment: key.environment,
    scopes: JSON.stringify(key.scopes),
    metadata: key.metadata,
    tags: JSON.stringify(key.tags),
    restrictions: JSON.stringify(key.restrictions),
    state: key.state,
    expiresAt: key.expiresAt,
    notBefore: key.notBefore,
    version: key.version,
    secretNumber: secret.number,
    secretState: secret.state,
    secretHint: secret.hint,
    secretExpiresAt: secret.expiresAt,
    secretDeadline: secret.deadline,
    secretBrownout: secret.brownout === null ? null : JSON.stringify(secret.brownout),
  });
}
