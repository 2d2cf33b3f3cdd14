import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { newRotationId, type RotationId } from '../keys/id.js';
import { type DeliveryTrouble, troubleOf } from './delivery.js';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

function someId(): RotationId {
  return newRotationId({ nowMs: NOW_MS, random: { bytes: (count) => randomBytes(count) } });
}

/** What follows each try, until a person is asked. */
function pausesOf(id: RotationId, retryAfterMs: number): readonly number[] {
  const failure = { kind: 'failed', class: 'throttled', message: 'Later.', retryAfterMs } as const;
  const pauses: number[] = [];
  let trouble: DeliveryTrouble | null = null;
  let nowMs = NOW_MS;
  for (;;) {
    trouble = troubleOf(id, { trouble }, { name: 'env', failure, nowMs });
    if (trouble.nextAt === null) return pauses;
    pauses.push(trouble.nextAt - nowMs);
    nowMs = trouble.nextAt;
  }
}

test('a place that asks for a second is asked for as long as one that asks for nothing', () => {
  const pauses = pausesOf(someId(), 1_000);
  expect(pauses).toHaveLength(17);
  expect(Math.min(...pauses)).toBeGreaterThan(5_000);
  expect(pauses.reduce((sum, one) => sum + one)).toBeGreaterThan(HOUR_MS);
});

test('a place is asked no sooner than it says, and not by all in the same second', () => {
  const all = Array.from({ length: 100 }, () => pausesOf(someId(), 60_000)[0] ?? 0);
  expect(Math.min(...all)).toBeGreaterThanOrEqual(60_000);
  expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(3_000);
});

test('a place that asks for a day is asked again within two hours', () => {
  const pauses = pausesOf(someId(), 24 * HOUR_MS);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(2 * HOUR_MS);
});
