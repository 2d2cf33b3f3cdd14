import { hash as digest, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { DjangoHash } from './django-hash.js';

/** A hash that Node cannot make itself. */
type Outside = Extract<DjangoHash, { readonly kind: 'argon2' | 'bcrypt' }>;

/**
 * Makes the hashes that Node cannot, off the main thread.
 * @public
 */
export interface HashEngine {
  derive(password: Uint8Array, hash: Outside): Promise<Uint8Array>;
}

const BCRYPT_SEEN_BYTES = 72;
const BCRYPT_HASH_BYTES = 23; // bcrypt makes 24 and writes 23.
const pbkdf2Of = promisify(pbkdf2);
const scryptOf = promisify<string, string, number, object, Buffer>(scrypt);

/**
 * Whether a hash was made of this text. How long it takes does not tell where they differ.
 * @throws {KeyturnError} the engine is not installed, or ended.
 * @public
 */
export async function isHashOf(
  plaintext: string,
  hash: DjangoHash,
  engine: HashEngine,
): Promise<boolean> {
  const derived = await derive(plaintext, hash, engine);
  const isEqual = derived.length === hash.expected.length;
  return isEqual && timingSafeEqual(derived, hash.expected);
}

async function derive(
  plaintext: string,
  hash: DjangoHash,
  engine: HashEngine,
): Promise<Uint8Array> {
  switch (hash.kind) {
    case 'digest':
      return digest(hash.algorithm, hash.salt + plaintext, 'buffer');
    case 'pbkdf2': {
      const { iterations, salt, expected, algorithm } = hash;
      return pbkdf2Of(plaintext, salt, iterations, expected.length, algorithm);
    }
    case 'scrypt': {
      const { cost, blockSize, parallelism, salt, expected } = hash;
      const maxmem = 128 * blockSize * (cost + parallelism + 2) * 2;
      const costs = { N: cost, r: blockSize, p: parallelism, maxmem };
      return scryptOf(plaintext, salt, expected.length, costs);
    }
    case 'argon2':
      return engine.derive(Buffer.from(plaintext), hash);
    case 'bcrypt': {
      const text = hash.isPrehashed ? digest('sha256', plaintext, 'hex') : plaintext;
      const seen = Buffer.from(text).subarray(0, BCRYPT_SEEN_BYTES);
      return (await engine.derive(seen, hash)).subarray(0, BCRYPT_HASH_BYTES);
    }
  }
}
