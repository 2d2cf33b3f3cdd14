import { expect, test } from 'vitest';
import { printable, printableJson, printableLines } from './printable.js';

const OBEYED = [
  '\u001b[31m',
  '\u009b31m',
  '\r',
  '\b',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\u2028',
];

test.each(OBEYED)('a terminal is shown %j instead of obeying it', (text) => {
  expect(printable(`a${text}b`)).toMatch(/^a\\u\{[0-9a-f]+\}/);
  const json = printableJson({ name: text }, 0);
  expect(json).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(json)).toEqual({ name: text });
});

test('what people write stays as it is', () => {
  const text = 'Zürich 東京 👩 العربية';
  expect(printable(text)).toBe(text);
  expect(printableLines('one\ntwo\u0007')).toBe('one\ntwo\\u{7}');
});
