import { InvalidRequestError, UnprocessableError } from '../errors.js';
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

/**
 * Two moments, in milliseconds UTC. Where no `from` is given, it is so long ago; null: the beginning.
 * @throws {InvalidRequestError} one of them is no time.
 * @throws {UnprocessableError} the first is after the second.
 */
export function readSpan(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  { nowMs, agoMs }: { readonly nowMs: number; readonly agoMs: number | null },
): { readonly fromMs: number | undefined; readonly toMs: number | undefined } {
  const earliestMs = agoMs === null ? undefined : nowMs - agoMs;
  const fromMs = readMoment('/from', from, nowMs) ?? earliestMs;
  const toMs = readMoment('/to', to, nowMs);
  if (fromMs === undefined || toMs === undefined || fromMs <= toMs) return { fromMs, toMs };
  const message = from === undefined ? 'is before the default of "from".' : 'is before "from".';
  const fix =
    from === undefined ? 'Give an earlier "from", too.' : 'Give the earlier one as "from".';
  throw new UnprocessableError([{ pointer: '/to', message, fix }]);
}
