import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTime, parseDuration, parseTime } from '../../keys/duration.js';
import { type KeyId, newKeyId } from '../../keys/id.js';
import { slotsOf } from './foreseen.js';
import type { Scheduled, ScheduleTerms } from './schedule.js';
import { startFrom, startUntil } from './start.js';
import { openFrom, openUntil, parseWindow } from './window.js';

const DAY = 86_400_000;
const at = (text: string) => parseTime(text) ?? Number.NaN;
const ms = (text: string) => parseDuration(text) ?? Number.NaN;
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
  slotsOf({ ...plain, ...said }, { ...key, ...of }, { nowMs: born, limit });
const starts = (said: Partial<ScheduleTerms>, of: Partial<Scheduled> = {}) =>
  next(said, of).map(({ startAt }) => formatTime(startAt));

describe('windows and blackouts', () => {
  const window = 'Tue-Thu 09:00-15:00';
  const timezone = 'Europe/Zurich';

  test('before: it is moved to the opening before, so that it ends by its time', () => {
    // 2026-03-02 is a Monday: the window of the Thursday before.
    expect(starts({ window, timezone })[0]).toBe('2026-02-26T08:00:00.000Z');
  });

  test('after: it is moved to the next opening', () => {
    // 2026-04-01 is a Wednesday, by summer time.
    expect(starts({ mode: 'after', window, timezone })[0]).toBe('2026-04-01T07:00:00.000Z');
  });

  test('a blackout is left on either side', () => {
    const blackout = ['2026-02-20/2026-03-10'];
    expect(starts({ blackout, window, timezone })[0]).toBe('2026-02-19T08:00:00.000Z');
    const [after] = next({ mode: 'after', blackout: ['2026-03-30/2026-04-03'], window, timezone });
    expect(formatTime(after?.startAt ?? 0)).toBe('2026-04-07T07:00:00.000Z');
    expect(after?.reasons).toEqual([
      'every 90d',
      'blackout: 2026-03-30/2026-04-03',
      `window: ${window} ${timezone}`,
    ]);
  });

  test('before a blackout there is an hour to look at what was begun', () => {
    const hours = { window: null, timezone, blackout: ['2026-03-01/2026-03-05'] };
    const { timeMs } = startUntil(hours, at('2026-03-03T12:00:00Z'));
    expect(formatTime(timeMs)).toBe('2026-02-28T22:00:00.000Z');
  });

  test.each([
    // What is skipped on 2026-03-29 moves on; what is skipped whole does not open on that day.
    ['Sun 02:15-02:45', '2026-03-29T00:00:00Z', '2026-03-29T01:15:00.000Z'],
    ['02:00-03:00', '2026-03-28T12:00:00Z', '2026-03-30T00:00:00.000Z'],
    ['02:00-03:00', '2026-03-29T00:59:59Z', '2026-03-30T00:00:00.000Z'],
    // The hour that 2026-10-25 has twice is open from its first time to its last.
    ['02:00-03:00', '2026-10-25T00:00:00Z', '2026-10-25T00:00:00.000Z'],
    ['02:00-03:00', '2026-10-25T01:59:59Z', '2026-10-25T01:59:59.000Z'],
    ['02:00-03:00', '2026-10-25T02:00:00Z', '2026-10-26T01:00:00.000Z'],
    // Over midnight, whole days, and the edges.
    ['Fri 22:00-02:00', '2026-06-05T23:59:59Z', '2026-06-05T23:59:59.000Z'],
    ['Fri 22:00-02:00', '2026-06-06T00:00:00Z', '2026-06-12T20:00:00.000Z'],
    ['Mon-Fri 00:00-24:00', '2026-06-05T21:59:59Z', '2026-06-05T21:59:59.000Z'],
    ['Mon-Fri 00:00-24:00', '2026-06-05T22:00:00Z', '2026-06-07T22:00:00.000Z'],
    ['Tue-Thu 09:00-15:00', '2026-06-02T07:00:00Z', '2026-06-02T07:00:00.000Z'],
    ['Tue-Thu 09:00-15:00', '2026-06-02T13:00:00Z', '2026-06-03T07:00:00.000Z'],
    ['Sat-Mon 10:00-11:00', '2026-06-02T00:00:00Z', '2026-06-06T08:00:00.000Z'],
    // Over the end of a month, of a February with a leap day and of one without, and of a year.
    ['Mon 09:00-15:00', '2027-01-31T10:00:00Z', '2027-02-01T08:00:00.000Z'],
    ['22:00-02:00', '2027-01-31T23:30:00Z', '2027-01-31T23:30:00.000Z'],
    ['09:00-15:00', '2027-02-28T14:00:00Z', '2027-03-01T08:00:00.000Z'],
    ['Tue 09:00-15:00', '2028-02-28T14:00:00Z', '2028-02-29T08:00:00.000Z'],
    ['Wed 09:00-15:00', '2028-02-29T14:00:00Z', '2028-03-01T08:00:00.000Z'],
    ['Fri 22:00-02:00', '2027-12-31T23:30:00Z', '2027-12-31T23:30:00.000Z'],
    ['Sat 09:00-15:00', '2027-12-31T23:30:00Z', '2028-01-01T08:00:00.000Z'],
  ])('%s from %s on opens at %s', (text, from, opensAt) => {
    const parsed = parseWindow(text);
    if (parsed === undefined) throw new Error('That is a window.');
    expect(formatTime(openFrom(parsed, timezone, at(from))?.timeMs ?? 0)).toBe(opensAt);
  });

  test.each([
    ['02:30-05:00 Europe/Zurich', '2027-03-27T12:00:00Z', '02:30 does not exist on 2027-03-28'],
    ['02:30-05:00 Europe/Zurich', '2027-10-30T12:00:00Z', '02:30 comes twice on 2027-10-31'],
    ['Sun 02:30-05:00 Europe/Zurich', '2027-03-22T12:00:00Z', '02:30 does not exist on 2027-03-28'],
    // It does not open at all on that day, and the start goes past it.
    ['02:00-03:00 Europe/Zurich', '2027-03-27T12:00:00Z', '02:00 does not exist on 2027-03-28'],
    // Half an hour, and the change at midnight.
    ['01:45-04:00 Australia/Lord_Howe', '2027-04-03T00:00:00Z', '01:45 comes twice on 2027-04-04'],
    ['00:00-06:00 America/Santiago', '2027-09-04T12:00:00Z', '00:00 does not exist on 2027-09-05'],
    // The hours beside, and the days.
    ['03:00-05:00 Europe/Zurich', '2027-03-27T12:00:00Z', null],
    ['01:59-05:00 Europe/Zurich', '2027-10-30T12:00:00Z', null],
    ['03:00-05:00 Europe/Zurich', '2027-10-30T12:00:00Z', null],
    ['02:30-05:00 Europe/Zurich', '2027-03-26T12:00:00Z', null],
    ['02:30-05:00 UTC', '2027-03-27T12:00:00Z', null],
  ])('%s from %s on: of daylight saving it says %j', (opens, from, said) => {
    const [, text = '', zone = ''] = /^(.*) (\S+)$/.exec(opens) ?? [];
    const hours = { window: text, timezone: zone, blackout: [] };
    const { timeMs, reasons } = startFrom(hours, at(from));
    const why = said === null ? [] : [`daylight saving: ${said}`];
    expect(reasons).toEqual([`window: ${text} ${zone}`, ...why]);
    const backwards = startUntil(hours, timeMs + 10 * 3_600_000).reasons;
    const isLost = parseWindow(text)?.closesAt === 180; // Then the day after is another.
    expect(backwards).toEqual(isLost ? reasons.slice(0, 1) : reasons);
  });

  test.each([
    '',
    '9-15',
    'Tue 9:00-15:00',
    'Foo 09:00-15:00',
    '09:00-09:00',
    '24:00-02:00',
    '25:00-26:00',
    '10:60-11:00',
  ])('"%s" is no window', (text) => expect(parseWindow(text)).toBeUndefined());

  const windows = fc.constantFrom(
    'Tue-Thu 09:00-15:00',
    'Sun 02:00-02:30',
    '22:00-04:00',
    'Mon,Sat 00:00-24:00',
    'Thu 09:00-15:00',
  );
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Zurich',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
  );

  test('every start is open, out of a blackout, and no later than it has to be', () => {
    const times = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2031-01-01T00:00:00Z') });
    fc.assert(
      fc.property(windows, zones, times, (text, zone, timeMs) => {
        const parsed = parseWindow(text);
        if (parsed === undefined) throw new Error('That is a window.');
        const forward = openFrom(parsed, zone, timeMs)?.timeMs ?? 0;
        expect(forward).toBeGreaterThanOrEqual(timeMs);
        expect(openFrom(parsed, zone, forward)?.timeMs).toBe(forward);
        if (forward > timeMs) expect(openFrom(parsed, zone, forward - 1)?.timeMs).toBe(forward);
        const back = openUntil(parsed, zone, timeMs)?.timeMs ?? 0;
        expect(back).toBeLessThanOrEqual(timeMs);
        expect(openFrom(parsed, zone, back)?.timeMs).toBe(back);
        expect(openUntil(parsed, zone, forward)?.timeMs).toBe(forward);
      }),
    );
  });

  test.each([
    ['after', '2028-03-16', '2029-03-01T08:00:00.000Z'],
    ['before', '2027-03-04', '2027-02-25T08:00:00.000Z'],
  ] as const)(
    '%s: a start is moved over as many blackouts as there may be',
    (mode, first, startAt) => {
      const everyMs = 800 * DAY; // Due on 2028-03-11, and begun from 2028-02-10 on.
      const blackout = Array.from({ length: 50 }, (_, week) =>
        formatTime(at(`${first}T00:00:00Z`) + 7 * week * DAY).slice(0, 10),
      );
      const hours = { blackout, window: 'Thu 09:00-15:00', timezone };
      expect(starts({ ...hours, mode, everyMs })[0]).toBe(startAt);
    },
  );

  test('no start lies in a blackout, and before: all of the rotation fits in', () => {
    const span = fc.record({ zone: zones, first: fc.nat(1_500), length: fc.nat(30) });
    const mode = fc.constantFrom('before' as const, 'after' as const);
    fc.assert(
      fc.property(windows, span, mode, (text, { zone, first, length }, way) => {
        const dayOf = (count: number) => formatTime(born + count * DAY).slice(0, 10);
        const [firstOn, lastOn] = [dayOf(first), dayOf(first + length)];
        const hours = { window: text, timezone: zone, blackout: [`${firstOn}/${lastOn}`] };
        for (const { startAt, dueAt } of next({ ...hours, mode: way, everyMs: ms('200d') })) {
          const local = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(startAt);
          expect(local < firstOn || local > lastOn).toBe(true);
          const spare = way === 'before' ? dueAt - plain.leadMs - startAt : startAt - dueAt;
          expect(spare).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 80 },
    );
  });

  test('however many blackouts there are, no start lies in one, or outside the window', () => {
    const dayOf = (count: number) => formatTime(born + count * DAY).slice(0, 10);
    const first = fc.integer({ min: -100, max: 900 });
    const span = fc
      .record({ first, length: fc.nat(30) })
      .map(({ first: on, length }) => [dayOf(on), dayOf(on + length)] as const);
    // One after the other, as often as each day: a start meets all of them.
    const series = fc
      .record({
        first,
        apart: fc.integer({ min: 1, max: 7 }),
        count: fc.integer({ min: 30, max: 50 }),
      })
      .map(({ first: on, apart, count }) =>
        Array.from({ length: count }, (_, more) => dayOf(on + more * apart)),
      )
      .map((days) => days.map((day) => [day, day] as const));
    const spans = fc.oneof(fc.array(span, { maxLength: 50, size: 'max' }), series);
    const mode = fc.constantFrom('before' as const, 'after' as const);
    const hours = fc.record({ window: windows, timezone: zones, mode });
    fc.assert(
      fc.property(hours, spans, (said, days) => {
        const parsed = parseWindow(said.window);
        if (parsed === undefined) throw new Error('That is a window.');
        const local = new Intl.DateTimeFormat('en-CA', { timeZone: said.timezone });
        const blackout = days.map((both) => both.join('/'));
        for (const { startAt } of next({ ...said, blackout, everyMs: ms('200d') })) {
          const on = local.format(startAt);
          expect(days.filter(([firstOn, lastOn]) => on >= firstOn && on <= lastOn)).toEqual([]);
          expect(openFrom(parsed, said.timezone, startAt)?.timeMs).toBe(startAt);
        }
      }),
      { numRuns: 80 },
    );
  });

  test('the spread is within its width, and the same for a key every time', () => {
    const spreadMs = 14 * DAY;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (seed) => {
        const of = { id: idOf(seed) };
        const [one] = next({ spreadMs }, of);
        const offset = born + 90 * DAY - (one?.dueAt ?? 0);
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThan(spreadMs);
        expect(next({ spreadMs }, of)[0]).toEqual(one);
      }),
    );
  });
});
