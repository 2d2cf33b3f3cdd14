import { hash, timingSafeEqual } from 'node:crypto';

declare const brand: unique symbol;

/**
 * The SHA-256 of a plaintext (FIPS 180-4), in base64url: 43 characters.
 * @public
 */
export type Digest = string & { readonly [brand]: 'Digest' };

/**
 * The digest under which a secret is stored and looked up. A key of ours has 190 random bits, so
 * it needs neither salt nor a slow hash (NIST SP 800-63B §3.1.2, look-up secrets).
 * @public
 */
export function digestOf(plaintext: string): Digest {
  return hash('sha256', plaintext, 'base64url') as Digest;
}

/**
 * Whether two digests are one and the same. How long it takes tells nothing of where they differ.
 * @public
 */
export function isSameDigest(left: Digest, right: Digest): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
