import { DAY_MS } from './terms.js';

/**
 * However long a rotation waits, it is looked at once in this time, in milliseconds. So a look that was
 * put off for longer was put off by a clock that was ahead.
 */
export const MOST_PAUSE_MS = DAY_MS;

/**
 * Whether a moment that was written as "now" lies in the future: a clock was ahead then. Clocks that
 * are less than a day apart are nobody's fault.
 * @public
 */
export function isAhead(writtenMs: number, nowMs: number): boolean {
  return writtenMs > latestNow(nowMs);
}

/** What was written as "now" by then may be believed. */
export function latestNow(nowMs: number): number {
  return nowMs + DAY_MS;
}
