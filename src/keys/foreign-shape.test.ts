import { describe, expect, test } from 'vitest';
import {
  alphabetOf,
  type ForeignShape,
  faultInShape,
  hasShape,
  lookupOf,
  withShape,
} from './foreign-shape.js';

const DOTTED: ForeignShape = { minLength: 10, maxLength: 41, alphabet: 'base62', separator: '.' };
const PLAIN: ForeignShape = { minLength: 16, maxLength: 16, alphabet: 'hex', separator: null };

describe('a text', () => {
  test.each([
    ['qtv37XGj.78WXsVLi9fy2CLFQZJ9HCoUKmGNUvkNM', true],
    ['qtv37XGj.78WXs.x', true], // Only the first separator counts.
    ['qtv37XGj.', false],
    ['.78WXsVLi9fy2C', false],
    ['qtv37XGj78WXsVLi9fy2C', false],
    ['qtv37XGj.78WXs VLi9', false],
    ['a.b', false],
    [`qtv37XGj.${'x'.repeat(40)}`, false],
  ])('%j has a shape with a separator: %s', (text, expected) => {
    expect(hasShape(text, DOTTED)).toBe(expected);
  });

  test.each([
    ['0123456789abcdef', true],
    ['0123456789ABCDEF', false],
    ['0123456789abcde', false],
  ])('%j has a shape without one: %s', (text, expected) => {
    expect(hasShape(text, PLAIN)).toBe(expected);
  });

  test.each(['a,b', 'a b', 'a\u200bb', 'a\nb', 'a\u0000b', 'a\ud800b'])(
    '%j is made of no alphabet',
    (text) => {
      expect(alphabetOf(text)).toBeUndefined();
    },
  );

  test('is made of the narrowest alphabet that has all of it', () => {
    const texts = ['beef', 'Beef', 'be-ef', 'be.ef', 'ключ'];
    expect(texts.map(alphabetOf)).toEqual(['hex', 'base62', 'base64url', 'ascii', 'any']);
  });

  test('is looked up by what stands before its first separator', () => {
    expect(lookupOf('eGWr.rgSH.4QrJ', DOTTED)).toBe('eGWr');
    expect(lookupOf('eGWr', DOTTED)).toBeNull();
    expect(lookupOf('eGWr.rgSH', PLAIN)).toBeNull();
  });
});

describe('the shapes of a keyspace', () => {
  test('stay few: one that is alike is widened, one that is within another is left out', () => {
    const wider = { ...DOTTED, minLength: 8, maxLength: 60 };
    expect(withShape([DOTTED], { ...DOTTED, minLength: 12 })).toEqual([DOTTED]);
    expect(withShape([PLAIN, DOTTED], wider)).toEqual([PLAIN, wider]);
    expect(withShape([{ ...PLAIN, alphabet: 'ascii' }], PLAIN)).toHaveLength(1);
    expect(withShape([PLAIN], DOTTED)).toEqual([PLAIN, DOTTED]);
  });

  test.each([
    { ...PLAIN, minLength: 1 },
    { ...PLAIN, maxLength: 513 },
    { ...PLAIN, minLength: 17 },
    { ...PLAIN, minLength: 16.5 },
    { ...PLAIN, separator: ',' },
    { ...PLAIN, separator: '' },
    { ...PLAIN, separator: '.....' },
  ])('have bounds: %j has none', (shape) => {
    expect(faultInShape(shape)).toMatch(/^has no such .+\. Use /);
  });
});
