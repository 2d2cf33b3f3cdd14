import type { Digest } from '../keys/digest.js';
import type { KeyId, KeyspaceId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { SecretScheme } from '../keys/scheme.js';
import type { FoundSecret } from './found-secret.js';

/**
 * Where a key came from that was made elsewhere.
 * @public
 */
export interface KeyOrigin {
  /** The digest of the id that the source has for it: unique in its keyspace. */
  readonly sourceId: string;
  /** Of what the source said of its secret, to see whether that has changed. */
  readonly fingerprint: string;
  /** The prefix under which a salted hash is found; null: its digest is enough. */
  readonly lookup: string | null;
}

/** A key that an import made, as it is now. */
export interface ImportedKey extends KeyOrigin {
  readonly key: KeyRecord;
}

/**
 * What stands in the way of a new key: the digest of a secret, or a source's id (`sourceMark`).
 * @public
 */
export interface TakenMark {
  readonly mark: string;
  readonly keyspaceId: KeyspaceId;
  /** Null: the key was deleted, and only its marks are left. */
  readonly keyId: KeyId | null;
}

/** A source has one id for a key in its keyspace. */
export function sourceMark(keyspaceId: KeyspaceId, sourceId: string): string {
  return `${keyspaceId} ${sourceId}`;
}

/**
 * All by which an import may bring a key again: what its secrets are, and what its source said.
 * @public
 */
export function marksOf(
  keyspaceId: KeyspaceId,
  digests: readonly Digest[],
  origin: Pick<KeyOrigin, 'sourceId' | 'fingerprint'> | undefined,
): readonly string[] {
  if (origin === undefined) return [...new Set(digests)];
  const { fingerprint, sourceId } = origin;
  return [...new Set([...digests, fingerprint, sourceMark(keyspaceId, sourceId)])];
}

/** What a text could be that looks like a key of somebody else. */
export interface ForeignQuery {
  /** Its digests of every kind that needs no salt. */
  readonly digests: readonly Digest[];
  /** Its prefix, for those that do. */
  readonly lookup: string | null;
}

/**
 * A secret that may be the one that is looked for: it is, if its digest was among those asked.
 * @public
 */
export interface ForeignCandidate extends FoundSecret {
  readonly scheme: SecretScheme;
  readonly digest: Digest;
}

/** A prefix names one key, or two by an accident of the source's; each candidate is a slow hash. */
export const MAX_CANDIDATES = 4;

/**
 * One secret's own hash gives way to the SHA-256 of the text that was seen to match it.
 * @public
 */
export interface SecretUpgrade {
  readonly keyId: KeyId;
  readonly keyspaceId: KeyspaceId;
  readonly number: number;
  readonly from: Digest;
  readonly to: Digest;
  readonly nowMs: number;
}
