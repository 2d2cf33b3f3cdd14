import type { FieldFault } from '../../errors.js';
import { formatDuration, formatTime, parseDuration } from '../../keys/duration.js';
import type { PolicyPatch, Schedule } from '../../policy-views.js';
import type { Terms } from '../terms.js';
import { DAY_MS } from '../terms.js';
import { parseBlackout } from './blackout.js';
import type { ScheduleTerms } from './schedule.js';
import { parseWindow } from './window.js';

const MAX_BLACKOUTS = 50;
const MAX_EVERY_MS = 3_660 * DAY_MS; // Ten years.
const MIN_EVERY_MS = 1_000;
const EVERY_FIX = 'Give 1s to 3660d.';
const ZONE_FIX = 'Give one of the IANA database, like "Europe/Zurich".';
const BLACKOUT_FIX = 'Write it like 2026-12-18/2027-01-05.';
const WINDOW_FIX = 'Write it like "Tue-Thu 09:00-15:00", "Mon,Fri 22:00-02:00" or "00:00-06:00".';

/**
 * What was said of a schedule, over what it was; `faults` takes what cannot be.
 * @public
 */
export function readSchedule(
  before: Terms,
  { schedule }: PolicyPatch,
  { faults, ...parts }: Parts & { readonly faults: FieldFault[] },
): ScheduleTerms | null {
  if (schedule === undefined) return before.schedule ?? null;
  if (schedule === null) return null;
  const duration = (field: 'every' | 'lead' | 'spread', otherwiseMs: number): number => {
    const text = schedule[field];
    if (text === undefined) return otherwiseMs;
    const durationMs = parseDuration(text);
    if (durationMs !== undefined) return durationMs;
    const fix = 'Write it like 90d, 12h or 5m.';
    faults.push({ pointer: `/schedule/${field}`, message: 'is no duration.', fix });
    return otherwiseMs;
  };
  const { window = null, timezone = 'UTC', blackout = [], deliver = null } = schedule;
  const mode = schedule.mode ?? 'before';
  const [neededMs] = longestRotation(parts, { mode, deliver });
  const terms: ScheduleTerms = {
    everyMs: duration('every', MAX_EVERY_MS), // No further fault of one that is no duration.
    mode,
    leadMs: duration('lead', neededMs),
    spreadMs: duration('spread', 0),
    window,
    timezone,
    blackout,
    runwayUntil: before.schedule?.runwayUntil ?? null,
    deliver,
  };
  const isSaid = schedule.lead !== undefined;
  faults.push(...leadFaults(terms, { ...parts, isSaid }));
  return terms;
}

/** What the longest rotation is made up of. */
type Parts = Pick<Terms, 'overlap' | 'evidence' | 'claim'>;

/**
 * How long a rotation that has to end by its time takes at most, in milliseconds, and the sum. With a
 * claim the overlap begins when the link is opened: that is as late as it closes.
 */
function longestRotation(
  { overlap, evidence, claim }: Parts,
  { mode, deliver }: Pick<ScheduleTerms, 'mode' | 'deliver'>,
): readonly [number, string] {
  if (mode === 'after') return [0, ''];
  const parts = [
    ...(deliver === 'claim' ? ([['claim.close', claim.closeMs]] as const) : []),
    ['overlap.hard', overlap.hardMs],
    ['evidence.undo', evidence.undoMs],
  ] as const;
  const sumMs = parts.reduce((sum, [, ms]) => sum + ms, 0);
  const text = parts.map(([name, ms]) => `${name} ${formatDuration(ms)}`).join(' + ');
  return [sumMs, `${text} = ${formatDuration(sumMs)}`];
}

/** Of a lead that nobody has said, it is told by what somebody has. */
function leadFaults(
  schedule: ScheduleTerms,
  { isSaid, ...parts }: Parts & { readonly isSaid: boolean },
): readonly FieldFault[] {
  const { everyMs, leadMs } = schedule;
  if (leadMs < everyMs || everyMs < MIN_EVERY_MS) return [];
  const [every, lead] = [formatDuration(everyMs), formatDuration(leadMs)];
  if (isSaid) {
    const message = `is ${lead}, which is not shorter than schedule.every ${every}.`;
    return [{ pointer: '/schedule/lead', message, fix: 'Rotate less often, or shorten it.' }];
  }
  const [neededMs, sum] = longestRotation(parts, schedule);
  const otherMs = neededMs - parts.overlap.hardMs;
  const shorter = `an overlap.hard of less than ${formatDuration(everyMs - otherMs)}`;
  const ways = [`Give more than ${lead}`, ...(everyMs > otherMs ? [shorter] : [])];
  const message = `is ${every}, and a rotation may take ${sum}.`;
  const fix = `${ways.join(', ')}, or "after" as schedule.mode.`;
  return [{ pointer: '/schedule/every', message, fix }];
}

/**
 * What does not fit together, with the sum where it is one.
 * @public
 */
export function scheduleFaults({ schedule, ...parts }: Terms): readonly FieldFault[] {
  if (schedule === undefined || schedule === null) return [];
  const [neededMs, sum] = longestRotation(parts, schedule);
  const needed = formatDuration(neededMs);
  const lead = formatDuration(schedule.leadMs);
  const every = formatDuration(schedule.everyMs);
  const { everyMs, leadMs, spreadMs } = schedule;
  const rules: readonly Rule[] = [
    [
      'every',
      everyMs >= MIN_EVERY_MS && everyMs <= MAX_EVERY_MS,
      'is too short or too long.',
      EVERY_FIX,
    ],
    [
      'lead',
      leadMs >= neededMs,
      `is ${lead}, and a rotation may take ${sum}.`,
      `Give ${needed} or more, or shorten one of them.`,
    ],
    [
      'spread',
      leadMs >= everyMs || leadMs + spreadMs < everyMs,
      `and lead together are ${formatDuration(leadMs + spreadMs)}, and schedule.every is ${every}.`,
      'Give a shorter one.',
    ],
    ...placeRules(schedule),
  ];
  return rules
    .filter(([, holds]) => !holds)
    .map(([field, , message, fix]) => ({ pointer: `/schedule/${field}`, message, fix }));
}

/** A field, whether it is as it has to be, and what to say if not. */
type Rule = readonly [field: string, holds: boolean, message: string, fix: string];

function placeRules({ window, timezone, blackout }: ScheduleTerms): readonly Rule[] {
  const isWindow = window === null || parseWindow(window) !== undefined;
  const areFew = blackout.length <= MAX_BLACKOUTS;
  return [
    ['window', isWindow, 'is no window.', WINDOW_FIX],
    ['timezone', isZone(timezone), 'is no time zone.', ZONE_FIX],
    ['blackout', areFew, 'is too long.', `Give ${MAX_BLACKOUTS} at most.`],
    ...blackout.map((text, index): Rule => {
      const isBlackout = parseBlackout(text) !== undefined;
      return [`blackout/${index}`, isBlackout, 'is neither a date nor two.', BLACKOUT_FIX];
    }),
  ];
}

function isZone(timezone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/**
 * A schedule as the faces show it.
 * @public
 */
export function viewSchedule(schedule: ScheduleTerms | null | undefined): Schedule | null {
  if (schedule === undefined || schedule === null) return null;
  const { everyMs, mode, leadMs, spreadMs, runwayUntil, ...said } = schedule;
  return {
    every: formatDuration(everyMs),
    mode,
    lead: formatDuration(leadMs),
    spread: formatDuration(spreadMs),
    ...said,
    runwayUntil: runwayUntil === null ? null : formatTime(runwayUntil),
  };
}
