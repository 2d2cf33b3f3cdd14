import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commit, opens } from './commitment.js';

const salts = (...values: readonly number[]) => {
  const left = [...values];
  return { bytes: (count: number) => new Uint8Array(count).fill(left.shift() ?? 0) };
};
const counting = { bytes: (count: number) => Uint8Array.from({ length: count }, (_, n) => n) };

describe('a commitment', () => {
  // Made with another implementation: hmac and hashlib of Python, salt 00 01 … 0f.
  test.each([
    ['"Acme Ltd"', 'commitment:SYMZQYbl95rVvm_zOFtq7d08fRDF-SuokKaHq69p47g'],
    ['null', 'commitment:vmhuRhTHmgNDLvHUKF40POqCT7ZSHGe-aMLkHTM0lhM'],
    ['"Zoë 🔑"', 'commitment:j2lQeKvY5F0zoR6OHdjqS-JqbeC_gHeBDHaWBiXXr3s'],
  ])('to %s is its HMAC-SHA-256', (json, commitment) => {
    expect(commit(json, counting)).toEqual({ commitment, salt: 'AAECAwQFBgcICQoLDA0ODw' });
    expect(opens(commitment, 'AAECAwQFBgcICQoLDA0ODw', json)).toBe(true);
  });

  test('is opened by its own value and salt, and by no other', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (json, other, bytes) => {
          const { commitment, salt } = commit(json, { bytes: () => bytes });
          expect(opens(commitment, salt, json)).toBe(true);
          if (other !== json) expect(opens(commitment, salt, other)).toBe(false);
          const otherSalt = Buffer.from(bytes.with(0, (bytes[0] ?? 0) ^ 1)).toString('base64url');
          expect(opens(commitment, otherSalt, json)).toBe(false);
        },
      ),
    );
  });

  test('of equal values differs, so that none can be told from another', () => {
    const random = salts(1, 2);
    expect(commit('"Acme"', random).commitment).not.toBe(commit('"Acme"', random).commitment);
  });

  test('has a salt of 128 bits', () => {
    expect(Buffer.from(commit('null', salts(255)).salt, 'base64url')).toHaveLength(16);
  });

  test('that is damaged opens nothing, and is no fault', () => {
    const { commitment, salt } = commit('null', salts(7));
    const hash = commitment.slice('commitment:'.length);
    for (const damaged of [
      '',
      'commitment:',
      hash,
      commitment.slice(0, -1),
      `${commitment}A`,
      'é',
    ]) {
      expect(opens(damaged, salt, 'null')).toBe(false);
    }
    expect(opens(commitment, '', 'null')).toBe(false);
  });
});
