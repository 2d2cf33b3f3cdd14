import { expect, test } from 'vitest';
import { DEFAULT_KEYSPACE, isKeyspaceName, isPrefix, MANAGEMENT_KEYSPACE } from './keyspace.js';

test.each(['default', 'keyturn', 'a', 'a-b-1', 'x'.repeat(63)])(
  'a keyspace may be named %s',
  (text) => {
    expect(isKeyspaceName(text)).toBe(true);
  },
);

test.each(['', 'A', '1a', '-a', 'a_b', 'a b', 'é', 'a\n', 'x'.repeat(64), '__proto__', 'ks/1'])(
  'a keyspace may not be named "%s"',
  (text) => {
    expect(isKeyspaceName(text)).toBe(false);
  },
);

test.each(['ab', 'key', 'kt', 'a1', 'x'.repeat(16)])('a prefix may be %s', (text) => {
  expect(isPrefix(text)).toBe(true);
});

test.each(['', 'a', 'A1', '1a', 'a_b', 'a-b', 'a.b', 'é1', 'ab\n', 'x'.repeat(17), '(a|b)'])(
  'a prefix may not be "%s"',
  (text) => {
    expect(isPrefix(text)).toBe(false);
  },
);

test('the keyspaces that every installation has are named and prefixed as any other', () => {
  for (const { name, prefix } of [DEFAULT_KEYSPACE, MANAGEMENT_KEYSPACE]) {
    expect([isKeyspaceName(name), isPrefix(prefix)]).toEqual([true, true]);
  }
});
