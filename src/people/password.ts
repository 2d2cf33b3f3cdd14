import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { type FieldFault, TooManyTriesError } from '../errors.js';
import type { PasswordCost } from '../keys/password-cost.js';
import type { Lifecycle } from '../lifecycle/context.js';

/** OWASP's least for scrypt; what is stored keeps its own, so that these can be raised. */
const COST: PasswordCost = { N: 2 ** 17, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MEMORY_FACTOR = 2; // Of 128 · N · r bytes, which Node counts a little differently.
/** Each takes 128 MiB and a thread of Node's four, which files and look-ups need, too. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 16; // Some seconds of them; who comes later is told to come again.
const RETRY_SECONDS = 2;
const MIN_LENGTH = 12;
/** Of a password in characters: no person's is longer, and none is a load. */
export const MAX_PASSWORD_LENGTH = 256;
const MIN_DISTINCT = 5;
const STORED = /^scrypt\$(\d{1,8})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

/** Whose chance it is made with, and at what cost; absent: the usual one. */
type Means = Pick<Lifecycle, 'ports' | 'passwordCost'>;

/**
 * What is wrong with a new password. Length is what counts (NIST SP 800-63B §3.1.1.2): no rule
 * asks for kinds of characters.
 */
export function faultsInPassword(password: string, pointer: string): readonly FieldFault[] {
  const characters = [...normal(password)];
  if (characters.length < MIN_LENGTH || characters.length > MAX_PASSWORD_LENGTH) {
    const fix = `Use ${MIN_LENGTH} to ${MAX_PASSWORD_LENGTH} characters; several words are good.`;
    return [{ pointer, message: 'is too short or too long.', fix }];
  }
  if (new Set(characters).size >= MIN_DISTINCT) return [];
  const fix = `Use at least ${MIN_DISTINCT} different characters.`;
  return [{ pointer, message: 'repeats the same few characters.', fix }];
}

/**
 * A password as it is stored: with its salt and its cost.
 * @throws {TooManyTriesError} so many are being made that it would wait too long.
 */
export async function hashOf(password: string, means: Means): Promise<string> {
  const { ports, passwordCost: cost = COST } = means;
  const salt = Buffer.from(ports.random.bytes(SALT_BYTES));
  const hash = await derive(password, salt, cost);
  const { N, r, p } = cost;
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether it is the password that is stored. Where none is, the same work is done, and it is not.
 * @throws {TooManyTriesError} so many are being checked that it would wait too long.
 */
export async function isPassword(
  password: string,
  stored: string | null,
  { passwordCost = COST }: Pick<Means, 'passwordCost'>,
): Promise<boolean> {
  const match = STORED.exec(stored ?? '');
  const [, N, r, p, salt = NOBODYS_SALT, hash = ''] = match ?? [];
  const cost = match === null ? passwordCost : { N: Number(N), r: Number(r), p: Number(p) };
  const made = await derive(password, Buffer.from(salt, 'base64url'), cost);
  const known = Buffer.from(hash, 'base64url');
  const isSame = known.length === made.length && timingSafeEqual(known, made);
  return isSame && stored !== null;
}

/** What is worked on where nobody has the address. */
const NOBODYS_SALT = 'A'.repeat(22);

let running = 0;
const waiting: (() => void)[] = [];

async function derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  await takeTurn();
  try {
    const maxmem = MEMORY_FACTOR * 128 * cost.N * cost.r;
    return await scrypted(normal(password), salt, { ...cost, maxmem });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

async function takeTurn(): Promise<void> {
  if (running >= MAX_AT_ONCE) {
    if (waiting.length >= MAX_WAITING) throw new TooManyTriesError(RETRY_SECONDS);
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
}

function scrypted(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (fault, hash) => {
      if (fault === null) resolve(hash);
      else reject(fault);
    });
  });
}

/** The same characters are the same password, whatever keyboard wrote them (RFC 8265 §4.2.2). */
function normal(password: string): string {
  return password.normalize('NFC');
}
