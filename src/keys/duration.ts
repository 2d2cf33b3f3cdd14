const DURATION = /^(?:(\d+)d *)?(?:(\d+)h *)?(?:(\d+)m *)?(?:(\d+)s *)?(?:(\d+)ms)?$/;
const UNIT_MS = [86_400_000, 3_600_000, 60_000, 1_000, 1] as const;
const UNIT_NAME = ['d', 'h', 'm', 's', 'ms'] as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME =
  /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/i;
// From now on, a longer one would leave the years RFC 3339 can write.
const MAX_DURATION_MS = 36_525 * 86_400_000;
const FIRST_TIME_MS = Date.parse('0000-01-01T00:00:00Z');
const LAST_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * The last time that RFC 3339 can write.
 * @public
 */
export const lastTimeMs = LAST_TIME_MS;

/**
 * `90d`, `12h30m`, `45s` in milliseconds; undefined if the text is no duration, or one of more
 * than a hundred years.
 * @public
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  const match = DURATION.exec(trimmed);
  if (trimmed.length === 0 || match === null) return undefined;
  let totalMs = 0;
  for (const [index, unitMs] of UNIT_MS.entries())
    totalMs += Number(match[index + 1] ?? 0) * unitMs;
  return totalMs <= MAX_DURATION_MS ? totalMs : undefined;
}

/**
 * Milliseconds as the shortest text `parseDuration` reads back.
 * @public
 */
export function formatDuration(durationMs: number): string {
  let rest = durationMs;
  let text = '';
  for (const [index, unitMs] of UNIT_MS.entries()) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) text += `${count}${UNIT_NAME[index]}`;
  }
  return text === '' ? '0s' : text;
}

/**
 * An RFC 3339 time, or a calendar date (its first instant, UTC), in milliseconds UTC; undefined if
 * it is neither or no such day exists.
 * @public
 */
export function parseTime(text: string): number | undefined {
  const isDate = DATE.test(text);
  if (!isDate && !DATE_TIME.test(text)) return undefined;
  const timeMs = Date.parse(isDate ? `${text}T00:00:00Z` : text);
  if (!(timeMs >= FIRST_TIME_MS && timeMs <= LAST_TIME_MS)) return undefined; // Or not a number.
  // `2026-02-30` parses as 2 March: a day that does not exist is refused instead.
  const day = Number(text.slice(8, 10));
  const lastDay = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0));
  return day <= lastDay.getUTCDate() ? timeMs : undefined;
}

/**
 * Milliseconds UTC as RFC 3339 with milliseconds, e.g. `2026-11-24T09:30:00.000Z`.
 * @public
 */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
