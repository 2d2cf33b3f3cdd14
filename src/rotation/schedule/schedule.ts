import { hash } from 'node:crypto';
import { formatDuration } from '../../keys/duration.js';
import type { KeyId } from '../../keys/id.js';
import { isAhead } from '../ahead.js';
import { DAY_MS } from '../terms.js';
import { type Start, startFrom, startUntil } from './start.js';

/**
 * When the keys of a policy are rotated by themselves; durations in milliseconds.
 * @public
 */
export interface ScheduleTerms {
  readonly everyMs: number;
  /** `before`: it begins `leadMs` before it is due, and ends by then. `after`: it begins when due. */
  readonly mode: 'before' | 'after';
  readonly leadMs: number;
  /** The width over which keys are dealt out: by their ids, or by their owners where those are asked. */
  readonly spreadMs: number;
  /** Hours in which a rotation may begin, like `Tue-Thu 09:00-15:00`; null: any. */
  readonly window: string | null;
  /** IANA, like `Europe/Zurich`. */
  readonly timezone: string;
  /** Days on which none begins, like `2026-12-18/2027-01-05`. */
  readonly blackout: readonly string[];
  /** Before then none begins: the schedule was changed while keys followed it. */
  readonly runwayUntil: number | null;
  /** How a new secret gets there; `notice`: nothing is rotated, it is told. Null: as the key has it. */
  readonly deliver: 'destinations' | 'claim' | 'notice' | null;
}

/**
 * How long keys have before a changed schedule rotates them, in milliseconds.
 * @public
 */
export const RUNWAY_MS = 30 * DAY_MS;

const MAX_CLOSED = 100; // Slots in a row that one closed window holds back; further ones follow.

/**
 * One time at which a key is due, and when its rotation begins. In milliseconds UTC.
 * @public
 */
export interface Slot {
  readonly dueAt: number;
  readonly startAt: number;
  /** Why then, for people. */
  readonly reasons: readonly string[];
}

/**
 * A key that is rotated by a schedule. Times are milliseconds UTC.
 * @public
 */
export interface Scheduled {
  readonly id: KeyId;
  /** Whose it is; null: nobody's. */
  readonly owner: string | null;
  /** When it was made here, or brought here. */
  readonly bornAt: number;
  /** Brought from elsewhere, as are many of its kind on one day. */
  readonly isImported: boolean;
  /** When its current secret was made here; null: it has the one that it came with. */
  readonly rotatedAt: number | null;
  /** The last slot that it has used; null: none. */
  readonly usedDueAt: number | null;
}

/**
 * The next slot of a key that may have been planned before. The series is fixed by its birth; a slot is
 * passed over that begins so soon after its secret was made that it would be a second rotation for one
 * reason. What would have begun before it was planned is dealt out from then on: a policy that many old
 * keys are given does not rotate all of them at once. What was planned and has not begun, as
 * after a week without a server, keeps its time: it is caught up with at once, and once, however
 * many slots it was. So does a start that was moved meanwhile.
 */
export function nextSlotOf(
  schedule: ScheduleTerms,
  of: Scheduled,
  { nowMs, planned }: { readonly nowMs: number; readonly planned: Planned | undefined },
): NextSlot {
  const key = believed(schedule, of, nowMs);
  const first = slotAfter(schedule, key, 0);
  const slot = first.startAt > nowMs ? first : lastBegunOf(schedule, key, { first, nowMs });
  const wantedAt = slot.startAt;
  const dueTimes = Math.round((slot.dueAt - first.dueAt) / schedule.everyMs) + 1;
  if (wantedAt >= nowMs) return { ...slot, wantedAt, dueTimes };
  const isPlanned =
    planned !== undefined && planned.dueAt >= first.dueAt && planned.dueAt <= slot.dueAt;
  if (isPlanned) return { ...slot, startAt: planned.startAt, wantedAt, dueTimes };
  return { ...dealtOutFrom(schedule, { key, slot, nowMs }), wantedAt, dueTimes };
}

interface NextSlot extends Slot {
  /** When it was to begin, whatever came between. */
  readonly wantedAt: number;
  /** How many due times it is for: those that were missed, and its own. */
  readonly dueTimes: number;
}

/**
 * A key without what a clock that was ahead has written: a secret of the future puts no slot off, and a
 * birth there begins the same series, whole periods earlier.
 */
function believed({ everyMs }: ScheduleTerms, key: Scheduled, nowMs: number): Scheduled {
  const { rotatedAt, bornAt } = key;
  const isRotatedAhead = rotatedAt !== null && isAhead(rotatedAt, nowMs);
  const early = Math.ceil(Math.max(0, bornAt - nowMs) / everyMs) + 1;
  return {
    ...key,
    rotatedAt: isRotatedAhead ? null : rotatedAt,
    bornAt: isAhead(bornAt, nowMs) ? bornAt - early * everyMs : bornAt,
  };
}

/** The last slot whose time has come: one rotation is for all that were missed. */
function lastBegunOf(
  schedule: ScheduleTerms,
  key: Scheduled,
  { first, nowMs }: { readonly first: Slot; readonly nowMs: number },
): Slot {
  // A window moves a start by days at most: it is near to where it would be without one.
  const near = Math.floor((nowMs - first.startAt) / schedule.everyMs);
  for (let more = near + 1; more > Math.max(0, near - MAX_CLOSED); more -= 1) {
    const slot = slotAfter(schedule, key, more);
    if (slot.startAt <= nowMs) return slot;
  }
  return first;
}

