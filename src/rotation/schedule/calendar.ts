import type { Calendar, CalendarQuery } from '../../calendar-views.js';
import { InvalidRequestError, UnprocessableError } from '../../errors.js';
import { formatTime, parseDuration, parseTime } from '../../keys/duration.js';
import type { KeyRecord } from '../../keys/key.js';
import { type Act, keyspaceOf } from '../../lifecycle/context.js';
import { requireScope } from '../../lifecycle/rights.js';
import { locatePolicy } from '../policies.js';
import { followersOf } from '../policy-followers.js';
import { termsIn } from '../policy-record.js';
import { parseBlackout, spanOf } from './blackout.js';
import { slotsOf } from './foreseen.js';
import { plannableOf } from './key-plan.js';
import { dateAt } from './local-time.js';
import type { ScheduleTerms, Slot } from './schedule.js';
import { openingsBetween, parseWindow } from './window.js';

const DAY_MS = 86_400_000;
const MAX_SPAN_MS = 366 * DAY_MS;
const MAX_KEYS = 2_000; // Of one answer.
const MAX_SLOTS = 10_000;
const SLOTS_A_KEY = 400;
const BATCH_SIZE = 200;
const SHOWN_A_DAY = 5;

/** In milliseconds UTC. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When the schedule of a policy begins rotations of its keys, if nobody rotates them by hand.
 * @throws {NotFoundError} the keyspace has no policy of this name.
 */
export async function calendarOf(act: Act, name: string, query: CalendarQuery): Promise<Calendar> {
  requireScope(act.rights, 'policies:read');
  const span = spanIn(query, act.lifecycle.nowMs());
  const keyspace = await keyspaceOf(act, query.keyspace);
  const record = await locatePolicy(act, keyspace, name);
  const schedule = termsIn(record).schedule ?? null;
  const found = schedule === null ? NOTHING : await foresee(act, { schedule, record, span });
  const timezone = schedule?.timezone ?? 'UTC';
  return {
    policy: name,
    keyspace: keyspace.name,
    from: formatTime(span.fromMs),
    to: formatTime(span.toMs),
    timezone,
    days: daysOf(found.slots, timezone),
    count: found.slots.length,
    isWhole: found.isWhole,
    windows: schedule === null ? null : windowsIn(schedule, span),
    blackouts: schedule === null ? [] : blackoutsIn(schedule, span),
  };
}

interface KeySlot extends Slot {
  readonly key: Pick<KeyRecord, 'id' | 'name'>;
}

interface Foreseen {
  readonly slots: readonly KeySlot[];
  readonly isWhole: boolean;
}

const NOTHING: Foreseen = { slots: [], isWhole: true };

interface Asked {
  readonly schedule: ScheduleTerms;
  readonly record: Parameters<typeof termsIn>[0];
  readonly span: Span;
}

async function foresee(act: Act, { schedule, record, span }: Asked): Promise<Foreseen> {
  const { store, nowMs, ports } = act.lifecycle;
  const atMs = nowMs();
  const slots: KeySlot[] = [];
  let batch: KeyRecord[] = [];
  let keyCount = 0;
  const weigh = async () => {
    const plannable = await plannableOf(store, batch, atMs);
    for (const key of batch) {
      const known = plannable.get(key.id);
      if (known === undefined || slots.length > MAX_SLOTS) continue;
      const asked = { nowMs: atMs, limit: SLOTS_A_KEY, planned: known.planned, untilMs: span.toMs };
      const found = slotsOf(schedule, await known.of(schedule), asked);
      const within = found.filter(({ startAt }) => startAt >= span.fromMs && startAt < span.toMs);
      slots.push(...within.map((slot) => ({ ...slot, key })));
    }
    batch = [];
    await ports.timers.sleep(0); // Checks have their turn.
  };
  for await (const key of followersOf(store, record, atMs)) {
    if (keyCount === MAX_KEYS || slots.length > MAX_SLOTS) {
      await weigh();
      return { slots: inOrder(slots), isWhole: false };
    }
    batch.push(key);
    keyCount += 1;
    if (batch.length === BATCH_SIZE) await weigh();
  }
  await weigh();
  return { slots: inOrder(slots), isWhole: slots.length <= MAX_SLOTS };
}

/** Of one moment by their ids: asked again it says the same. */
function inOrder(slots: readonly KeySlot[]): readonly KeySlot[] {
  return slots
    .toSorted((a, b) => a.startAt - b.startAt || (a.key.id < b.key.id ? -1 : 1))
    .slice(0, MAX_SLOTS);
}

function daysOf(slots: readonly KeySlot[], timezone: string): Calendar['days'] {
  const days = new Map<string, KeySlot[]>();
  for (const slot of slots) {
    const on = dateAt(slot.startAt, timezone);
    const day = days.get(on);
    if (day === undefined) days.set(on, [slot]);
    else day.push(slot);
  }
  return [...days].map(([on, all]) => ({
    on,
    count: all.length,
    slots: all.slice(0, SHOWN_A_DAY).map(({ key, dueAt, startAt }) => ({
      key: { id: key.id, name: key.name },
      dueAt: formatTime(dueAt),
      startAt: formatTime(startAt),
    })),
  }));
}

function windowsIn({ window, timezone }: ScheduleTerms, { fromMs, toMs }: Span) {
  const parsed = window === null ? undefined : parseWindow(window);
  if (parsed === undefined) return null;
  return openingsBetween(parsed, timezone, { fromMs, untilMs: toMs }).map(viewSpan);
}

function blackoutsIn({ blackout, timezone }: ScheduleTerms, { fromMs, toMs }: Span) {
  return blackout.flatMap((text) => {
    const days = parseBlackout(text);
    const span = days === undefined ? undefined : spanOf(days, timezone);
    return span !== undefined && span.fromMs < toMs && span.untilMs > fromMs
      ? [viewSpan(span)]
      : [];
  });
}

function viewSpan({ fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }) {
  return { from: formatTime(fromMs), until: formatTime(untilMs) };
}

/** @throws {UnprocessableError} it is empty, or longer than a year. */
function spanIn({ from, to }: CalendarQuery, nowMs: number): Span {
  const fromMs = Math.max(nowMs, momentIn('/from', from, nowMs) ?? nowMs);
  const toMs = momentIn('/to', to, nowMs) ?? fromMs + MAX_SPAN_MS;
  if (toMs > fromMs && toMs - fromMs <= MAX_SPAN_MS) return { fromMs, toMs };
  const message =
    toMs > fromMs
      ? 'is more than 366 days after "from".'
      : 'is not after "from", or not after now.';
  const fix = 'Give a later time, within 366 days of "from".';
  throw new UnprocessableError([{ pointer: '/to', message, fix }]);
}

/** @throws {InvalidRequestError} it is no time. */
function momentIn(pointer: string, text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const aheadMs = parseDuration(text);
  const timeMs = aheadMs === undefined ? parseTime(text) : nowMs + aheadMs;
  if (timeMs !== undefined) return timeMs;
  const fix = 'Write 90d, 2027-01-31 or 2027-01-31T09:00:00Z.';
  throw new InvalidRequestError([{ pointer, message: 'is no time.', fix }]);
}
