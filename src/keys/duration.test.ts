import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, formatTime, parseDuration, parseTime } from './duration.js';

const DAY_MS = 86_400_000;
const CENTURY_MS = 36_525 * DAY_MS;

describe('a duration', () => {
  test.each([
    ['90d', 90 * DAY_MS],
    ['12h', 43_200_000],
    ['30m', 1_800_000],
    ['45s', 45_000],
    ['5ms', 5],
    ['12h30m', 45_000_000],
    ['90d 12h 30m 45s', 90 * DAY_MS + 45_045_000],
    [' 1d ', DAY_MS],
    ['0s', 0],
    ['1d25h', DAY_MS + 90_000_000],
    ['36525d', CENTURY_MS],
  ])('%s is read', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each([
    '',
    ' ',
    '90',
    'd',
    '-1d',
    '+1d',
    '1.5h',
    '1D',
    '1w',
    '1h1d',
    '1d1d',
    '1 0d',
    '1d,2h',
    '1e3s',
    '0x1s',
    '٣d',
    '36526d',
    '99999999999999999999999d',
    'P1D',
    '1d\u0000',
  ])('may not be "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('that was written is read as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: CENTURY_MS }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });

  test('is written in its largest units', () => {
    expect(formatDuration(90 * DAY_MS)).toBe('90d');
    expect(formatDuration(45_000_000)).toBe('12h30m');
    expect(formatDuration(1_001)).toBe('1s1ms');
    expect(formatDuration(0)).toBe('0s');
  });
});

describe('a time', () => {
  test.each([
    ['2026-11-24T09:30:00Z', '2026-11-24T09:30:00.000Z'],
    ['2026-11-24T09:30:00.5Z', '2026-11-24T09:30:00.500Z'],
    ['2026-11-24T09:30:00.123456789Z', '2026-11-24T09:30:00.123Z'],
    ['2026-11-24T09:30:00+05:30', '2026-11-24T04:00:00.000Z'],
    ['2026-11-24T00:30:00-01:00', '2026-11-24T01:30:00.000Z'],
    ['2026-11-24T09:30Z', '2026-11-24T09:30:00.000Z'],
    ['2026-11-24t09:30:00z', '2026-11-24T09:30:00.000Z'],
    ['2026-11-24', '2026-11-24T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is read', (text, time) => {
    expect(formatTime(parseTime(text) ?? Number.NaN)).toBe(time);
  });

  test.each([
    '',
    'tomorrow',
    '0',
    '1790000000000',
    '2026',
    '2026-11',
    '2026-11-24T09:30:00',
    '2026-11-24 09:30:00Z',
    '2026-11-24T9:30:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T25:00:00Z',
    '2026-11-24T09:60:00Z',
    '2026-11-24T09:30:61Z',
    '2026-11-24T09:30:00+24:00',
    '2026-11-24T09:30:00.Z',
    '2026-02-29',
    '2026-02-30T00:00:00Z',
    '2026-04-31',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '2026-1-1',
    '+010000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00+01:00',
    'Tue, 24 Nov 2026 09:30:00 GMT',
    '2026-11-24T09:30:00Z\n',
  ])('may not be "%s"', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  test('that was written is read as the same', () => {
    const [from, to] = [parseTime('1000-01-01') ?? 0, parseTime('9999-12-31') ?? 0];
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), (timeMs) => {
        expect(formatTime(timeMs)).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
        expect(parseTime(formatTime(timeMs))).toBe(timeMs);
        expect(parseTime(formatTime(timeMs).slice(0, 10))).toBeLessThanOrEqual(timeMs);
      }),
    );
  });

  test('after the longest duration from now can be written and read', () => {
    const latest = (parseTime('2999-12-31') ?? 0) + (parseDuration('36525d') ?? 0);
    expect(parseTime(formatTime(latest))).toBe(latest);
  });
});
