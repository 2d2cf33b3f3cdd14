import { hash, timingSafeEqual } from 'node:crypto';
import type { SlowScheme } from './scheme.js';

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

/**
 * How a key that was made elsewhere is stored: an unsalted digest of another kind under its name,
 * a salted hash as its own text. No SHA-256 of ours has a `:` or a `$`.
 * @public
 */
export function foreignDigest(
  foreign:
    | { readonly scheme: 'sha512' | 'sha1' | 'md5'; readonly bytes: Buffer }
    | { readonly scheme: SlowScheme; readonly encoded: string },
): Digest {
  if ('encoded' in foreign) return foreign.encoded as Digest;
  return `${foreign.scheme}:${foreign.bytes.toString('base64url')}` as Digest;
}

/**
 * The digests under which a text that was made elsewhere may be stored, its SHA-256 first.
 * @public
 */
export function directDigestsOf(plaintext: string): readonly Digest[] {
  const others = (['sha512', 'sha1', 'md5'] as const).map((scheme) =>
    foreignDigest({ scheme, bytes: hash(scheme, plaintext, 'buffer') }),
  );
  return [digestOf(plaintext), ...others];
}

/**
 * A SHA-256 that another program made: 64 hexadecimal digits, or 43 characters of base64url, which
 * some programs fill up with an equals sign (RFC 4648 §5).
 * @public
 */
export function sha256From(text: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) {
    return Buffer.from(text, 'hex').toString('base64url') as Digest;
  }
  const bare = /^([0-9A-Za-z_-]{43})=?$/.exec(text)?.[1];
  if (bare === undefined) return undefined;
  const canonical = Buffer.from(bare, 'base64url').toString('base64url') as Digest;
  return isSameDigest(canonical, bare as Digest) ? canonical : undefined;
}
