import { isSlowScheme, type SlowScheme } from './scheme.js';

/**
 * A password hash as Django writes it, decoded: what is derived from a text, and what has to come
 * out. https://docs.djangoproject.com/en/5.2/topics/auth/passwords/
 * @public
 */
export type DjangoHash =
  | ({
      readonly kind: 'digest';
      readonly algorithm: 'md5' | 'sha1';
      readonly salt: string;
    } & Expected)
  | ({
      readonly kind: 'pbkdf2';
      readonly algorithm: 'sha256' | 'sha1';
      readonly iterations: number;
      readonly salt: string;
    } & Expected)
  | ({
      readonly kind: 'scrypt';
      readonly cost: number;
      readonly blockSize: number;
      readonly parallelism: number;
      readonly salt: string;
    } & Expected)
  | ({
      readonly kind: 'argon2';
      readonly variant: 'argon2id' | 'argon2i' | 'argon2d';
      readonly memoryKib: number;
      readonly iterations: number;
      readonly parallelism: number;
      readonly salt: Buffer;
    } & Expected)
  | ({
      readonly kind: 'bcrypt';
      /** bcrypt itself looks at 72 bytes and no more, so Django hashes before it. */
      readonly isPrehashed: boolean;
      readonly cost: number;
      readonly salt: Buffer;
    } & Expected);

interface Expected {
  readonly expected: Buffer;
}

/** A hash, or why it is none that is taken: never with any of its text. */
export type DecodedHash =
  | { readonly ok: true; readonly scheme: SlowScheme; readonly hash: DjangoHash }
  | { readonly ok: false; readonly fault: string };

/** A stored hash may hold one processor for about three seconds and 256 MiB, and no longer. */
const LIMITS = {
  pbkdf2Iterations: 5_000_000,
  scryptBytes: 256 * 1024 * 1024,
  scryptParallelism: 16,
  scryptWork: 2 ** 24,
  argon2Kib: 256 * 1024,
  argon2Iterations: 16,
  argon2Parallelism: 16,
  argon2Work: 1024 * 1024, // KiB passed over, all told.
  bcryptCost: 14,
} as const;
const MAX_ENCODED_LENGTH = 1_024;
const MAX_SALT_LENGTH = 256;

type Parts = readonly string[];
const NUMBER = /^[1-9]\d*$/; // No leading zero, no sign: Django compares the text.
const SALT = /^[^$\p{C}]+$/u;
const MALFORMED = refused('is malformed. It was cut or changed: export the row again.');
const ABSURD = refused(
  'asks for more work than any check may take. Issue this key again, with keyturn key create.',
);

/**
 * Reads a hash that has a salt, strictly: what Django itself would refuse is refused here.
 * @public
 */
export function decodeDjangoHash(encoded: string): DecodedHash {
  if (encoded.length > MAX_ENCODED_LENGTH) return MALFORMED;
  const [name = '', ...parts] = encoded.split('$');
  switch (name) {
    case 'md5':
      return readDigest('md5', parts);
    case 'sha1':
      return readDigest('sha1', parts);
    case 'pbkdf2_sha256':
      return readPbkdf2('sha256', parts);
    case 'pbkdf2_sha1':
      return readPbkdf2('sha1', parts);
    case 'scrypt':
      return readScrypt(parts);
    case 'argon2':
      return readArgon2(parts);
    case 'bcrypt':
    case 'bcrypt_sha256':
      return readBcrypt(name, parts);
    default:
      return refused(
        'is of no kind that is known here: sha512$$, pbkdf2_sha256, pbkdf2_sha1, argon2, bcrypt, ' +
          'bcrypt_sha256, scrypt, md5 or sha1. Issue this key again, with keyturn key create.',
      );
  }
}

/**
 * The hash in a stored digest that was decoded once before it was stored.
 * @public
 */
export function storedHash(scheme: string, encoded: string): DjangoHash | undefined {
  if (!isSlowScheme(scheme)) return undefined;
  const decoded = decodeDjangoHash(encoded);
  return decoded.ok && decoded.scheme === scheme ? decoded.hash : undefined;
}

function readDigest(algorithm: 'md5' | 'sha1', parts: Parts): DecodedHash {
  const [salt = '', hex = ''] = parts;
  const expected = hexIn(hex, algorithm === 'md5' ? 16 : 20);
  if (parts.length !== 2 || !isSalt(salt) || expected === undefined) return MALFORMED;
  return read(`${algorithm}_salted`, { kind: 'digest', algorithm, salt, expected });
}

function readPbkdf2(algorithm: 'sha256' | 'sha1', parts: Parts): DecodedHash {
  const [iterationsText = '', salt = '', base64 = ''] = parts;
  const iterations = numberIn(iterationsText);
  const expected = base64In(base64, algorithm === 'sha256' ? 32 : 20);
  if (parts.length !== 3 || iterations === undefined || !isSalt(salt)) return MALFORMED;
  if (expected === undefined) return MALFORMED;
  if (iterations > LIMITS.pbkdf2Iterations) return ABSURD;
  const hash = { kind: 'pbkdf2', algorithm, iterations, salt, expected } as const;
  return read(`pbkdf2_${algorithm}`, hash);
}

