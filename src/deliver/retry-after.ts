import { parseHttpDate } from '../keys/http-date.js';

const [LEAST_MS, LONGEST_MS] = [1_000, 3_600_000]; // Longer is asked again, to see.

/** How long `Retry-After` asks to wait (RFC 9110 §10.2.3: seconds, or a date), in milliseconds. */
export function waitMsOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const isNumber = /^\d{1,7}$/.test(header);
  const waitMs = isNumber ? Number(header) * 1_000 : (parseHttpDate(header) ?? NaN) - nowMs;
  return Number.isNaN(waitMs) ? undefined : bounded(waitMs);
}

/** A second at least, an hour at most. */
export function bounded(waitMs: number): number {
  return Math.min(Math.max(waitMs, LEAST_MS), LONGEST_MS);
}