/** As it was planned before. */
export type Planned = Pick<Slot, 'dueAt' | 'startAt'>;

/** The one so many after the next, whatever the time is. */
function slotAfter(schedule: ScheduleTerms, key: Scheduled, more: number): Slot {
  const { everyMs } = schedule;
  const firstMs = firstDueOf(schedule, key);
  const earliestMs = earliestStartOf(schedule, key);
  const byAge = Math.ceil((earliestMs + leadOf(schedule) - firstMs) / everyMs);
  const { usedDueAt } = key;
  const byUse = usedDueAt === null ? 0 : Math.floor((usedDueAt - firstMs) / everyMs) + 1;
  const index = Math.max(0, byAge, byUse) + more;
  return slotAt(schedule, { key, earliestMs, dueAt: firstMs + index * everyMs });
}

/** Over a month at most, and over a period where that is shorter. */
function dealtOutFrom(
  schedule: ScheduleTerms,
  { key, slot, nowMs }: { readonly key: Scheduled; readonly slot: Slot; readonly nowMs: number },
): Slot {
  const widthMs = Math.min(RUNWAY_MS, schedule.everyMs);
  const start = startFrom(schedule, nowMs + Math.floor(shareIn(schedule, key) * widthMs));
  const why = `overdue: dealt out over ${formatDuration(widthMs)}`;
  return { ...slot, startAt: start.timeMs, reasons: [...slot.reasons, why, ...start.reasons] };
}

function leadOf({ mode, leadMs }: ScheduleTerms): number {
  return mode === 'before' ? leadMs : 0;
}

/** So that keys which were made together are not due together; those brought here begin over a whole period. */
function firstDueOf(schedule: ScheduleTerms, key: Scheduled): number {
  const { everyMs, mode } = schedule;
  const { bornAt, isImported } = key;
  if (isImported) return bornAt + leadOf(schedule) + Math.floor(shareIn(schedule, key) * everyMs);
  const offset = spreadOf(schedule, key);
  return bornAt + everyMs + (mode === 'before' ? -offset : offset);
}

function earliestStartOf(schedule: ScheduleTerms, { bornAt, rotatedAt, isImported }: Scheduled) {
  if (isImported && rotatedAt === null) return bornAt;
  const { everyMs, spreadMs } = schedule;
  return (rotatedAt ?? bornAt) + Math.floor((everyMs - leadOf(schedule) - spreadMs) / 2);
}

function spreadOf(schedule: ScheduleTerms, key: Scheduled): number {
  return Math.floor(shareIn(schedule, key) * schedule.spreadMs);
}

/**
 * A person who is asked to act is asked once for all their keys, and not again each day: those go by
 * their owner.
 */
function shareIn({ deliver }: ScheduleTerms, { id, owner }: Scheduled): number {
  const isAsked = deliver === 'claim' || deliver === 'notice';
  return shareOf(isAsked && owner !== null ? owner : id);
}

/**
 * From 0 up to 1, by the name alone: what is dealt out by it stays where it is.
 * @public
 */
export function shareOf(name: string): number {
  return hash('sha256', name, 'buffer').readUInt32BE() / 2 ** 32;
}

function slotAt(
  schedule: ScheduleTerms,
  of: { readonly key: Scheduled; readonly earliestMs: number; readonly dueAt: number },
): Slot {
  const { dueAt } = of;
  const leadMs = leadOf(schedule);
  const reasons = [`every ${formatDuration(schedule.everyMs)}`, ...dealtOut(schedule, of.key)];
  if (leadMs > 0) reasons.push(`begins ${formatDuration(leadMs)} before it is due`);
  const { runwayUntil } = schedule;
  const isOnRunway = runwayUntil !== null && dueAt - leadMs < runwayUntil;
  if (isOnRunway) reasons.push('runway: the schedule was changed');
  // A window moves a start to before it is wanted; not to before the runway's end.
  const runwayMs = (runwayUntil ?? 0) + (isOnRunway ? spreadOf(schedule, of.key) : 0);
  const start = startOf(schedule, dueAt - leadMs, Math.max(of.earliestMs, runwayMs));
  return { dueAt, startAt: start.timeMs, reasons: [...reasons, ...start.reasons] };
}

/** With `before` it is moved to earlier hours, so that it ends by its time; never before `earliestMs`. */
function startOf(schedule: ScheduleTerms, wantedMs: number, earliestMs: number): Start {
  if (schedule.mode === 'before' && wantedMs >= earliestMs) {
    const start = startUntil(schedule, wantedMs);
    if (start.timeMs >= earliestMs) return start;
  }
  return startFrom(schedule, Math.max(wantedMs, earliestMs));
}

function dealtOut(schedule: ScheduleTerms, key: Scheduled): readonly string[] {
  if (key.isImported) return ['imported: dealt out over a whole period'];
  const offset = spreadOf(schedule, key);
  const sign = schedule.mode === 'before' ? '−' : '+';
  return offset === 0 ? [] : [`spread: ${sign}${roughly(offset)}`];
}

/** To the minute: nobody reads more. */
function roughly(durationMs: number): string {
  const MINUTE_MS = 60_000;
  if (durationMs < MINUTE_MS) return formatDuration(durationMs);
  return formatDuration(Math.round(durationMs / MINUTE_MS) * MINUTE_MS);
}
