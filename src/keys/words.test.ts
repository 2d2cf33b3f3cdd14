import { expect, test } from 'vitest';
import { wordsIn } from './words.js';

test.each([
  ['Acme CI', ['acme', 'ci']],
  ['acme_live_Q9xY', ['acme', 'live', 'q9xy']],
  ['team=payments, team', ['team', 'payments']],
  ['key_01k9z6w2r8v4', ['01k9z6w2r8v4']],
  ['key_live_AbCd monkey_bar', ['live', 'abcd', 'monkey', 'bar']],
  ["École d'été", ['école', 'd', 'été']],
  ['E\u0301cole', ['école']],
  ['🔑 100%', ['🔑', '100']],
  ['%_\\"[]', []],
  ['', []],
])('the words of %j are told apart', (text, words) => {
  expect(wordsIn(text)).toEqual(words);
});

test('of a very long word only the beginning counts', () => {
  expect(wordsIn('x'.repeat(100))).toEqual(['x'.repeat(64)]);
});
