import { dateAt, daysAfter, instantOf, oddityOf, weekdayOf } from './local-time.js';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const WEEK = DAYS.length;
const DAY_MINUTES = 1_440;
const FORM =
  /^(?:([a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?)*)\s+)?(\d{2}):(\d{2})-(\d{2}):(\d{2})$/;
const LAST_MINUTE = 59;
/** A day may be skipped by daylight saving or the date line; the same weekday of the week after is not. */
const MOST_DAYS = 2 * WEEK + 1;

/** Hours in which work may begin, said in the hours of a time zone. */
export interface Window {
  /** Days of the week, Sunday is 0. On them it opens; it may close on the next. */
  readonly days: readonly number[];
  /** Minutes from the beginning of the day on which it opens. */
  readonly opensAt: number;
  readonly closesAt: number;
}

/**
 * `Tue-Thu 09:00-15:00`, `Mon,Wed 22:00-02:00`, `00:00-06:00` on every day. Undefined: the text is
 * none, or it never opens.
 */
export function parseWindow(text: string): Window | undefined {
  const match = FORM.exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const days = daysIn(match[1]);
  const opensAt = minuteOf(match[2], match[3]);
  const closes = minuteOf(match[4], match[5]);
  if (days === undefined || opensAt === undefined || closes === undefined) return undefined;
  if (opensAt === closes || opensAt === DAY_MINUTES) return undefined;
  return { days, opensAt, closesAt: closes < opensAt ? closes + DAY_MINUTES : closes };
}

function daysIn(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return DAYS.map((_, day) => day);
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first] = part.split('-');
    const from = nameAt(first);
    const to = nameAt(last);
    if (from === -1 || to === -1) return undefined;
    for (let day = from; ; day = (day + 1) % WEEK) {
      days.add(day);
      if (day === to) break;
    }
  }
  return [...days].sort();
}

function nameAt(text: string): number {
  const names: readonly string[] = DAYS;
  return names.indexOf(text);
}

function minuteOf(hourText: string | undefined, minuteText: string | undefined) {
  const [hour, minute] = [Number(hourText), Number(minuteText)];
  if (minute > LAST_MINUTE || hour * 60 + minute > DAY_MINUTES) return undefined;
  return hour * 60 + minute;
}

/** A moment in which it is open, and what daylight saving had to do with it, for people. */
export interface Open {
  readonly timeMs: number;
  readonly oddities: readonly string[];
}

/** The first moment from `timeMs` on in which it is open there (IANA). Undefined: it never is. */
export function openFrom(window: Window, timezone: string, timeMs: number): Open | undefined {
  const oddities: string[] = [];
  // What opened yesterday may be open still.
  const firstOn = daysAfter(dateAt(timeMs, timezone), -1);
  for (let count = 0; count < MOST_DAYS; count += 1) {
    const opening = openingOn(window, timezone, daysAfter(firstOn, count));
    if (opening === undefined || timeMs >= opening.closesAt) continue;
    const { opensAt, closesAt } = opening;
    const isMoved = timeMs < opensAt;
    if (isMoved) oddities.push(...odditiesOf(window, timezone, opening));
    // Where daylight saving skips all of it, it does not open on that day.
    if (opensAt < closesAt) return { timeMs: isMoved ? opensAt : timeMs, oddities };
  }
  return undefined;
}

/**
 * The last moment up to `timeMs` at which work may well begin: that one if it is open, else when it
 * opened last, so that there is time. Undefined: it never is.
 */
export function openUntil(window: Window, timezone: string, timeMs: number): Open | undefined {
  const oddities: string[] = [];
  const lastOn = dateAt(timeMs, timezone);
  for (let count = 0; count < MOST_DAYS; count += 1) {
    const opening = openingOn(window, timezone, daysAfter(lastOn, -count));
    if (opening === undefined || opening.opensAt > timeMs) continue;
    const { opensAt, closesAt } = opening;
    if (timeMs < closesAt) return { timeMs, oddities };
    oddities.push(...odditiesOf(window, timezone, opening));
    if (opensAt < closesAt) return { timeMs: opensAt, oddities };
  }
  return undefined;
}

/** When it opens and closes between two instants, in milliseconds UTC. */
export function openingsBetween(
  window: Window,
  timezone: string,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): readonly { readonly fromMs: number; readonly untilMs: number }[] {
  const spans: { readonly fromMs: number; readonly untilMs: number }[] = [];
  // What opened the day before may be open still.
  for (let date = daysAfter(dateAt(fromMs, timezone), -1); ; date = daysAfter(date, 1)) {
    const opening = openingOn(window, timezone, date);
    if (opening === undefined) {
      if (instantOf(date, 0, timezone) >= untilMs) return spans;
      continue;
    }
    const { opensAt, closesAt } = opening;
    if (opensAt >= untilMs) return spans;
    if (opensAt < closesAt && closesAt > fromMs) spans.push({ fromMs: opensAt, untilMs: closesAt });
  }
}

/** From when until when it is open on a day: not at all, where both are the same. */
interface Opening {
  readonly date: string;
  readonly opensAt: number;
  readonly closesAt: number;
}

function openingOn(window: Window, timezone: string, date: string): Opening | undefined {
  if (!window.days.includes(weekdayOf(date))) return undefined;
  const opensAt = instantOf(date, window.opensAt, timezone);
  const closesAt = instantOf(date, window.closesAt, timezone);
  return { date, opensAt, closesAt };
}

function odditiesOf(window: Window, timezone: string, { date }: Opening): readonly string[] {
  const oddity = oddityOf(date, window.opensAt, timezone);
  return oddity === null ? [] : [oddity];
}
