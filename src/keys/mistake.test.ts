import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWellFormed } from './format.js';
import { MISTAKE_TEXT, type Mistake, mistakeIn } from './mistake.js';

const KEY = 'acme_live_0123456789ABCDEFGHIJKLMNOPQRSTUV4IG2In';

describe('the likely mistake', () => {
  test.each<[Mistake, string, string]>([
    ['empty', 'nothing', ''],
    ['too_long', 'more than a key may have', 'x'.repeat(513)],
    ['scheme', 'a scheme before it', `Bearer ${KEY}`],
    ['scheme', 'a scheme in capitals', `API-KEY ${KEY}`],
    ['scheme', 'a scheme with a colon', `token: ${KEY}`],
    ['scheme', 'a scheme without a hyphen', `apikey ${KEY}`],
    ['quotes', 'double quotes around it', `"${KEY}"`],
    ['quotes', 'single quotes around it', `'${KEY}'`],
    ['quotes', 'a quote at its end alone', `${KEY}'`],
    ['quotes', 'backquotes around it', `\`${KEY}\``],
    ['quotes', 'a word processor’s quotes', `\u201c${KEY}\u201d`],
    ['placeholder', 'a shell variable', `$\{ACME_KEY}`],
    ['placeholder', 'a bare shell variable', '$ACME_KEY'],
    ['placeholder', 'a template', '{{ acme_key }}'],
    ['placeholder', 'what a manual says', '<your-key>'],
    ['placeholder', 'what a manual says in capitals', 'YOUR_API_KEY'],
    ['placeholder', 'a row of x', 'xxxxxxxx'],
    ['placeholder', 'an unset variable of JavaScript', 'undefined'],
    ['placeholder', 'a null that became text', 'null'],
    ['whitespace', 'a space before it', ` ${KEY}`],
    ['whitespace', 'a line break after it', `${KEY}\n`],
    ['whitespace', 'a line break within', `${KEY.slice(0, 20)}\r\n${KEY.slice(20)}`],
    ['whitespace', 'a space that does not break', `${KEY}\u00a0`],
    ['not_ascii', 'a full-width digit', KEY.replace('0', '\uff10')],
    ['not_ascii', 'a zero-width space', `${KEY.slice(0, 20)}\u200b${KEY.slice(20)}`],
    ['not_ascii', 'a letter that looks the same', KEY.replace('a', '\u0430')],
    ['not_ascii', 'a control character', `${KEY}\u0000`],
    ['prefix_only', 'the prefix alone', 'acme'],
    ['prefix_only', 'the prefix and its mark', 'acme_'],
    ['prefix_only', 'all but the body', 'acme_live_'],
    ['hint_only', 'the hint', 'acme_live_0123'],
    ['truncated', 'its last character lost', KEY.slice(0, -1)],
    ['truncated', 'a single character of the body', 'acme_test_0'],
    ['extra_characters', 'a comma after it', `${KEY},`],
    ['extra_characters', 'the next word after it', `${KEY}/reports`],
    ['letter_case', 'all in capitals', KEY.toUpperCase()],
    ['letter_case', 'all in small letters', KEY.toLowerCase()],
    ['letter_case', 'the prefix in capitals', KEY.replace('acme', 'ACME')],
    ['damaged', 'a character changed', KEY.replace('5', '6')],
    ['damaged', 'two characters swapped', KEY.replace('56', '65')],
    ['damaged', 'another environment', KEY.replace('live', 'prod')],
    ['damaged', 'a longer text without a key in it', `${KEY.replace('5', '6')}00`],
    ['other_product', 'the key of another product', 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'],
    ['other_product', 'a prefix that goes on', KEY.replace('acme', 'acmeco')],
    ['other_product', 'a token', 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl'],
  ])('is %s for %s', (mistake, _what, text) => {
    expect(isWellFormed(text, 'acme')).toBe(false);
    expect(mistakeIn(text, 'acme')).toBe(mistake);
  });

  test('is named for every text, whatever it is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.stringMatching(/^acme_?(live|test)?_?[0-9A-Za-z]{0,60}$/),
    );
    fc.assert(
      fc.property(text, (wrong) => {
        fc.pre(!isWellFormed(wrong, 'acme'));
        expect(Object.keys(MISTAKE_TEXT)).toContain(mistakeIn(wrong, 'acme'));
      }),
      { numRuns: 500 },
    );
  });

  test('of a key cut short is that its end is missing, or that only its beginning is there', () => {
    const expected = ['prefix_only', 'hint_only', 'truncated'];
    for (let length = 1; length < KEY.length; length += 1) {
      const cut = KEY.slice(0, length);
      expect(expected, cut).toContain(mistakeIn(cut, 'acme'));
    }
  });

  test.each(['nullable', 'undefined1', 'your', 'token', 'basic', 'xxxx'])(
    'of a damaged key is never that it is a placeholder or a scheme: %s',
    (prefix) => {
      const damaged = `${prefix}_live_0123456789ABCDEFGHIJKLMNopqrstuv000000`;
      expect(isWellFormed(damaged, prefix)).toBe(false);
      expect(mistakeIn(damaged, prefix)).toBe('damaged');
    },
  );

  test('takes no time that grows beyond the length of the text', () => {
    for (const part of ['_live_', 'acme_', '"', ' ', '$', 'x', 'bearer ', '{']) {
      expect(mistakeIn(part.repeat(512 / part.length), 'acme')).toBeTypeOf('string');
    }
  });

  test('is told in a sentence that says what to do', () => {
    for (const text of Object.values(MISTAKE_TEXT)) expect(text).toMatch(/^[A-Z].*[.?]$/);
  });
});
