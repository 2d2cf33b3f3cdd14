import { directDigestsOf, isSameDigest } from '../keys/digest.js';
import { storedHash } from '../keys/django-hash.js';
import type { FoundSecret } from '../store/found-secret.js';
import type { ForeignCandidate, SecretUpgrade } from '../store/imported.js';
import type { Store } from '../store/store.js';
import type { SlowHashes } from './slow-hashes.js';

/** A text that looks like a key that was made elsewhere. */
export interface ForeignText {
  readonly plaintext: string;
  /** The prefix under which a salted hash is found. */
  readonly lookup: string | null;
  readonly address: string | undefined;
}

/** What such a text is. */
export type ForeignFind =
  | {
      readonly kind: 'found';
      readonly found: FoundSecret;
      /** Undefined: it is stored as our own are. */
      readonly upgrade: Omit<SecretUpgrade, 'nowMs'> | undefined;
    }
  | { readonly kind: 'unknown' }
  /** A slow hash would have been needed, and may not be made now. */
  | { readonly kind: 'limited'; readonly retryAfter: number };

const UNKNOWN: ForeignFind = { kind: 'unknown' };

/**
 * Finds the secret that a text is: by its digests in one question to the store, else by holding
 * it against the salted hashes under its prefix.
 * @throws {KeyturnError} the store does not answer, or a hash cannot be made here.
 */
export async function findForeign(
  { store, slowHashes }: { readonly store: Store; readonly slowHashes: SlowHashes },
  text: ForeignText,
  nowMs: number,
): Promise<ForeignFind> {
  const digests = directDigestsOf(text.plaintext);
  const candidates = await store.findForeign({ digests, lookup: text.lookup });
  for (const digest of digests) {
    const direct = candidates.find((one) => isSameDigest(one.digest, digest));
    if (direct !== undefined) return foundBy(direct, text.plaintext);
  }
  for (const candidate of candidates) {
    const hash = storedHash(candidate.scheme, candidate.digest);
    if (hash === undefined) continue;
    const { plaintext, address } = text;
    const check = await slowHashes.check({ plaintext, hash, address, nowMs });
    if (check.kind === 'match') return foundBy(candidate, plaintext);
    if (check.kind === 'limited') return check;
  }
  return UNKNOWN;
}

function foundBy(candidate: ForeignCandidate, plaintext: string): ForeignFind {
  const { scheme, digest: from, ...found } = candidate;
  if (scheme === 'sha256') return { kind: 'found', found, upgrade: undefined };
  const { keyId, keyspaceId, secretNumber: number } = found;
  const [to = from] = directDigestsOf(plaintext);
  return { kind: 'found', found, upgrade: { keyId, keyspaceId, number, from, to } };
}
