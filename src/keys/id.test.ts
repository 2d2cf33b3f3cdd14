import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  keyIdFrom,
  keyspaceIdFrom,
  newEventId,
  newInstanceId,
  newKeyId,
  newKeyspaceId,
  newRotationId,
} from './id.js';

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const timeMs = fc.nat({ max: 253_402_300_799_999 });

const sourceOf = (nowMs: number, chance: Uint8Array) => ({
  nowMs,
  random: { bytes: () => chance },
});

describe.each([
  ['key_', newKeyId],
  ['ks_', newKeyspaceId],
  ['evt_', newEventId],
  ['ins_', newInstanceId],
] as const)('ids that begin with %s', (prefix, newId) => {
  test('are safe in a URL', () => {
    fc.assert(
      fc.property(timeMs, bytes, (nowMs, chance) => {
        const id = newId(sourceOf(nowMs, chance));
        expect(id).toMatch(new RegExp(`^${prefix}[0-9a-hjkmnp-tv-z]{26}$`));
      }),
    );
  });

  test('sort by the time at which they were made', () => {
    fc.assert(
      fc.property(fc.tuple(timeMs, timeMs), fc.tuple(bytes, bytes), (times, chances) => {
        const [left, right] = times.toSorted((one, other) => one - other);
        fc.pre(left !== undefined && right !== undefined && left < right);
        const older = newId(sourceOf(left, chances[0]));
        const newer = newId(sourceOf(right, chances[1]));
        expect(older < newer).toBe(true);
      }),
    );
  });

  test('of one moment differ by eighty random bits', () => {
    const zero = new Uint8Array(16);
    const seen = new Set([newId(sourceOf(1, zero))]);
    for (let index = 0; index < 16; index += 1) {
      for (let value = 1; value < 32; value += 1) {
        seen.add(newId(sourceOf(1, zero.with(index, value))));
      }
    }
    expect(seen.size).toBe(1 + 16 * 31);
  });
});

test('ids of rotations rise within a millisecond', () => {
  fc.assert(
    fc.property(timeMs, fc.array(bytes, { minLength: 2 }), (nowMs, chances) => {
      const low = chances.map((chance) => chance.with(0, 0)); // Far from the last one of all.
      const ids = low.map((chance) => newRotationId(sourceOf(nowMs, chance)));
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.toSorted()).toEqual(ids);
    }),
    { examples: [[7, [0, 1].map(() => new Uint8Array(16).fill(31, 1))]] },
  );
});

describe.each([
  ['key_', newKeyId, keyIdFrom],
  ['ks_', newKeyspaceId, keyspaceIdFrom],
] as const)('ids that begin with %s', (prefix, newId, idFrom) => {
  test('are taken back from where they were stored or sent', () => {
    fc.assert(
      fc.property(timeMs, bytes, (nowMs, chance) => {
        const id = newId(sourceOf(nowMs, chance));
        expect(idFrom(id)).toBe(id);
      }),
    );
  });

  test('are told from what only looks like one', () => {
    const id = newId(sourceOf(1_790_000_000_000, new Uint8Array(16)));
    const wrong = [
      id.toUpperCase(),
      id.slice(0, -1),
      `${id}0`,
      `${id.slice(0, -1)}u`,
      `${id.slice(0, -1)}\n`,
      id.slice(prefix.length),
      `other_${id.slice(prefix.length)}`,
      `${id.slice(0, -1)}é`,
      '',
      prefix,
      '__proto__',
    ];
    for (const text of wrong) expect(idFrom(text), text).toBeUndefined();
  });
});

test('an id of one thing is none of another', () => {
  const source = sourceOf(1, new Uint8Array(16));
  expect(keyspaceIdFrom(newKeyId(source))).toBeUndefined();
  expect(keyIdFrom(newKeyspaceId(source))).toBeUndefined();
});
