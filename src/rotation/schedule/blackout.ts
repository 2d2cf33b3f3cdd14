import { daysAfter, instantOf, isDate } from './local-time.js';

const LAST_ON = '9999-01-01'; // The day after has to be one, too.

/** Days on which nothing begins, both included: calendar dates of a time zone. */
export interface Blackout {
  readonly firstOn: string;
  readonly lastOn: string;
}

/** `2026-12-18/2027-01-05`, or one date. Undefined: the text is neither. */
export function parseBlackout(text: string): Blackout | undefined {
  const [firstOn = '', lastOn = firstOn, ...more] = text.trim().split('/');
  const areDates = isDate(firstOn) && isDate(lastOn) && lastOn < LAST_ON;
  return areDates && more.length === 0 && firstOn <= lastOn ? { firstOn, lastOn } : undefined;
}

/** The instants between which it lies. */
export function spanOf({ firstOn, lastOn }: Blackout, timezone: string) {
  return {
    fromMs: instantOf(firstOn, 0, timezone),
    untilMs: instantOf(daysAfter(lastOn, 1), 0, timezone),
  };
}
