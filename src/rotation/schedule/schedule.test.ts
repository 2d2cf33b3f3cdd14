import { describe, expect, test } from 'vitest';
import { formatTime, parseDuration, parseTime } from '../../keys/duration.js';
import { type KeyId, newKeyId } from '../../keys/id.js';
import { slotsOf } from './foreseen.js';
import type { Scheduled, ScheduleTerms } from './schedule.js';

const DAY = 86_400_000;
const at = (text: string) => parseTime(text) ?? Number.NaN;
const idOf = (seed: number): KeyId =>
  newKeyId({ nowMs: 0, random: { bytes: (count) => new Uint8Array(count).fill(seed) } });

const plain: ScheduleTerms = {
  everyMs: 90 * DAY,
  mode: 'before',
  leadMs: 30 * DAY,
  spreadMs: 0,
  window: null,
  timezone: 'UTC',
  blackout: [],
  runwayUntil: null,
  deliver: null,
};
const born = at('2026-01-01T00:00:00Z');
const key: Scheduled = {
  id: idOf(1),
  owner: null,
  bornAt: born,
  isImported: false,
  rotatedAt: null,
  usedDueAt: null,
};
const next = (said: Partial<ScheduleTerms>, of: Partial<Scheduled> = {}, limit = 4) =>
  slotsOf(
    { ...plain, ...said },
    { ...key, ...of },
    { nowMs: Math.max(born, of.bornAt ?? 0, of.rotatedAt ?? 0), limit },
  );
const starts = (said: Partial<ScheduleTerms>, of: Partial<Scheduled> = {}) =>
  next(said, of).map(({ startAt }) => formatTime(startAt));

describe('a key’s slots', () => {
  test('before: the rotation begins by the lead before each is due', () => {
    expect(next({}).map(({ dueAt }) => formatTime(dueAt))).toEqual([
      '2026-04-01T00:00:00.000Z',
      '2026-06-30T00:00:00.000Z',
      '2026-09-28T00:00:00.000Z',
      '2026-12-27T00:00:00.000Z',
    ]);
    expect(starts({})[0]).toBe('2026-03-02T00:00:00.000Z');
    expect(next({})[0]?.reasons).toEqual(['every 90d', 'begins 30d before it is due']);
  });

  test('after: it begins when it is due', () => {
    expect(starts({ mode: 'after' })[0]).toBe('2026-04-01T00:00:00.000Z');
  });

  test('a rotation by hand shortly before passes one over, and leaves the series as it was', () => {
    const rotatedAt = at('2026-02-20T00:00:00Z');
    expect(starts({}, { rotatedAt })).toEqual(
      starts({})
        .slice(1)
        .concat(starts({}, { rotatedAt })[3] ?? ''),
    );
    expect(starts({}, { rotatedAt: born + 10 * DAY })[0]).toBe(starts({})[0]);
  });

  test('a slot that was used is not taken again', () => {
    const first = next({})[0]?.dueAt ?? 0;
    expect(starts({}, { usedDueAt: first })[0]).toBe(starts({})[1]);
  });

  test('a year is as long as it is said, across a leap day', () => {
    const bornAt = at('2027-03-01T00:00:00Z');
    const slots = next({ mode: 'after', everyMs: 365 * DAY }, { bornAt });
    expect(formatTime(slots[0]?.dueAt ?? 0)).toBe('2028-02-29T00:00:00.000Z');
  });

  test.each([
    ['2027-01-31T10:00:00Z', '30d', '2027-03-02T10:00:00.000Z'],
    ['2027-01-31T10:00:00Z', '28d', '2027-02-28T10:00:00.000Z'],
    ['2028-01-31T10:00:00Z', '29d', '2028-02-29T10:00:00.000Z'],
    ['2028-01-31T10:00:00Z', '30d', '2028-03-01T10:00:00.000Z'],
    ['2028-02-29T10:00:00Z', '365d', '2029-02-28T10:00:00.000Z'],
    ['2027-12-31T23:59:59Z', '1d', '2028-01-01T23:59:59.000Z'],
    ['2027-12-31T10:00:00Z', '60d', '2028-02-29T10:00:00.000Z'],
  ])('made at the end of a month, on %s, and due each %s: %s', (madeAt, every, dueAt) => {
    const everyMs = parseDuration(every) ?? Number.NaN;
    const [slot] = next({ mode: 'after', everyMs }, { bornAt: at(madeAt) });
    expect(formatTime(slot?.dueAt ?? 0)).toBe(dueAt);
  });

  test.each([
    [90, 30],
    [7, 7],
  ])('what would have begun already, each %d days, is dealt out over %d days', (every, width) => {
    const nowMs = at('2028-01-01T00:00:00Z');
    const all = Array.from({ length: 200 }, (_, seed) => {
      const [slot] = slotsOf(
        { ...plain, everyMs: every * DAY, mode: 'after', leadMs: 0 },
        { ...key, id: idOf(seed), rotatedAt: born },
        { nowMs, limit: 1 },
      );
      return (slot?.startAt ?? 0) - nowMs;
    });
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(width * DAY);
    expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan((width * DAY * 2) / 3);
  });

  test('keys that were brought on one day begin over a whole period', () => {
    const all = Array.from({ length: 200 }, (_, seed) => {
      const [slot] = next({}, { id: idOf(seed), isImported: true }, 1);
      return ((slot?.startAt ?? 0) - born) / DAY;
    });
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(90);
    for (const third of [0, 30, 60]) {
      expect(all.filter((day) => day >= third && day < third + 30).length).toBeGreaterThan(40);
    }
  });

  test.each([
    ['claim', 1],
    ['notice', 1],
    ['destinations', 20],
    [null, 20],
  ] as const)('delivered by %s, 20 keys of an owner begin on %d days', (deliver, days) => {
    for (const of of [{ bornAt: born }, { bornAt: born, isImported: true }]) {
      const all = Array.from({ length: 20 }, (_, seed) =>
        next({ deliver, spreadMs: 30 * DAY }, { ...of, id: idOf(seed), owner: 'acme' }, 1),
      );
      const begun = new Set(all.map(([slot]) => slot?.startAt));
      expect(begun.size).toBe(days);
    }
  });

  test('a changed schedule gives its runway, and then deals the keys out', () => {
    const runwayUntil = at('2026-05-01T00:00:00Z');
    const [slot] = next({ runwayUntil, spreadMs: 14 * DAY });
    expect(slot?.startAt).toBeGreaterThanOrEqual(runwayUntil);
    expect(slot?.startAt).toBeLessThan(runwayUntil + 14 * DAY);
    expect(slot?.reasons).toContain('runway: the schedule was changed');
  });

  test('a window moves no start to before the end of the runway', () => {
    const wantedAt = next({})[0]?.startAt ?? 0;
    for (let hour = 0; hour < 24 * 8; hour += 5) {
      const runwayUntil = wantedAt - hour * 3_600_000;
      const [slot] = next({ runwayUntil, window: 'Tue 09:00-15:00' });
      expect(slot?.startAt).toBeGreaterThanOrEqual(runwayUntil);
    }
  });
});
