/** A digest without a salt: whoever has the text can look it up. */
type DirectScheme = 'sha256' | 'sha512' | 'sha1' | 'md5';

/** A hash with a salt, as Django writes it: it is found by the key's prefix, and most are slow. */
export type SlowScheme = (typeof SLOW_SCHEMES)[number];

/**
 * How a secret's digest was made. Keys of ours are `sha256`; imported ones keep their own until
 * their first use.
 * @public
 */
export type SecretScheme = DirectScheme | SlowScheme;

/** @public */
export const SLOW_SCHEMES = [
  'pbkdf2_sha256',
  'pbkdf2_sha1',
  'scrypt',
  'argon2',
  'bcrypt',
  'bcrypt_sha256',
  'md5_salted',
  'sha1_salted',
] as const;

/**
 * Whether a secret of this scheme is found by its key's prefix alone.
 * @public
 */
export function isSlowScheme(scheme: string): scheme is SlowScheme {
  return SLOW_SCHEMES.some((one) => one === scheme);
}

/**
 * Whether Node cannot make a hash of this scheme by itself.
 * @public
 */
export function needsPackage(scheme: SecretScheme): boolean {
  return scheme === 'argon2' || scheme === 'bcrypt' || scheme === 'bcrypt_sha256';
}
