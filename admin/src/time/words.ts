const SECOND_MS = 1_000;
const STEPS = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['week', 7 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const hourOnly = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayOnly = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/**
 * How long ago, or how soon: "3 minutes ago", "in 2 days".
 * @public
 */
export function relativeWords(timeMs: number, nowMs: number): string {
  const byMs = timeMs - nowMs;
  const size = Math.abs(byMs);
  for (const [unit, ms] of STEPS) {
    if (size >= ms) return relative.format(Math.trunc(byMs / ms), unit);
  }
  return relative.format(Math.trunc(byMs / SECOND_MS), 'second');
}

/**
 * A time in the viewer's zone.
 * @public
 */
export function localWords(time: string): string {
  return short.format(new Date(time));
}

/**
 * An hour of the day, in the viewer's zone.
 * @public
 */
export function hourWords(time: string): string {
  return hourOnly.format(new Date(time));
}

/**
 * A day in the viewer's zone.
 * @public
 */
export function dayWords(time: string): string {
  return dayOnly.format(new Date(time));
}

/**
 * A time in UTC, as it is written in logs.
 * @public
 */
export function utcWords(time: string): string {
  return new Date(time)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '');
}
