import { expect, test } from 'vitest';
import { counted } from './counted.js';

test('a number of things is said as people say it', () => {
  const said = [0, 1, 2].map((count) => counted(count, 'key'));
  expect(said).toEqual(['0 keys', '1 key', '2 keys']);
});
