import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Plaintext } from '../keys/plaintext.js';
import { isSealKey, seal, unseal } from './seal.js';

const key = new Plaintext(randomBytes(32).toString('base64'));
const canary = new Plaintext('key_live_canary');

describe('a sealed plaintext', () => {
  test('is opened with its key, for whom it was sealed, and is not readable before', () => {
    const sealed = seal(key, 'rot_1', canary);
    expect(Buffer.from(sealed, 'base64url').includes('canary')).toBe(false);
    expect(unseal(key, 'rot_1', sealed)?.reveal()).toBe('key_live_canary');
  });

  test('is never sealed twice alike', () => {
    expect(seal(key, 'rot_1', canary)).not.toBe(seal(key, 'rot_1', canary));
  });

  test('is opened neither for another nor with another key', () => {
    const sealed = seal(key, 'rot_1', canary);
    expect(unseal(key, 'rot_2', sealed)).toBeUndefined();
    const other = new Plaintext(randomBytes(32).toString('base64'));
    expect(unseal(other, 'rot_1', sealed)).toBeUndefined();
  });

  test('is not opened once a bit of it was changed, nor when cut short', () => {
    const sealed = seal(key, 'rot_1', canary);
    const bytes = Buffer.from(sealed, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(unseal(key, 'rot_1', changed.toString('base64url'))).toBeUndefined();
      expect(unseal(key, 'rot_1', bytes.subarray(0, at).toString('base64url'))).toBeUndefined();
    }
  });

  test.each([
    '',
    'short',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    `${randomBytes(32).toString('hex')}`,
  ])('is not made with what is no key of 32 bytes in base64: %s', (text) => {
    expect(isSealKey(new Plaintext(text))).toBe(false);
    expect(() => seal(new Plaintext(text), 'rot_1', canary)).toThrow(RangeError);
  });
});
