import { expect, test } from 'vitest';
import { isLive, mayBecome, type SecretState } from './secret.js';

const STATES = ['pending', 'current', 'retiring', 'disabled', 'revoked'] as const;

// domain.md, States.
const TABLE = new Set([
  'pending current',
  'current retiring',
  'retiring disabled',
  'disabled retiring',
  'retiring current',
  'pending revoked',
  'current revoked',
  'retiring revoked',
  'disabled revoked',
]);

test.each(STATES.flatMap((from) => STATES.map((to): [SecretState, SecretState] => [from, to])))(
  'a secret that is %s becomes %s only as the table says',
  (from, to) => {
    expect(mayBecome(from, to)).toBe(TABLE.has(`${from} ${to}`));
  },
);

test('nothing follows revoked', () => {
  for (const to of STATES) expect(mayBecome('revoked', to)).toBe(false);
});

test('a check accepts what is current or retiring', () => {
  expect(STATES.filter(isLive)).toEqual(['current', 'retiring']);
});
