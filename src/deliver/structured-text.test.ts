import fc from 'fast-check';
import { parse as parseJsonc } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { locate as locateJson } from './json-file.js';
import type { Locate } from './structured-file.js';
import { locate as locateYaml } from './yaml-file.js';

const secrets = fc.stringMatching(/^key_live_[0-9A-Za-z]{38}$/);
const values = fc.oneof(secrets, fc.string({ minLength: 1, maxLength: 20 }));

/** The text with another value; what it was refused with, otherwise. */
function put(locate: Locate, [text, pointer]: readonly [string, string], value: string): string {
  const found = locate(text, pointer);
  if (found.kind === 'refused') throw new Error(found.message);
  return found.put(value) ?? '';
}

/** What is around the value, by cutting both texts where they begin and end to differ. */
function expectOnly(before: string, after: string, from: string): void {
  const [start, end] = before.split(from);
  expect(after.startsWith(start ?? '')).toBe(true);
  expect(after.endsWith(end ?? '')).toBe(true);
}

const JSON_TEXTS = [
  '{"a":{"k":"OLD"}}',
  '\uFEFF{\r\n\t// c "OLD2"\r\n\t"a": { /* x */ "k" : "OLD", },\r\n\t"b": 1e3,\r\n}\r\n',
  '{ "b" : [1, {"k":"other"}], "a" : {"z":"\\u00e9\\/", "k":"OLD"} , "c":"d" }\n\n',
];

const YAML_TEXTS = [
  'a:\n  k: OLD\n',
  '# head\r\na: # c\r\n  b: [1,  2]\r\n  k:   "OLD"   # tail\r\nz: 0o17\r\n',
  "---\na:\n    k: 'OLD'\n    l: &x\n      - 1\nb: *x\n...\n# end\n",
  '\uFEFFa: {z: 1, k: OLD, y: [ "q" ]}\n',
  '{"a": {"k":\t"OLD"}}',
  'a:\n  k: &anchor OLD\n  l: *anchor\n',
  '%YAML 1.2\n---\n? a\n: k: OLD\n',
  'z: |\n  text\n\n  more   \na:\n  k: !!str OLD # c\n\n\n\n',
];

describe.each([
  { kind: 'json', locate: locateJson, texts: JSON_TEXTS, parse: parseJsonc },
  { kind: 'yaml', locate: locateYaml, texts: YAML_TEXTS, parse: parseYaml },
])('a text in $kind', ({ locate, texts, parse }) => {
  test('gives back what was written, and is the same byte for byte around it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...texts), values, (text, value) => {
        const next = put(locate, [text, '/a/k'], value);
        expect(parse(next.replace('\uFEFF', '')).a.k).toBe(value);
        expectOnly(text, next, /(?:"OLD"|'OLD'|\bOLD\b)(?!2)/.exec(text)?.[0] ?? '');
      }),
      { numRuns: 500 },
    );
  });

  test.each(['/a/none', '/a', '/none/k', '/a/k/0'])('has no text at %s', (pointer) => {
    expect(locate(texts[0] ?? '', pointer)).toMatchObject({ class: 'target_missing' });
  });

  test('says where something is empty', () => {
    for (const text of ['{"a": null}', '{"a": ""}']) {
      const found = locate(text, '/a');
      expect(found).toMatchObject({ kind: 'located' });
      expect(parse(put(locate, [text, '/a'], 'new')).a).toBe('new');
    }
  });

  test.each([
    ['{"a": 1}', '/a'],
    ['{"a": "x", "a": "y"}', '/a'],
    ['{"a": ', '/a'],
    ['', '/a'],
    ['[["x"]]', '/0/01'],
    ['[["x"]]', '/0/-'],
    ['{"__proto__x": "y"}', '/__proto__'],
  ])('refuses %s at %s', (text, pointer) => {
    expect(locate(text, pointer)).toMatchObject({ kind: 'refused', class: 'target_missing' });
  });

  test('follows the escapes of a pointer, and indexes', () => {
    const text = '{"a/b": [{"c~d": "old"}]}';
    const next = put(locate, [text, '/a~1b/0/c~0d'], 'new');
    expect(parse(next)).toEqual({ 'a/b': [{ 'c~d': 'new' }] });
  });
});

describe('a text in yaml', () => {
  test.each([
    ['a: &x old\nb: *x\n', '/b'],
    ['a: old\n---\na: old\n', '/a'],
    ['a: !vault old\n', '/a'],
    ['a:\n', '/a'],
    ['base: &b {k: old}\na:\n  <<: *b\n', '/a/k'],
  ])('refuses %j at %s', (text, pointer) => {
    expect(locateYaml(text, pointer)).toMatchObject({ class: 'target_missing' });
  });

  test.each([
    ['a: |-\n  old\nb: 1\n', 'a: |-\n  new\nb: 1\n'],
    ['a: >-\n    old\n    older\n# c\nb: 1\n', undefined],
    ['a: plain\n  text\nb: 1\n', 'a: "new"\nb: 1\n'],
    ['a: old_\nb: 1\n', 'a: "new"\nb: 1\n'],
  ])('%j becomes %j', (before, after) => {
    const next = put(locateYaml, [before, '/a'], 'new');
    expect(parseYaml(next)).toEqual({ a: 'new', b: 1 });
    if (after !== undefined) expect(next).toBe(after);
  });

  test.each([
    ['8080: old\n', '/8080'],
    ['0x10: old\n', '/0x10'],
    ['yes: old\n', '/yes'],
  ])('%j has a key as it is written: %s', (text, pointer) => {
    expect(locateYaml(text, pointer)).toMatchObject({ kind: 'located', value: 'old' });
  });

  test.each(['true', 'null', '1e5', '2026-01-01', '- a', 'a: b', '# c', '*x', 'no'])(
    'quotes %s, so that it stays a text',
    (value) => {
      const next = put(locateYaml, ['a: old\n', '/a'], value);
      expect(parseYaml(next, { version: '1.1' })).toEqual({ a: value });
    },
  );
});
