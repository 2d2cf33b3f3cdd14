import { expect, test } from 'vitest';
import { hintOf } from './hint.js';

test('a hint is prefix, environment and the first four characters of the body', () => {
  expect(hintOf('acme_live_0123456789ABCDEFGHIJKLMNOPQRSTUV4IG2In')).toBe('acme_live_0123');
  expect(hintOf('kt_test_WXYZabcdefghijklmnopqrstuvwxyz011lqdFO')).toBe('kt_test_WXYZ');
});
