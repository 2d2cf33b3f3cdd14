import { describe, expect, test } from 'vitest';
import { type KeyId, newKeyId } from '../../keys/id.js';
import { RUNWAY_MS, shareOf } from '../schedule/schedule.js';
import { type Stage, sayAt, stageAt, stageSaidAt } from './moments.js';

const DAY_MS = 86_400_000;
const AT_MS = Date.parse('2026-11-27T09:00:00Z');
const random = { bytes: (count: number) => new Uint8Array(count).fill(7) };
const key: { readonly id: KeyId } = { id: newKeyId({ nowMs: AT_MS - 400 * DAY_MS, random }) };
const share = shareOf(key.id);

describe('the stage before a moment', () => {
  const stages = [30, 7, 1].map((days) => days * DAY_MS);

  test.each([
    [31, undefined],
    [30, 30],
    [8, 30],
    [7, 7],
    [1.01, 7],
    [1, 1],
    [0.01, 1],
    [0, undefined],
    [-1, undefined],
  ])('%s days before it is that of %s days', (daysBefore, expected) => {
    const found = stageAt(stages, { atMs: AT_MS, nowMs: AT_MS - daysBefore * DAY_MS });
    expect(found?.beforeMs).toBe(expected === undefined ? undefined : expected * DAY_MS);
  });

  test('is none where there are none', () => {
    expect(stageAt([], { atMs: AT_MS, nowMs: AT_MS - DAY_MS })).toBeUndefined();
  });

  test('lasts until the next, and is dealt out over what was left of it when it was asked for', () => {
    const nowMs = AT_MS - 10 * DAY_MS;
    const stage: Stage | undefined = stageAt(stages, { atMs: AT_MS, nowMs });
    if (stage === undefined) throw new Error('There is no stage.');
    expect(stage.untilMs).toBe(AT_MS - 7 * DAY_MS);
    expect(stageSaidAt(key, stage, stage.fromMs)).toBe(stage.fromMs);
    const leftMs = stage.untilMs - nowMs;
    expect(stageSaidAt(key, stage, nowMs)).toBe(nowMs + Math.floor(share * leftMs));
  });
});

describe('what is so since some time', () => {
  test.each([null, AT_MS + RUNWAY_MS, AT_MS])(
    'is said then, with a runway until %s',
    (runwayUntil) => {
      expect(sayAt(key, { runwayUntil }, AT_MS)).toBe(AT_MS);
    },
  );

  test('is dealt out over the runway where it was so before', () => {
    const saidMs = sayAt(key, { runwayUntil: AT_MS + RUNWAY_MS }, AT_MS - 1);
    expect(saidMs).toBe(AT_MS + Math.floor(share * RUNWAY_MS));
  });

  test('is dealt out from the day on which a key came here, where it is older elsewhere', () => {
    const bornMs = AT_MS - 400 * DAY_MS;
    const saidMs = sayAt(key, { runwayUntil: null }, bornMs - DAY_MS);
    expect(saidMs).toBe(bornMs + Math.floor(share * RUNWAY_MS));
  });
});
