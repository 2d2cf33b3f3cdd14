// As Django, PostgreSQL, SQLite, JSON and people write it. Without an offset it is UTC.
const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)? ?(?:(Z)|([+-])(\d\d):?(\d\d)?)?$/i;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const MINUTE_MS = 60_000;
/** Numbers below are seconds (until the year 5138), from it on milliseconds (since 1973). */
const FEWEST_MS = 100_000_000_000;

/**
 * A time in RFC 3339, in UTC and with all the digits that it had; undefined if it is none. Numbers
 * are milliseconds or seconds since 1970, as JavaScript and Unix count them.
 */
export function rfc3339Of(value: unknown): string | undefined {
  if (value instanceof Date) return timeAt(value.getTime(), value.toISOString().slice(20, 23));
  if (typeof value === 'number') return timeOfNumber(value);
  return typeof value === 'string' ? timeOfText(value.trim()) : undefined;
}

function timeOfNumber(value: number): string | undefined {
  const ms = value < FEWEST_MS ? value * 1_000 : value;
  if (!Number.isFinite(ms) || ms < 0 || ms > LAST_MS) return undefined;
  const whole = Math.floor(ms);
  return timeAt(whole, String(whole % 1_000).padStart(3, '0'));
}

function timeOfText(text: string): string | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, date = '', hour = '00:00', second = '00', fraction = '', , sign] = match;
  const local = Date.parse(`${date}T${hour}:${second}Z`);
  // A day that no month has is another day to Date, and none to us.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(date)) return undefined;
  const offset = (Number(match[7] ?? 0) * 60 + Number(match[8] ?? 0)) * MINUTE_MS;
  // At either end of the calendar an offset leads out of it: RFC 3339 has four digits for a year.
  const utc = Math.min(Math.max(local + (sign === '-' ? offset : -offset), FIRST_MS), LAST_MS);
  return timeAt(utc, fraction);
}

function timeAt(ms: number, fraction: string): string {
  const seconds = new Date(ms).toISOString().slice(0, 19);
  return /^0*$/.test(fraction) ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
