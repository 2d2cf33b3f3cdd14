import { formatDuration } from '../../keys/duration.js';
import {
  nextSlotOf,
  type Planned,
  type Scheduled,
  type ScheduleTerms,
  type Slot,
} from './schedule.js';
import { startFrom } from './start.js';

/** From when, how many and how far. Times are milliseconds UTC. */
interface Foresight {
  readonly nowMs: number;
  readonly limit: number;
  /** What is planned now; undefined: nothing. */
  readonly planned?: Planned | undefined;
  /** Nothing that begins later is asked for. */
  readonly untilMs?: number | undefined;
}

/**
 * The rotations of a key that a scheduler is going to begin, in order, if each makes its new secret at
 * once and nobody rotates the key by hand: from each on, the next is the one that is planned then.
 * @public
 */
export function slotsOf(
  schedule: ScheduleTerms,
  key: Scheduled,
  { nowMs, limit, planned, untilMs = Number.POSITIVE_INFINITY }: Foresight,
): readonly Slot[] {
  const slots: Slot[] = [];
  let [of, atMs, row] = [key, nowMs, planned];
  // A time of the future that a clock ahead has written counts from then on, so one may move once.
  for (let round = 0; round < 2 * limit && slots.length < limit; round += 1) {
    const plan = nextSlotOf(schedule, of, { nowMs: atMs, planned: row });
    const start = startFrom(schedule, Math.max(atMs, plan.startAt));
    if (start.timeMs > untilMs) break;
    atMs = start.timeMs;
    row = { dueAt: plan.dueAt, startAt: start.timeMs };
    // Further due times may have come until it begins: one rotation is for all of them.
    const begun = nextSlotOf(schedule, of, { nowMs: atMs, planned: row });
    if (begun.startAt > atMs) continue;
    const reasons = [...new Set([...plan.reasons, ...start.reasons])];
    const slot = { dueAt: begun.dueAt, startAt: atMs, reasons };
    slots.push({ ...slot, reasons: [...reasons, ...afterthoughts(schedule, slot, begun)] });
    const isRotated = schedule.deliver !== 'notice';
    of = { ...of, usedDueAt: begun.dueAt, rotatedAt: isRotated ? atMs : of.rotatedAt };
  }
  return slots;
}

/** What nobody would expect of its schedule. */
function afterthoughts(
  { mode }: ScheduleTerms,
  { dueAt, startAt }: Pick<Slot, 'dueAt' | 'startAt'>,
  { dueTimes }: Pick<ReturnType<typeof nextSlotOf>, 'dueTimes'>,
): readonly string[] {
  const said = dueTimes > 1 ? [`one rotation for ${dueTimes} due times`] : [];
  const isLate = mode === 'before' && startAt > dueAt;
  return isLate ? [...said, `late: begins ${inDays(startAt - dueAt)} after it is due`] : said;
}

/** Whole days are enough, where it is days. */
function inDays(durationMs: number): string {
  const DAY_MS = 86_400_000;
  const unitMs = durationMs < DAY_MS ? 60_000 : DAY_MS;
  return formatDuration(Math.max(1, Math.round(durationMs / unitMs)) * unitMs);
}
