import { InvalidRequestError } from '../errors.js';
import { parseDuration, parseTime } from '../keys/duration.js';

/**
 * A time, or a duration back from now, in milliseconds UTC; undefined where none was given.
 * @throws {InvalidRequestError} it is neither.
 */
export function readMoment(
  pointer: string,
  text: string | undefined,
  nowMs: number,
): number | undefined {
  if (text === undefined) return undefined;
  const backMs = parseDuration(text);
  const timeMs = backMs === undefined ? parseTime(text) : nowMs - backMs;
  if (timeMs !== undefined) return timeMs;
  const fix = 'Write 24h, 2027-01-31 or 2027-01-31T09:00:00Z.';
  throw new InvalidRequestError([{ pointer, message: 'is no time.', fix }]);
}
