import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stateAt } from './key.js';

const NOW_MS = 1_790_000_000_000;
const stored = fc.constantFrom('active' as const, 'disabled' as const, 'revoked' as const);
const timeMs = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe("a key's state", () => {
  test.each([
    ['active', null, 'active'],
    ['active', NOW_MS + 1, 'active'],
    ['active', NOW_MS, 'expired'],
    ['active', NOW_MS - 1, 'expired'],
    ['disabled', null, 'disabled'],
    ['disabled', NOW_MS + 1, 'disabled'],
    ['disabled', NOW_MS, 'expired'],
    ['revoked', null, 'revoked'],
    ['revoked', NOW_MS + 1, 'revoked'],
    ['revoked', NOW_MS - 1, 'revoked'],
    ['active', 0, 'expired'],
  ] as const)('stored as %s with the end %s is %s', (state, expiresAt, expected) => {
    expect(stateAt({ state, expiresAt }, NOW_MS)).toBe(expected);
  });

  test('stays revoked whatever the time, and never becomes so by it', () => {
    fc.assert(
      fc.property(stored, fc.option(timeMs), timeMs, (state, expiresAt, nowMs) => {
        const now = stateAt({ state, expiresAt }, nowMs);
        expect(now === 'revoked').toBe(state === 'revoked');
      }),
    );
  });

  test('that is expired comes back when its end is moved', () => {
    const key = { state: 'active', expiresAt: NOW_MS - 1 } as const;
    expect(stateAt(key, NOW_MS)).toBe('expired');
    expect(stateAt({ ...key, expiresAt: NOW_MS + 1 }, NOW_MS)).toBe('active');
  });
});
