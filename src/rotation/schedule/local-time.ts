import { Cron } from 'croner';
import { formatTime, parseTime } from '../../keys/duration.js';

const DAY_MS = 86_400_000;
const FIRST = '1970-01-01T00:00:00Z'; // Before any day that is asked for.
/** Instants that were worked out: the openings and closings of some years. Thousands of keys ask for the same. */
const MAX_KNOWN = 4_096;
const known = new Map<string, number>();
/** What daylight saving does to them; null: nothing. */
const odd = new Map<string, string | null>();
const MAX_FORMATS = 64; // Time zones of policies.
const clocks = new Map<string, Intl.DateTimeFormat>();
/** By how much clocks are set back somewhere. */
const SET_BACK_MS = [30, 60, 120].map((minutes) => minutes * 60_000);
const formats = new Map<string, Intl.DateTimeFormat>();
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a text is a day of the calendar, like `2028-02-29`. */
export function isDate(text: string): boolean {
  return DATE.test(text) && parseTime(text) !== undefined;
}

/** The calendar date so many days later; earlier, when `count` is below 0. */
export function daysAfter(date: string, count: number): string {
  return formatTime((parseTime(date) ?? 0) + count * DAY_MS).slice(0, 'yyyy-mm-dd'.length);
}

/** Sunday is 0. */
export function weekdayOf(date: string): number {
  const EPOCH_WEEKDAY = 4; // 1970-01-01 was a Thursday.
  return (Math.floor((parseTime(date) ?? 0) / DAY_MS) + EPOCH_WEEKDAY) % 7;
}

/** The calendar date there at an instant; `timezone` is of the IANA database. */
export function dateAt(timeMs: number, timezone: string): string {
  const format = formats.get(timezone) ?? formatOf(timezone);
  keep(formats, MAX_FORMATS, [timezone, format]);
  return format.format(timeMs);
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const date = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-CA', { timeZone, calendar: 'iso8601', ...date });
}

/**
 * The instant of a time of day there. One that daylight saving skips is moved on by what was
 * skipped; of one that it repeats it is the first.
 * @param minute of the day; 1440 is the next midnight
 */
export function instantOf(date: string, minute: number, timezone: string): number {
  const name = `${date} ${minute} ${timezone}`;
  const instant = known.get(name) ?? workedOut(date, minute, timezone);
  keep(known, MAX_KNOWN, [name, instant]);
  return instant;
}

/**
 * Whether daylight saving skips a time of day there, or repeats it: for people. Null: neither.
 * @param minute of the day, below 1440
 */
export function oddityOf(date: string, minute: number, timezone: string): string | null {
  const name = `${date} ${minute} ${timezone}`;
  const known = odd.get(name);
  if (known !== undefined) return known;
  const oddity = oddityAt(date, minute, timezone);
  keep(odd, MAX_KNOWN, [name, oddity]);
  return oddity;
}

function oddityAt(date: string, minute: number, timezone: string): string | null {
  const instant = instantOf(date, minute, timezone);
  const time = timeOfDay(minute);
  const clock = clocks.get(timezone) ?? clockOf(timezone);
  keep(clocks, MAX_FORMATS, [timezone, clock]);
  if (clock.format(instant) !== time) return `daylight saving: ${time} does not exist on ${date}`;
  const isRepeated = SET_BACK_MS.some((ms) => clock.format(instant + ms) === time);
  return isRepeated ? `daylight saving: ${time} comes twice on ${date}` : null;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat('en-GB', { timeZone, ...time });
}

function timeOfDay(minute: number): string {
  const pad = (part: number) => String(part).padStart(2, '0');
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
}

function workedOut(date: string, minute: number, timezone: string): number {
  const MINUTES = 1_440;
  const day = daysAfter(date, Math.floor(minute / MINUTES));
  const at = `${day}T${timeOfDay(minute % MINUTES)}:00`;
  return new Cron(at, { timezone, paused: true }).nextRun(FIRST)?.getTime() ?? 0;
}

/** What was kept first goes first. */
function keep<T>(all: Map<string, T>, most: number, [name, value]: readonly [string, T]): void {
  if (all.has(name)) return;
  const [first] = all.keys();
  if (first !== undefined && all.size >= most) all.delete(first);
  all.set(name, value);
}
