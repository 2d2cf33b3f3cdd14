import { crc32 } from 'node:zlib';
import { Plaintext } from './plaintext.js';

/**
 * Where a key works: against production, or against the test copy of the API.
 * @public
 */
export type Environment = 'live' | 'test';

/**
 * The longest credential that is looked at, in UTF-16 units; longer ones are `malformed`.
 * @public
 */
export const MAX_KEY_LENGTH = 512;
/** What a keyspace's prefix looks like. */
export const PREFIX_SHAPE = /^[a-z][a-z0-9]{1,15}$/;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BODY_LENGTH = 32; // 190 bits.
const CHECKSUM_LENGTH = 6; // 62^6 > 2^32.
const TAIL_LENGTH = BODY_LENGTH + CHECKSUM_LENGTH;
const ENVIRONMENT_LENGTH = '_live_'.length;
const UNBIASED_BELOW = 62 * 4; // A byte at or above it is drawn again: no modulo bias.
const BASE62_SHAPE = /^[0-9A-Za-z]+$/;

/** What stands in front of a key's body, as in `acme_live_`. */
export interface KeyStart {
  readonly prefix: string;
  readonly environment: Environment;
}

/**
 * Makes a new key: `<prefix>_<environment>_<32 base62 characters><6 of CRC-32>`.
 * @public
 */
export function mint(start: KeyStart, random: { bytes(count: number): Uint8Array }): Plaintext {
  const front = `${start.prefix}_${start.environment}_${randomBase62(random)}`;
  return new Plaintext(front + checksumOf(front));
}

/**
 * Whether the text is a whole, undamaged key that begins with this prefix. Costs no I/O.
 * @public
 */
export function isWellFormed(text: string, prefix: string): boolean {
  const bodyAt = prefix.length + ENVIRONMENT_LENGTH;
  if (text.length !== bodyAt + TAIL_LENGTH || !text.startsWith(prefix)) return false;
  const separator = text.slice(prefix.length, bodyAt);
  if (separator !== '_live_' && separator !== '_test_') return false;
  if (!BASE62_SHAPE.test(text.slice(bodyAt))) return false;
  const checksumAt = text.length - CHECKSUM_LENGTH;
  return text.slice(checksumAt) === checksumOf(text.slice(0, checksumAt));
}

/** The length of a whole key with this prefix, in characters. */
export function keyLengthOf(prefix: string): number {
  return prefix.length + ENVIRONMENT_LENGTH + TAIL_LENGTH;
}

/**
 * The regular expression that finds a keyspace's keys in text, for secret scanners.
 * @public
 */
export function scannerPattern(prefix: string): string {
  return `\\b${prefix}_(?:live|test)_[0-9A-Za-z]{${TAIL_LENGTH}}\\b`;
}

/** CRC-32 (IEEE 802.3), unsigned, in six base62 characters, left-padded with `0`. */
function checksumOf(front: string): string {
  let rest = crc32(front);
  let text = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    text = ALPHABET.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

function randomBase62(random: { bytes(count: number): Uint8Array }): string {
  let body = '';
  while (body.length < BODY_LENGTH) {
    for (const byte of random.bytes(BODY_LENGTH)) {
      if (byte < UNBIASED_BELOW && body.length < BODY_LENGTH) body += ALPHABET.charAt(byte % 62);
    }
  }
  return body;
}
