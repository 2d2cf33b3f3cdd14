import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkMetadata, MAX_METADATA_BYTES, MAX_METADATA_DEPTH } from './metadata.js';

const nested = (depth: number): unknown => (depth === 1 ? {} : { a: nested(depth - 1) });
const nestedLists = (depth: number): unknown => (depth === 1 ? [] : [nestedLists(depth - 1)]);
const faultOf = (value: unknown) => {
  const check = checkMetadata(value);
  return check.ok ? undefined : check.fault;
};
const fixOf = (value: unknown) => {
  const check = checkMetadata(value);
  return check.ok ? undefined : check.fix;
};

describe('metadata', () => {
  test('is kept as its JSON text', () => {
    const value = { b: 1, a: [true, null, { é: '🔑' }], n: -0.5, most: 2 ** 53 - 1, large: 1e300 };
    expect(checkMetadata(value)).toEqual({ ok: true, json: JSON.stringify(value) });
    expect(checkMetadata({})).toEqual({ ok: true, json: '{}' });
    expect(checkMetadata(Object.create(null))).toEqual({ ok: true, json: '{}' });
  });

  test('may be any JSON object that is small and flat enough', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 4 });
    fc.assert(
      fc.property(value, (metadata) => {
        fc.pre(!JSON.stringify(metadata).includes('__proto__'));
        const check = checkMetadata(metadata);
        if (!check.ok) expect(check.fault).toMatch(/bytes|JSON readers round/);
        else expect(JSON.parse(check.json)).toEqual(JSON.parse(JSON.stringify(metadata)));
      }),
    );
  });

  test.each([
    ['null', null],
    ['a list', []],
    ['a text', 'a'],
    ['a number', 1],
    ['nothing', undefined],
    ['a function', () => {}],
  ])('may not be %s', (_what, value) => {
    expect(faultOf(value)).toBe('is not a JSON object.');
  });

  test.each([
    ['an absent value', { a: undefined }, /undefined/],
    ['a function', { a: [() => {}] }, /function/],
    ['a symbol', { a: Symbol('x') }, /symbol/],
    ['a big integer', { a: 1n }, /bigint/],
    ['no number', { a: Number.NaN }, /non-finite/],
    ['an infinite number', { a: { b: Number.NEGATIVE_INFINITY } }, /non-finite/],
    [
      'a whole number that was rounded',
      { a: [JSON.parse('12345678901234567890')] },
      /JSON readers round/,
    ],
    ['a date', { a: new Date(0) }, /not plain JSON/],
    ['a map', { a: new Map() }, /not plain JSON/],
    ['bytes', { a: Buffer.from('x') }, /not plain JSON/],
    ['an object of a class', { a: new (class Own {})() }, /not plain JSON/],
    ['what turns itself into something else', { toJSON: () => 1 }, /function/],
  ])('may not hold %s', (_what, value, fault) => {
    expect(faultOf(value)).toMatch(fault);
  });

  test('is told what to do about just that', () => {
    expect(fixOf([])).toMatch(/like \{/);
    expect(fixOf({ a: Number.POSITIVE_INFINITY })).toMatch(/write it as a string/);
    expect(fixOf({ a: new Date(0) })).toMatch(/plain objects/);
    expect(fixOf({ a: undefined })).toMatch(/plain objects/);
    expect(fixOf(JSON.parse('{"__proto__":1}'))).toMatch(/another name/);
    expect(fixOf(nested(MAX_METADATA_DEPTH + 1))).toMatch(/elsewhere/);
    expect(fixOf({ a: 'x'.repeat(MAX_METADATA_BYTES) })).toMatch(/elsewhere/);
  });

  test('may not name a prototype, at any depth', () => {
    for (const text of ['{"__proto__":{"a":1}}', '{"a":[{"b":{"__proto__":null}}]}']) {
      expect(faultOf(JSON.parse(text))).toMatch(/__proto__/);
    }
    expect(faultOf({ constructor: { prototype: 1 } })).toBeUndefined();
    expect({}).not.toHaveProperty('a');
  });

  test('may be sixteen deep and no deeper, in objects and in lists', () => {
    expect(faultOf(nested(MAX_METADATA_DEPTH))).toBeUndefined();
    expect(faultOf(nested(MAX_METADATA_DEPTH + 1))).toMatch(/deeper than 16/);
    expect(faultOf({ a: nestedLists(MAX_METADATA_DEPTH - 1) })).toBeUndefined();
    expect(faultOf({ a: nestedLists(MAX_METADATA_DEPTH) })).toMatch(/deeper than 16/);
  });

  test('is refused where it is ten thousand deep or holds itself, without a stack overflow', () => {
    expect(faultOf(JSON.parse(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`))).toMatch(
      /deeper/,
    );
    const circle: Record<string, unknown> = {};
    circle['a'] = circle;
    expect(faultOf(circle)).toMatch(/deeper/);
  });

  test('may be 16 KiB of UTF-8 and not a byte more', () => {
    const frame = Buffer.byteLength('{"a":""}');
    const filled = (count: number, letter: string) => ({ a: letter.repeat(count) });
    expect(faultOf(filled(MAX_METADATA_BYTES - frame, 'x'))).toBeUndefined();
    expect(faultOf(filled(MAX_METADATA_BYTES - frame + 1, 'x'))).toMatch(/16385 bytes .* 16384/);
    expect(faultOf(filled((MAX_METADATA_BYTES - frame) / 2, 'é'))).toBeUndefined();
    expect(faultOf(filled((MAX_METADATA_BYTES - frame) / 2 + 1, 'é'))).toMatch(
      /bytes|JSON readers round/,
    );
  });
});
