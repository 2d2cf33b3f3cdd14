import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Plaintext } from '../keys/plaintext.js';

const [IV_BYTES, TAG_BYTES] = [12, 16];
const KEY_BYTES = 32;
const ALGORITHM = 'aes-256-gcm';
/** Of 32 bytes in base64, whether it ends with its padding or not. */
const KEY_SHAPE = /^[A-Za-z0-9+/]{43}=?$/;

/**
 * Whether it can seal: 32 bytes in base64, as `openssl rand -base64 32` prints them.
 */
export function isSealKey(key: Plaintext): boolean {
  return KEY_SHAPE.test(key.reveal());
}

/**
 * Seals a plaintext that has to wait, with a key that stands outside the database. AES-256-GCM with
 * an IV of its own (NIST SP 800-38D §8.2.2), so that no text can be changed, or put in another's place.
 * @param key 32 bytes in base64.
 * @param boundTo whose it is, e.g. a rotation's id: under any other, it cannot be opened.
 * @throws {RangeError} the key is none: see `isSealKey`.
 * @public
 */
export function seal(key: Plaintext, boundTo: string, plaintext: Plaintext): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, bytesOf(key), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(boundTo));
  const text = Buffer.concat([cipher.update(plaintext.reveal(), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

/**
 * @returns undefined: it was sealed with another key or for another, or was changed.
 * @throws {RangeError} the key is none: see `isSealKey`.
 * @public
 */
export function unseal(key: Plaintext, boundTo: string, sealed: string): Plaintext | undefined {
  const keyBytes = bytesOf(key);
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const opener = createDecipheriv(ALGORITHM, keyBytes, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  opener.setAAD(Buffer.from(boundTo));
  opener.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    const text = opener.update(bytes.subarray(IV_BYTES + TAG_BYTES));
    return new Plaintext(Buffer.concat([text, opener.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}

function bytesOf(key: Plaintext): Buffer {
  if (!isSealKey(key)) throw new RangeError(`A sealing key is ${KEY_BYTES} bytes in base64.`);
  return Buffer.from(key.reveal(), 'base64');
}
