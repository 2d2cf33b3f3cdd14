import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical.js';

const json = fc.jsonValue({ maxDepth: 4 });

/** The same value with the names of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, inner]) => [name, turned(inner)]);
  return Object.fromEntries(fields.reverse());
}

test('the example of RFC 8785 §3.2.2 becomes its bytes', () => {
  const given = `{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`;
  expect(canonicalJson(JSON.parse(given))).toBe(
    '{"literals":[null,true,false],' +
      '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test('names are sorted by UTF-16 units, as in RFC 8785 §3.2.3', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
  const given = Object.fromEntries(names.map((name) => [name, 0]));
  const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
  const expected = sorted.map((name) => `${JSON.stringify(name)}:0`).join();
  expect(canonicalJson(given)).toBe(`{${expected}}`);
});

test('equal facts have equal bytes, however their names are ordered', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
    }),
  );
});

test('what is written is read as the same, so that different facts have different bytes', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('an absent field is as if it were not there, also when it comes back from JSON', () => {
  const given = { b: undefined, a: [undefined, null], c: { d: undefined } };
  expect(canonicalJson(given)).toBe('{"a":[null,null],"c":{}}');
  expect(canonicalJson(JSON.parse(JSON.stringify(given)))).toBe(canonicalJson(given));
});
