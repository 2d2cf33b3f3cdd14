import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { argon2id, bcrypt } from 'hash-wasm';
import { describe, expect, test } from 'vitest';
import { type HashEngine, isHashOf } from './derive-hash.js';
import { decodeDjangoHash } from './django-hash.js';

const PLAINTEXT = 'qtv37XGj.78WXsVLi9fy2CLFQZJ9HCoUKmGNUvkNM';
const PBKDF2 = pbkdf2Sync(PLAINTEXT, 'salt', 1_000, 32, 'sha256').toString('base64');
const SCRYPT = scryptSync(PLAINTEXT, 'salt', 64, { N: 16, r: 8, p: 1 }).toString('base64');
const ARGON2 = 'argon2$argon2id$v=19$m=512,t=2,p=2$NHFTeGlaZGFKU1ZX$gj6/hkli9onYgWgNlVE6ag';
const BCRYPT = 'bcrypt_sha256$$2b$12$68iij0pXtQKjnCgiQcfC.ejTiwKKdKbldgNGVdR4pqVmNcw6JOG0W';
const MD5 = 'md5$salt$94333121ccc526078e771facaa1d1416';

/** On this thread: what is tested is what it is asked for. */
const engine: HashEngine = {
  derive: (password, hash) =>
    hash.kind === 'bcrypt'
      ? bcrypt({ password, salt: hash.salt, costFactor: hash.cost, outputType: 'binary' })
      : argon2id({
          password,
          salt: hash.salt,
          memorySize: hash.memoryKib,
          iterations: hash.iterations,
          parallelism: hash.parallelism,
          hashLength: hash.expected.length,
          outputType: 'binary',
        }),
};

async function isOf(plaintext: string, encoded: string): Promise<boolean> {
  const decoded = decodeDjangoHash(encoded);
  if (!decoded.ok) throw new Error(decoded.fault);
  return isHashOf(plaintext, decoded.hash, engine);
}

describe('a hash as Django writes it', () => {
  test.each([
    ['pbkdf2_sha256', `pbkdf2_sha256$1000$salt$${PBKDF2}`],
    ['scrypt', `scrypt$16$salt$8$1$${SCRYPT}`],
    ['bcrypt_sha256', BCRYPT],
  ])('of %s is of its key and of no other', async (_name, encoded) => {
    expect(await isOf(PLAINTEXT, encoded)).toBe(true);
    expect(await isOf(`${PLAINTEXT.slice(0, -1)}N`, encoded)).toBe(false);
  });

  test.each([
    ['an algorithm in capitals', `PBKDF2_SHA256$1000$salt$${PBKDF2}`],
    ['another algorithm', `sha256$$${'0'.repeat(64)}`],
    ['iterations with a leading zero', `pbkdf2_sha256$01000$salt$${PBKDF2}`],
    ['negative iterations', `pbkdf2_sha256$-5$salt$${PBKDF2}`],
    ['iterations with a blank', `pbkdf2_sha256$ 1000$salt$${PBKDF2}`],
    ['no salt', `pbkdf2_sha256$1000$$${PBKDF2}`],
    ['no padding', `pbkdf2_sha256$1000$salt$${PBKDF2.replace('=', '')}`],
    ['bits that are left over', `pbkdf2_sha256$1000$salt$${'A'.repeat(42)}B=`],
    ['a line end', `pbkdf2_sha256$1000$salt$${PBKDF2}\n`],
    ['a part too many', `pbkdf2_sha256$1000$salt$${PBKDF2}$`],
    ['a cost that is no power of two', `scrypt$15$salt$8$1$${SCRYPT}`],
    ['hexadecimal in capitals', MD5.replace('94333121ccc', '94333121CCC')],
    ['a digit too few', MD5.slice(0, -1)],
    ['another version of argon2', ARGON2.replace('v=19', 'v=16')],
    ['an argon2 that was cut', `${ARGON2.slice(0, -20)}$$$`],
    ['a bcrypt that is none', 'bcrypt_sha256$notbcrypt'],
    ['a bcrypt of an old version', BCRYPT.replace('$2b$', '$2x$')],
    ['a bcrypt whose salt has bits left over', BCRYPT.replace('C.ejTi', 'C.fjTi')],
    ['nothing', ''],
    ['ten megabytes', `pbkdf2_sha256$1000$${'s'.repeat(10_000_000)}$${PBKDF2}`],
  ])('with %s is none', (_what, encoded) => {
    expect(decodeDjangoHash(encoded)).toMatchObject({ ok: false });
  });

  test.each([
    ['pbkdf2', `pbkdf2_sha256$999999999$salt$${PBKDF2}`],
    ['pbkdf2, of twelve digits,', `pbkdf2_sha256$999999999999$salt$${PBKDF2}`],
    ['pbkdf2, of more than a number holds,', `pbkdf2_sha256$${'9'.repeat(400)}$salt$${PBKDF2}`],
    ['memory of scrypt', `scrypt$1073741824$salt$8$1$${SCRYPT}`],
    ['rounds of scrypt', `scrypt$16384$salt$8$4096$${SCRYPT}`],
    ['memory of argon2', ARGON2.replace('m=512', 'm=4194304')],
    ['rounds of argon2', ARGON2.replace('t=2', 't=4096')],
    ['rounds of argon2, of twelve digits,', ARGON2.replace('t=2', 't=999999999999')],
    ['rounds of bcrypt', BCRYPT.replace('$12$', '$31$')],
  ])('is not taken where its %s would hold up everyone', (_what, encoded) => {
    expect(decodeDjangoHash(encoded)).toMatchObject({
      ok: false,
      fault: expect.stringContaining('asks for more work'),
    });
  });

  test('is never repeated by what is said of it', () => {
    const secret = 'Orot2S6M.YTs6BElPpsD3Ex89GS80BcvrnO0BB71m';
    for (const encoded of [secret, `md5$${secret}$x`, `argon2$${secret}`, `bcrypt$${secret}`]) {
      expect(JSON.stringify(decodeDjangoHash(encoded))).not.toContain(secret);
    }
  });
});
