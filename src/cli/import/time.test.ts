import { describe, expect, test } from 'vitest';
import { rfc3339Of } from './time.js';

describe('a time of a source', () => {
  test.each([
    ['of Django in SQLite', '2026-05-16 11:59:55.876544', '2026-05-16T11:59:55.876544Z'],
    ['of PostgreSQL', '2026-05-16 11:59:55.876544+00', '2026-05-16T11:59:55.876544Z'],
    ['of dumpdata', '2026-05-16T11:59:55.876Z', '2026-05-16T11:59:55.876Z'],
    [
      'one microsecond after a second',
      '2026-06-15T12:00:00.000001Z',
      '2026-06-15T12:00:00.000001Z',
    ],
    ['ahead of UTC', '2026-05-16T01:30:00+02:00', '2026-05-15T23:30:00Z'],
    ['behind UTC, over a year’s end', '2026-12-31 23:30:00.5-0130', '2027-01-01T01:00:00.5Z'],
    ['without seconds', '2026-05-16 11:59', '2026-05-16T11:59:00Z'],
    ['of a day alone', '2026-05-16', '2026-05-16T00:00:00Z'],
    ['the last that Django keeps', '9999-12-31 23:59:59.999999', '9999-12-31T23:59:59.999999Z'],
    ['whose offset leads beyond that', '9999-12-31T23:59:59-01:00', '9999-12-31T23:59:59Z'],
    ['in milliseconds', 1_701_425_400_123, '2023-12-01T10:10:00.123Z'],
    ['in seconds', 1_701_425_400, '2023-12-01T10:10:00Z'],
    ['of JavaScript', new Date(1_701_425_400_123), '2023-12-01T10:10:00.123Z'],
  ])('%s keeps its digits and comes in UTC', (_what, value, expected) => {
    expect(rfc3339Of(value)).toBe(expected);
  });

  test.each([
    ['a day that no month has', '2026-02-30 12:00:00'],
    ['an hour that no day has', '2026-02-20 25:00:00'],
    ['a month that no year has', '2026-13-01'],
    ['another order', '16.05.2026 12:00'],
    ['something behind it', '2026-05-16 11:59:55 or so'],
    ['a number below none', -1],
    ['a number that is none', Number.NaN],
    ['a year of five digits', 300_000_000_000_000],
    ['yes', true],
  ])('is none with %s', (_what, value) => {
    expect(rfc3339Of(value)).toBeUndefined();
  });
});
