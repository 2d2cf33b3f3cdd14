// Many keys at once: their plaintexts come from a seed, so that any process can make them again.
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BODY_LENGTH = 32;
const CHECKSUM_LENGTH = 6;

/** What every key of a bench is allowed, and what is asked for. */
export const GRANTED = ['reports:read', 'invoices:*'];
export const WANTED = ['reports:read'];
export const OWNER = 'acme';

/**
 * A well-formed key of the default keyspace, by the published format; not random.
 * @param {string} seed
 * @param {number} index
 */
export function plaintextOf(seed, index) {
  const body = hash('sha256', `${seed} ${index}`, 'hex').slice(0, BODY_LENGTH);
  const front = `key_live_${body}`;
  return flat(front + checksumOf(front));
}

/** @param {string} seed @param {number} count */
export function plaintextsOf(seed, count) {
  return Array.from({ length: count }, (_, index) => plaintextOf(seed, index));
}

/** @param {string} plaintext */
export function digestOf(plaintext) {
  return hash('sha256', plaintext, 'base64url');
}

/** As it comes from a socket: one piece of memory, no rope of concatenations. @param {string} text */
function flat(text) {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** @param {string} front */
function checksumOf(front) {
  let rest = crc32(front);
  let text = '';
  while (text.length < CHECKSUM_LENGTH) {
    text = ALPHABET.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
