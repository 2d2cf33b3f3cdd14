import { KeyturnError } from '../../errors.js';
import { parseTime } from '../../keys/duration.js';
import { type KeyId, keyIdFrom } from '../../keys/id.js';
import { type KeyRecord, stateAt } from '../../keys/key.js';
import type { Act } from '../../lifecycle/context.js';
import type { SlotRow } from '../../store/automation.js';
import type { Store } from '../../store/store.js';
import { latestNow } from '../ahead.js';
import { policiesOnce } from '../policies-once.js';
import type { Terms } from '../terms.js';
import { nextSlotOf, type Scheduled, type ScheduleTerms } from './schedule.js';
import { scheduledOf } from './scheduled.js';

const READ_AT_ONCE = 20; // Of keys: a pool of connections is not taken from checks.

/** When a key is rotated next, by its terms of now. */
export interface KeyPlan {
  readonly key: KeyRecord;
  readonly terms: Terms;
  readonly schedule: ScheduleTerms;
  readonly slot: ReturnType<typeof nextSlotOf>;
}

/** The keys that are there, of these ids. */
export async function keysOf(store: Store, ids: readonly string[]): Promise<readonly KeyRecord[]> {
  const known = ids.flatMap((id) => keyIdFrom(id) ?? []);
  const found: KeyRecord[] = [];
  for (let start = 0; start < known.length; start += READ_AT_ONCE) {
    const some = known.slice(start, start + READ_AT_ONCE);
    const keys = await Promise.all(some.map((id) => store.getKey(id, 'all')));
    found.push(...keys.filter((key) => key !== undefined));
  }
  return found;
}

/**
 * Of those of these keys that a schedule rotates. One that is disabled, expired or revoked has no
 * plan; that it is enabled again, or expires later, is a change of it.
 */
export async function plansOf(
  act: Act,
  keys: readonly KeyRecord[],
): Promise<ReadonlyMap<KeyId, KeyPlan>> {
  const { store } = act.lifecycle;
  const nowMs = act.lifecycle.nowMs();
  const timed = await withSchedules(act, keys);
  const plannable = await plannableOf(
    store,
    timed.map(({ key }) => key),
    nowMs,
  );
  const plans = new Map<KeyId, KeyPlan>();
  for (const { key, terms, schedule } of timed) {
    const known = plannable.get(key.id);
    if (known === undefined) continue;
    const { planned } = known;
    const slot = nextSlotOf(schedule, await known.of(schedule), { nowMs, planned });
    plans.set(key.id, { key, terms, schedule, slot });
  }
  return plans;
}

/** What the next slot of a key hangs on. */
interface Plannable {
  readonly of: (schedule: ScheduleTerms) => Promise<Scheduled>;
  /** Undefined: nothing is planned yet. */
  readonly planned: SlotRow | undefined;
}

/**
 * What the next slots of keys hang on, by id.
 * @public
 */
export async function plannableOf(
  store: Store,
  keys: readonly KeyRecord[],
  nowMs: number,
): Promise<ReadonlyMap<KeyId, Plannable>> {
  const scheduled = await scheduledOf(store, keys, nowMs);
  const rows = await store.automation.slotsOf(keys.map(({ id }) => id));
  const planned = new Map(rows.map((row) => [row.keyId, row]));
  return new Map(
    [...scheduled].map(([id, known]) => {
      const of = async ({ deliver }: ScheduleTerms) =>
        deliver === 'notice' ? asTold(store, known, nowMs) : known;
      return [id, { of, planned: planned.get(id) }];
    }),
  );
}

async function withSchedules(act: Act, keys: readonly KeyRecord[]) {
  const nowMs = act.lifecycle.nowMs();
  const termsOf = policiesOnce(act);
  const timed: { key: KeyRecord; terms: Terms; schedule: ScheduleTerms }[] = [];
  for (const key of keys) {
    if (stateAt(key, nowMs) !== 'active') continue;
    const terms = await termsOf(key).catch(noTerms);
    const schedule = terms?.schedule ?? null;
    if (terms !== undefined && schedule !== null) timed.push({ key, terms, schedule });
  }
  return timed;
}

/** One policy that is gone or damaged does not keep all other keys from their plans. */
function noTerms(error: unknown): undefined {
  const isOfPolicy =
    error instanceof KeyturnError &&
    (error.code === 'unprocessable' || error.code === 'store_corrupt');
  if (!isOfPolicy) throw error;
}

/** A slot that was only told of left no rotation: the trail knows it. By a clock ahead it is no use. */
async function asTold(store: Store, of: Scheduled, nowMs: number): Promise<Scheduled> {
  const filter = { within: 'all', subjectId: of.id, type: 'key.due', limit: 1 } as const;
  const believed = { ...filter, toMs: latestNow(nowMs), order: 'newest' } as const;
  const [event] = await store.listEvents(believed);
  const told = event?.changes.find(({ field }) => field === 'dueAt')?.to;
  const toldAt = typeof told === 'string' ? parseTime(told) : undefined;
  if (toldAt === undefined) return of;
  return { ...of, usedDueAt: Math.max(toldAt, of.usedDueAt ?? 0) };
}

/** A plan as it is kept. */
export function rowOf({ key, slot }: KeyPlan, startAt = slot.startAt): SlotRow {
  return { keyId: key.id, keyspaceId: key.keyspaceId, dueAt: slot.dueAt, startAt };
}
