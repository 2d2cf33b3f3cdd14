import { parse } from 'dotenv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Assignment, assignmentsIn, withOneMore, withValue } from './dotenv-text.js';

// Whatever the format gives a meaning to, and what is next to it.
const PIECES = [
  ...['A', 'B', 'API_KEY', 'a.b', 'x-y', 'export', 'export ', '=', ' = ', ':', ': ', '#', ' #'],
  ...["'", '"', '`', "\\'", '\\"', '\\n', '\\r', '\\', '$A', ' ', '\t', '\n', '\r\n', '\r', '\n\n'],
  ...[
    '\uFEFF',
    '\u2028',
    '\u00A0',
    'value',
    '1',
    'é',
    '\nA=1\n',
    '\nB="x y" # z\n',
    "\nC='a\nb'\n",
  ],
];
const texts = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 30 })
  .map((pieces) => pieces.join(''));
const values = fc.oneof(
  fc.stringMatching(/^key_live_[0-9A-Za-z]{38}$/),
  fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: 20 }),
);

function allIn(text: string): readonly Assignment[] {
  return assignmentsIn(text) ?? [];
}

function asRead(all: readonly Assignment[]): Record<string, string> {
  return Object.fromEntries(all.map(({ name, value }) => [name, value]));
}

describe('a dotenv text', () => {
  test('is read as the package dotenv reads it', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(asRead(allIn(text))).toEqual({ ...parse(text) });
      }),
      { numRuns: 5_000 },
    );
  });

  test('is the same byte for byte with its own values back in it', () => {
    fc.assert(
      fc.property(texts, values, (text, value) => {
        for (const one of allIn(text)) {
          const next = withValue(text, one, value);
          if (next === undefined) continue;
          const written = next.length - (text.length - (one.end - one.start));
          expect(next.slice(0, one.start)).toBe(text.slice(0, one.start));
          expect(next.slice(one.start + written)).toBe(text.slice(one.end));
        }
      }),
    );
  });

  test('whose quotes are closed gives back what was written, and the rest as before', () => {
    const line = fc.constantFrom(
      ...[
        'A=old',
        'export A = old # x',
        'A="old" # x',
        "  A='o\nld'",
        'A=`old`',
        'A: old',
        'A=',
        'A= ',
      ],
    );
    const around = fc.array(
      fc.constantFrom('# c', '', 'B=1', 'C="x\r\ny"', "export D='#' # d", 'E', 'F=`a`'),
    );
    const newline = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(around, line, around, fc.record({ newline, value: values }), (...given) => {
        const [before, own, after, { newline: end, value }] = given;
        const text = [...before, own, ...after].join(end);
        const at = allIn(text).find(({ name }) => name === 'A');
        if (at === undefined) throw new Error('It was not found.');
        const next = withValue(text, at, value);
        if (next === undefined) return;
        expect({ ...parse(next) }).toEqual({ ...parse(text), A: value });
      }),
    );
  });

  test.each([
    ['A=old\n', 'A=new\n'],
    ['A = old  # kept\r\nB=1\r\n', 'A = new  # kept\r\nB=1\r\n'],
    ["export A='old'", "export A='new'"],
    ['\uFEFFA="old"\n', '\uFEFFA="new"\n'],
    ['# A=no\nA=`old`', '# A=no\nA=`new`'],
    ['A=\nB=1', 'A=new\nB=1'],
    ['A: old', 'A: new'],
    ["B='\nA=no\n'\nA=old", "B='\nA=no\n'\nA=new"],
  ])('%j becomes %j', (before, after) => {
    const at = allIn(before).find(({ name }) => name === 'A');
    if (at === undefined) throw new Error('It was not found.');
    expect(withValue(before, at, 'new')).toBe(after);
  });

  test.each([
    ['old', 'a b', "A='a b'"],
    ['"old"', 'a b', 'A="a b"'],
    ['"old"', 'a"b', "A='a\"b'"],
    ["'old'", "a'b", 'A="a\'b"'],
    ['old', '$HOME', "A='$HOME'"],
    ['"old"', '$HOME', "A='$HOME'"],
    ['old', `a'b"c`, 'A=`a\'b"c`'],
    ['old', 'a\nb', undefined],
    ['old', `'"\``, undefined],
    ['old', 'a\\', undefined],
  ])('%s is quoted for %j as %s', (before, value, after) => {
    const text = `A=${before}`;
    const [at] = allIn(text);
    if (at === undefined) throw new Error('It was not found.');
    expect(withValue(text, at, value)).toBe(after);
  });

  test.each([
    ['', 'A=v\n'],
    ['B=1', 'B=1\nA=v\n'],
    ['B=1\r\nC=2\r\n', 'B=1\r\nC=2\r\nA=v\r\n'],
    ['\uFEFF', '\uFEFFA=v\n'],
  ])('%j with one more variable is %j', (before, after) => {
    expect(withOneMore(before, 'A', 'v')).toBe(after);
  });

  test('that is longer than 64 KiB is not read', () => {
    expect(assignmentsIn('#'.repeat(65_536))).toEqual([]);
    expect(assignmentsIn('#'.repeat(65_537))).toBeUndefined();
  });
});
