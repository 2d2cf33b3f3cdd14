import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWellFormed, keyLengthOf, MAX_KEY_LENGTH, mint, scannerPattern } from './format.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BODY_LENGTH = 32;

const prefix = fc.stringMatching(/^[a-z][a-z0-9]{1,15}$/);
const start = fc.record({ prefix, environment: fc.constantFrom('live' as const, 'test' as const) });
const seed = fc.string();
const key = fc.tuple(start, seed).map(([from, text]) => ({
  ...from,
  text: mint(from, randomOf(text)).reveal(),
}));

/** Bytes that a seed fixes: SHA-256 in counter mode. */
function randomOf(text: string) {
  let block = 0;
  return {
    bytes(count: number): Uint8Array {
      const blocks: Buffer[] = [];
      for (let left = count; left > 0; left -= 32, block += 1) {
        blocks.push(createHash('sha256').update(`${text} ${block}`).digest());
      }
      return new Uint8Array(Buffer.concat(blocks).subarray(0, count));
    },
  };
}

/** CRC-32 bit by bit, as in ISO 3309: no table, no library. */
function checksumByHand(front: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(front)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let rest = BigInt((crc ^ 0xffffffff) >>> 0);
  let text = '';
  for (; rest > 0n; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  return text.padStart(6, '0');
}

describe('a minted key', () => {
  test('is well-formed, of the length that is told, and short enough to be looked at', () => {
    fc.assert(
      fc.property(key, ({ text, prefix: own }) => {
        expect(isWellFormed(text, own)).toBe(true);
        expect(text).toHaveLength(keyLengthOf(own));
        expect(text.length).toBeLessThanOrEqual(MAX_KEY_LENGTH);
      }),
    );
  });

  test('begins with prefix and environment, and ends with the checksum of all before it', () => {
    fc.assert(
      fc.property(key, ({ text, prefix: own, environment }) => {
        expect(text).toMatch(new RegExp(`^${own}_${environment}_[0-9A-Za-z]{38}$`));
        expect(text.slice(-6)).toBe(checksumByHand(text.slice(0, -6)));
      }),
    );
  });

  test('takes each byte below 248 as one character, and draws the others again', () => {
    const bytes = [247, 248, 255, 0, 61, 62, ...Array.from({ length: 28 }, () => 10)];
    const rounds = [bytes.slice(0, 32), [249, ...bytes.slice(32), ...Array(29).fill(11)]];
    const random = { bytes: () => Uint8Array.from(rounds.shift() ?? []) };
    const text = mint({ prefix: 'acme', environment: 'live' }, random).reveal();
    // 247 % 62 = 61; two of the first 32 bytes are refused, so two more come from the next draw.
    expect(text.slice(10, 42)).toBe(`z0z0${'A'.repeat(28)}`);
  });

  test('has every character equally often: no modulo bias', () => {
    const random = randomOf('a fixed seed');
    const counts = new Map<string, number>();
    const keyCount = 6_000;
    for (let made = 0; made < keyCount; made += 1) {
      const text = mint({ prefix: 'acme', environment: 'live' }, random).reveal();
      for (const letter of text.slice(10, 42)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    const expected = (keyCount * BODY_LENGTH) / ALPHABET.length;
    const deviations = [...ALPHABET].map((letter) => ((counts.get(letter) ?? 0) - expected) ** 2);
    const chiSquare = deviations.reduce((sum, square) => sum + square / expected, 0);
    // 61 degrees of freedom: above 110 once in 10 000 fair runs; byte % 62 alone gives about 1 270.
    expect(chiSquare).toBeLessThan(110);
    expect(counts.size).toBe(62);
  });

  test('is never the same twice', () => {
    const random = randomOf('another seed');
    const made = Array.from({ length: 5_000 }, () =>
      mint({ prefix: 'acme', environment: 'live' }, random).reveal(),
    );
    expect(new Set(made).size).toBe(made.length);
  });
});

describe('a checksum', () => {
  // Made with another implementation: zlib.crc32 of Python.
  test.each([
    'key_live_000000000000000000000000000000003icPOI',
    'key_test_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz0p9Gsj',
    'acme_live_0123456789ABCDEFGHIJKLMNOPQRSTUV4IG2In',
    'kt_live_WXYZabcdefghijklmnopqrstuvwxyz011lqdFO',
    'abcdefghijklmnop_test_7Hq2ZkP0vXw9LrT4mYc8BnD1sFj3Ge5a0B2XsM',
    'key_live_00000000000000000000000000005547000Fqq',
  ])('computed elsewhere is accepted: %s', (text) => {
    expect(isWellFormed(text, text.slice(0, text.indexOf('_')))).toBe(true);
  });

  test('finds every change of a single character', () => {
    const letter = fc.oneof(
      fc.constantFrom(...ALPHABET),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(key, fc.nat(), letter, ({ text, prefix: own }, place, other) => {
        const index = place % text.length;
        fc.pre(text[index] !== other);
        const damaged = text.slice(0, index) + other + text.slice(index + 1);
        expect(isWellFormed(damaged, own)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test('finds every change of a single character in one key', () => {
    const text = 'acme_live_0123456789ABCDEFGHIJKLMNOPQRSTUV4IG2In';
    for (let index = 0; index < text.length; index += 1) {
      for (const other of `${ALPHABET}_ .-é`) {
        if (text[index] === other) continue;
        const damaged = text.slice(0, index) + other + text.slice(index + 1);
        expect(isWellFormed(damaged, 'acme'), damaged).toBe(false);
      }
    }
  });

  test('finds every swap of neighbours in the body', () => {
    fc.assert(
      fc.property(key, fc.nat(), ({ text, prefix: own }, place) => {
        const index = keyLengthOf(own) - 38 + (place % (BODY_LENGTH - 1));
        const [left = '', right = ''] = text.slice(index, index + 2);
        fc.pre(left !== right);
        const swapped = text.slice(0, index) + right + left + text.slice(index + 2);
        expect(isWellFormed(swapped, own)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a text that is no whole key', () => {
  test('is refused when a part of it is missing, doubled or added', () => {
    fc.assert(
      fc.property(key, fc.nat(), seed, ({ text, prefix: own }, place, added) => {
        const index = place % text.length;
        expect(isWellFormed(text.slice(0, index), own)).toBe(false);
        expect(isWellFormed(text.slice(0, index) + text.slice(index + 1), own)).toBe(false);
        expect(isWellFormed(text.slice(0, index) + text.slice(index - 1), own)).toBe(false);
        fc.pre(added.length > 0);
        expect(isWellFormed(text + added, own)).toBe(false);
        expect(isWellFormed(added + text, own)).toBe(false);
      }),
    );
  });

  test('is refused though its checksum is right, where its form is not', () => {
    const body = '0123456789ABCDEFGHIJKLMNOPQRSTUV';
    const fronts = [
      `acme_prod_${body}`,
      `acme_LIVE_${body}`,
      `acme-live-${body}`,
      `acme_live_${body.replace('0', '-')}`,
      `acme_live_${body.replace('0', '_')}`,
      `acme_live_${body.replace('0', 'é')}`,
      `acme_live_${body.replace('0', '\n')}`,
    ];
    for (const front of fronts) {
      expect(isWellFormed(front + checksumByHand(front), 'acme'), front).toBe(false);
    }
    const right = `acme_live_${body}`;
    expect(isWellFormed(right + checksumByHand(right), 'acme')).toBe(true);
  });

  test('is refused in other letters, in other forms, and in quotes', () => {
    const text = 'acme_live_0123456789ABCDEFGHIJKLMNOPQRSTUV4IG2In';
    const wide = text.replace('0', '\uff10');
    for (const other of [text.toUpperCase(), text.toLowerCase(), wide, `"${text}"`, `${text}\n`]) {
      expect(isWellFormed(other, 'acme')).toBe(false);
    }
  });

  test('is refused under another prefix, a shorter and a longer one too', () => {
    const text = 'acme_live_0123456789ABCDEFGHIJKLMNOPQRSTUV4IG2In';
    for (const other of ['acm', 'acmee', 'acme_', 'key', 'a', '']) {
      expect(isWellFormed(text, other)).toBe(false);
    }
  });

  test('is refused whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), prefix, (text, own) => {
        expect(isWellFormed(text, own)).toBe(false);
        expect(isWellFormed(`${own}_live_${text}`, own)).toBe(false);
      }),
    );
  });
});

describe('the pattern for secret scanners', () => {
  test('finds a key wherever it was left', () => {
    fc.assert(
      fc.property(key, ({ text, prefix: own }) => {
        const left = [text, `KEY="${text}"`, `x\n${text}\ny`, `https://a.example/?k=${text}&b=1`];
        for (const place of left) {
          expect(new RegExp(scannerPattern(own)).exec(place)?.[0]).toBe(text);
        }
      }),
    );
  });

  test('takes no part of something longer, and no key of another prefix', () => {
    const text = 'acme_live_0123456789ABCDEFGHIJKLMNOPQRSTUV4IG2In';
    const pattern = new RegExp(scannerPattern('acme'));
    for (const other of [`${text}0`, `x${text}`, text.slice(1), text.slice(0, -1)]) {
      expect(pattern.test(other)).toBe(false);
    }
  });
});
