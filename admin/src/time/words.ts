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
const weekHour = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: 'numeric' });
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
 * An hour of some day of the week, in the viewer's zone.
 * @public
 */
export function weekHourWords(time: string): string {
  return weekHour.format(new Date(time));
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

const TIME_IN_TEXT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/**
 * A text of the server's, with the times in it in the viewer's zone.
 * @public
 */
export function withLocalTimes(text: string): string {
  return text.replaceAll(TIME_IN_TEXT, localWords);
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/**
 * A length of time, in its two largest units: "2 h 5 min".
 * @public
 */
export function durationWords(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  const words: string[] = [];
  let rest = ms;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count} ${unit}`);
  }
  return words.slice(0, 2).join(' ');
}
