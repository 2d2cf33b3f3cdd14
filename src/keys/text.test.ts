import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultInText, isTag, MAX_TEXT_LENGTH } from './text.js';

describe('a line of text for people', () => {
  test.each([
    'Acme CI',
    'Zoë’s “new” key — 100 %',
    '鍵管理',
    'مفتاح',
    'שלום',
    'e\u0301',
    '🔑',
    '⚙\ufe0f Deploy',
    "Robert'); drop table keys;--",
    '<script>alert(1)</script>',
    '=1+1',
    'x'.repeat(MAX_TEXT_LENGTH),
  ])('may be "%s"', (text) => {
    expect(faultInText(text)).toBeUndefined();
  });

  test.each(['', ' ', '\u00a0\u3000'])('may not be empty: "%s"', (text) => {
    expect(faultInText(text)).toBe('is empty.');
  });

  test('may have 200 UTF-16 units and no more', () => {
    expect(faultInText('x'.repeat(MAX_TEXT_LENGTH + 1))).toMatch(/longer than 200/);
    expect(faultInText('🔑'.repeat(MAX_TEXT_LENGTH / 2))).toBeUndefined();
    expect(faultInText(`${'🔑'.repeat(MAX_TEXT_LENGTH / 2)}x`)).toMatch(/longer/);
  });

  test.each([
    ['a null character', 0x00],
    ['a bell', 0x07],
    ['a tab', 0x09],
    ['a line feed', 0x0a],
    ['a carriage return', 0x0d],
    ['the start of a terminal sequence', 0x1b],
    ['delete', 0x7f],
    ['a next-line control', 0x85],
    ['a soft hyphen', 0xad],
    ['an Arabic letter mark', 0x61c],
    ['a Hangul filler', 0x3164],
    ['a zero-width space', 0x200b],
    ['a zero-width joiner', 0x200d],
    ['a right-to-left mark', 0x200f],
    ['a line separator', 0x2028],
    ['a paragraph separator', 0x2029],
    ['a right-to-left override', 0x202e],
    ['a word joiner', 0x2060],
    ['a first strong isolate', 0x2068],
    ['a lone surrogate', 0xd800],
    ['a byte order mark', 0xfeff],
    ['an annotation anchor', 0xfff9],
    ['an invisible musical mark', 0x1d173],
    ['a tag letter', 0xe0041],
  ])('may not have %s', (_what, code) => {
    const letter = String.fromCodePoint(code);
    for (const text of [`a${letter}b`, `${letter}a`, `a${letter}`]) {
      expect(faultInText(text)).toMatch(/control, invisible or text-direction/);
    }
  });

  test('that is allowed has no control and no surrogate alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), (text) => {
        if (faultInText(text) === undefined)
          expect(text).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a tag', () => {
  test.each(['a', '0', 'team=payments', 'a.b_c:d/e-f', 'x'.repeat(64)])('may be %s', (text) => {
    expect(isTag(text)).toBe(true);
  });

  test.each(['', '-a', '.a', 'a b', 'a,b', 'é', 'a\n', 'x'.repeat(65), 'a"b', '%'])(
    'may not be "%s"',
    (text) => {
      expect(isTag(text)).toBe(false);
    },
  );
});