function readScrypt(parts: Parts): DecodedHash {
  const [costText = '', salt = '', blockText = '', parallelText = '', base64 = ''] = parts;
  const [cost, blockSize, parallelism] = [costText, blockText, parallelText].map(numberIn);
  const expected = base64In(base64, 64);
  if (parts.length !== 5 || !isSalt(salt) || expected === undefined) return MALFORMED;
  if (cost === undefined || blockSize === undefined || parallelism === undefined) return MALFORMED;
  if (cost < 2 || !Number.isInteger(Math.log2(cost))) return MALFORMED; // RFC 7914 §2.
  const isBounded =
    128 * cost * blockSize <= LIMITS.scryptBytes &&
    parallelism <= LIMITS.scryptParallelism &&
    cost * blockSize * parallelism <= LIMITS.scryptWork;
  if (!isBounded) return ABSURD;
  return read('scrypt', { kind: 'scrypt', cost, blockSize, parallelism, salt, expected });
}

const ARGON2_COSTS = /^m=([1-9]\d*),t=([1-9]\d*),p=([1-9]\d*)$/;

/** The PHC string format, of version 1.3 (RFC 9106). */
function readArgon2(parts: Parts): DecodedHash {
  const [variant, version, costText = '', saltText = '', hashText = ''] = parts;
  const costs = argon2CostsIn(costText);
  const [salt, expected] = [unpaddedIn(saltText, 8), unpaddedIn(hashText, 16)];
  if (parts.length !== 5 || costs === undefined || version !== 'v=19') return MALFORMED;
  if (variant !== 'argon2id' && variant !== 'argon2i' && variant !== 'argon2d') return MALFORMED;
  if (salt === undefined || expected === undefined) return MALFORMED;
  const { memoryKib, iterations, parallelism } = costs;
  const isBounded =
    memoryKib <= LIMITS.argon2Kib &&
    iterations <= LIMITS.argon2Iterations &&
    parallelism <= LIMITS.argon2Parallelism &&
    memoryKib * iterations <= LIMITS.argon2Work;
  if (!isBounded) return ABSURD;
  return read('argon2', { kind: 'argon2', variant, ...costs, salt, expected });
}

function argon2CostsIn(text: string) {
  const [, memory, time, lanes] = ARGON2_COSTS.exec(text) ?? [];
  const [memoryKib, iterations, parallelism] = [memory, time, lanes].map(Number);
  if (memoryKib === undefined || iterations === undefined || parallelism === undefined) {
    return undefined;
  }
  return memoryKib >= 8 * parallelism ? { memoryKib, iterations, parallelism } : undefined;
}

const BCRYPT_ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BCRYPT_BODY = /^[./0-9A-Za-z]{53}$/;
const BCRYPT_SALT_LENGTH = 22;

/** `bcrypt$$2b$12$` and 53 characters: the salt, then the hash, in an alphabet of its own. */
function readBcrypt(name: 'bcrypt' | 'bcrypt_sha256', parts: Parts): DecodedHash {
  const [empty, version = '', costText = '', body = ''] = parts;
  if (parts.length !== 4 || empty !== '' || !/^2[aby]$/.test(version)) return MALFORMED;
  if (!/^\d\d$/.test(costText) || !BCRYPT_BODY.test(body)) return MALFORMED;
  const salt = bcryptBase64In(body.slice(0, BCRYPT_SALT_LENGTH), 16);
  const expected = bcryptBase64In(body.slice(BCRYPT_SALT_LENGTH), 23);
  if (salt === undefined || expected === undefined) return MALFORMED;
  const cost = Number(costText);
  if (cost < 4) return MALFORMED;
  if (cost > LIMITS.bcryptCost) return ABSURD;
  const isPrehashed = name === 'bcrypt_sha256';
  return read(name, { kind: 'bcrypt', isPrehashed, cost, salt, expected });
}

function bcryptBase64In(text: string, sizeBytes: number): Buffer | undefined {
  let standard = '';
  for (const character of text) standard += BASE64_ALPHABET[BCRYPT_ALPHABET.indexOf(character)];
  return exactly(Buffer.from(standard, 'base64'), { standard, sizeBytes });
}

function hexIn(text: string, sizeBytes: number): Buffer | undefined {
  return text.length === sizeBytes * 2 && /^[0-9a-f]*$/.test(text)
    ? Buffer.from(text, 'hex')
    : undefined;
}

/** With its padding, and without bits that are left over: there is one text for each hash. */
function base64In(text: string, sizeBytes: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  const isCanonical = bytes.length === sizeBytes && bytes.toString('base64') === text;
  return isCanonical ? bytes : undefined;
}

const MAX_ARGON2_BYTES = 64; // Of a salt, and of a hash.

function unpaddedIn(text: string, minBytes: number): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < minBytes || bytes.length > MAX_ARGON2_BYTES) return undefined;
  return exactly(bytes, { standard: text, sizeBytes: bytes.length });
}

function exactly(
  bytes: Buffer,
  { standard, sizeBytes }: { readonly standard: string; readonly sizeBytes: number },
): Buffer | undefined {
  const isCanonical = bytes.toString('base64').replace(/=+$/, '') === standard;
  return bytes.length === sizeBytes && isCanonical ? bytes : undefined;
}

function numberIn(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

function isSalt(salt: string): boolean {
  return salt.length <= MAX_SALT_LENGTH && SALT.test(salt);
}

function read(scheme: SlowScheme, hash: DjangoHash): DecodedHash {
  return { ok: true, scheme, hash };
}

function refused(fault: string): DecodedHash {
  return { ok: false, fault };
}
