import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextTry } from '../../src/notify/back-off.js';
import { sendAtMs } from '../../src/notify/quiet-hours.js';
import { keyNoticeKinds, noticedAtMs, noticeOf } from '../setup/notices.js';

describe('quiet hours', () => {
  const minute = fc.integer({ min: 0, max: 1_439 });
  const quietHours = fc.record({ fromMinute: minute, toMinute: minute });
  const timezone = fc.constantFrom(
    'Europe/Zurich',
    'America/St_Johns',
    'Asia/Kathmandu',
    'Australia/Lord_Howe', // Half an hour of daylight saving.
    'Pacific/Apia',
    null,
  );
  const recipient = fc.record({ quietHours, timezone });
  const urgent = fc.oneof(
    fc.constant(noticeOf('self_rotation')),
    fc.constantFrom(...keyNoticeKinds).map((kind) => ({ ...noticeOf(kind), isEmergency: true })),
  );
  // Both changes of the clocks of 2026 in Zurich, and any other minute of two years.
  const time = fc.oneof(
    fc.integer({ min: 0, max: 2_880 }).map((at) => Date.parse('2026-03-28T00:00Z') + at * 60_000),
    fc.integer({ min: 0, max: 2_880 }).map((at) => Date.parse('2026-10-24T00:00Z') + at * 60_000),
    fc.integer({ min: 0, max: 2 * 525_600 }).map((at) => noticedAtMs + at * 60_000),
  );

  const wallMinute = (timeMs: number, zone: string | null) => {
    const parts = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    const text = new Intl.DateTimeFormat('en-GB', { ...parts, timeZone: zone ?? 'UTC' });
    const [hour = 0, rest = 0] = text.format(timeMs).split(':').map(Number);
    return hour * 60 + rest;
  };

  test('hold a notice to their first minute after, whatever the clocks do', () => {
    fc.assert(
      fc.property(quietHours, timezone, time, (quiet, zone, nowMs) => {
        const isQuiet = (timeMs: number) => {
          const at = wallMinute(timeMs, zone);
          const { fromMinute, toMinute } = quiet;
          if (fromMinute <= toMinute) return at >= fromMinute && at < toMinute;
          return at >= fromMinute || at < toMinute;
        };
        const thenMs = sendAtMs(noticeOf('done'), nowMs, { quietHours: quiet, timezone: zone });
        if (!isQuiet(nowMs)) expect(thenMs).toBe(nowMs);
        else {
          expect(thenMs).toBeGreaterThan(nowMs);
          expect(isQuiet(thenMs)).toBe(false);
          expect(isQuiet(thenMs - 60_000)).toBe(true);
          expect(thenMs - nowMs).toBeLessThanOrEqual(27 * 3_600_000);
        }
      }),
      { numRuns: 1_000 }, // Few of them meet a change of the clocks.
    );
  });

  test('never hold back what is urgent', () => {
    fc.assert(
      fc.property(urgent, recipient, time, (notice, whose, nowMs) => {
        const thenMs = sendAtMs(notice, nowMs, whose);
        expect(thenMs).toBe(nowMs);
      }),
    );
  });

  test('hold back a use from a new network: whoever has the key may use it from many', () => {
    const quietHours = { fromMinute: 0, toMinute: 1_439 };
    const whose = { quietHours, timezone: 'UTC' };
    expect(sendAtMs(noticeOf('new_network'), noticedAtMs, whose)).toBeGreaterThan(noticedAtMs);
  });

  test('end at seven by the clock on the wall, also in the night that has an hour less', () => {
    const recipient = {
      quietHours: { fromMinute: 1_320, toMinute: 420 },
      timezone: 'Europe/Zurich',
    };
    const at = (text: string) =>
      new Date(sendAtMs(noticeOf('done'), Date.parse(text), recipient)).toISOString();
    expect(at('2026-03-28T22:30:15Z')).toBe('2026-03-29T05:00:00.000Z');
    expect(at('2026-10-24T21:30:00Z')).toBe('2026-10-25T06:00:00.000Z');
    expect(at('2026-06-01T12:00:15Z')).toBe('2026-06-01T12:00:15.000Z');
  });
});

const THREE_DAYS_MS = 3 * 86_400_000;

describe('a try after a failure', () => {
  const passing = fc.constantFrom('transient' as const, 'throttled' as const, 'auth' as const);
  const chance = fc.double({ min: 0, max: 0.999, noNaN: true });

  test('comes in 10 s to 1 h, for three days', () => {
    fc.assert(
      fc.property(passing, fc.infiniteStream(chance), (failure, dice) => {
        const failed = { kind: 'failed', class: failure, message: '' } as const;
        const delays: number[] = [];
        let forMs = 0;
        for (const one of dice) {
          const next = nextTry({ tries: delays.length + 1, forMs }, failed, one);
          if (next.kind === 'dead_letter') break;
          delays.push(next.afterMs);
          forMs += next.afterMs;
        }
        const first = delays.slice(0, 4);
        expect(first).toEqual(first.toSorted((left, right) => left - right));
        expect(Math.min(...delays)).toBeGreaterThanOrEqual(10_000);
        expect(Math.max(...delays)).toBeLessThanOrEqual(3_600_000);
        expect(forMs).toBeGreaterThanOrEqual(THREE_DAYS_MS);
        expect(forMs).toBeLessThanOrEqual(THREE_DAYS_MS + 10_000);
      }),
      { numRuns: 50 },
    );
  });

  test('waits as long as it was asked to, and not beyond three days', () => {
    const asked = (retryAfterMs: number, forMs: number) => {
      const failed = { kind: 'failed', class: 'throttled', message: '', retryAfterMs } as const;
      return nextTry({ tries: 1, forMs }, failed, 0.5);
    };
    expect(asked(90_000, 0)).toEqual({ kind: 'retry', afterMs: 90_000 });
    expect(asked(2 * THREE_DAYS_MS, 60_000)).toEqual({
      kind: 'retry',
      afterMs: THREE_DAYS_MS - 60_000,
    });
    expect(asked(0, THREE_DAYS_MS - 1)).toEqual({ kind: 'retry', afterMs: 10_000 });
    expect(asked(0, THREE_DAYS_MS)).toEqual({ kind: 'dead_letter' });
  });

  test('does not come where it will never be taken', () => {
    const failed = { kind: 'failed', class: 'rejected', message: '' } as const;
    expect(nextTry({ tries: 1, forMs: 0 }, failed, 0.5)).toEqual({ kind: 'dead_letter' });
  });
});
