import { KeyturnError, RotationOpenError } from '../../errors.js';
import { formatDuration, formatTime } from '../../keys/duration.js';
import type { KeyId } from '../../keys/id.js';
import { type Act, visibleKeyspaces } from '../../lifecycle/context.js';
import type { SlotRow } from '../../store/automation.js';
import type { Write } from '../../store/change.js';
import type { Engine } from '../engine.js';
import { noticesOfKey } from '../expiry/record.js';
import { DAY_MS } from '../terms.js';
import { beginAll, type Wanted } from './begin.js';
import { type KeyPlan, keysOf, plansOf, rowOf } from './key-plan.js';
import { startFrom } from './start.js';
import { tellOnce } from './told-once.js';

const MAX_SLOTS = 200; // Looked at in one go.
const TRY_AGAIN_MS = 50 * 60_000;
const LEAST_PAUSE_MS = 1_000;
const PAUSES_A_PERIOD = 10; // A schedule of minutes does not wait for an hour.
const MAX_REASON = 500; // Characters of what a refusal says.

/** What became of a slot whose time has come. */
type DueOutcome =
  /** `rotation`: null where nothing is begun, as it was only asked what would be. */
  | { readonly kind: 'started'; readonly deliver: string; readonly rotation: string | null }
  /** Another rotation of the key is open. */
  | { readonly kind: 'waits'; readonly rotation: string }
  | { readonly kind: 'not_started'; readonly reason: string }
  /** Its policy rotates nothing, and tells. */
  | { readonly kind: 'told' };

/**
 * A key that is due, and what came of it.
 * @public
 */
export interface DueKey {
  readonly plan: KeyPlan;
  readonly outcome: DueOutcome;
}

/** What one look has come to. */
export interface DueLook {
  readonly keys: readonly DueKey[];
  /** Whether another look may find more. */
  readonly isMore: boolean;
}

/** Begins the rotations whose time has come: those of a page. */
export async function beginDue(engine: Engine, act: Act): Promise<DueLook> {
  const { automation } = act.lifecycle.store;
  // First: where others plan meanwhile, what is planned here is too old and not kept.
  const before = await automation.planning();
  const sight = await lookAtDue(act);
  if (sight.rows.length === 0) return { keys: [], isMore: false };
  const told: DueKey[] = [];
  for (const plan of sight.due.filter(isNotice)) {
    await tellDue(act, plan);
    told.push({ plan, outcome: { kind: 'told' } });
  }
  const wanted = await wantedOf(
    act,
    sight.due.filter((plan) => !isNotice(plan)),
  );
  const begun = await beginAll(engine, act, { all: wanted, isDryRun: false });
  const rest = await Promise.all(begun.map((one) => settledOf(act, one)));
  const keys = [...told, ...rest.filter((one) => one !== undefined)];
  const isKept = await automation.savePlanning({
    ...(await nextOf(act, sight, keys)),
    before,
    after: before,
  });
  return { keys, isMore: isKept && sight.rows.length === MAX_SLOTS };
}

/**
 * What `beginDue` would do, of a page. It changes nothing.
 * @public
 */
export async function previewDue(engine: Engine, act: Act): Promise<readonly DueKey[]> {
  const { due } = await lookAtDue(act);
  const notices = due.filter(isNotice);
  const wanted = await wantedOf(
    act,
    due.filter((plan) => !isNotice(plan)),
  );
  const would = await beginAll(engine, act, { all: wanted, isDryRun: true });
  const rest = would.flatMap(({ wanted: { plan }, begun }) =>
    begun === undefined ? [] : [{ plan, outcome: outcomeOf(begun) }],
  );
  return [...notices.map((plan) => ({ plan, outcome: { kind: 'told' } as const })), ...rest];
}

/** Slots whose time has come, and of them those that are due by how their keys are now. */
interface Sight {
  readonly rows: readonly SlotRow[];
  readonly due: readonly KeyPlan[];
  /** Rows as they have to be instead: the plan was old, or its window has closed. */
  readonly moved: readonly SlotRow[];
  readonly without: readonly KeyId[];
}

async function lookAtDue(act: Act): Promise<Sight> {
  const { store } = act.lifecycle;
  const nowMs = act.lifecycle.nowMs();
  const rows = await store.automation.dueSlots(nowMs, MAX_SLOTS);
  const ids = rows.map(({ keyId }) => keyId);
  const plans = await plansOf(act, await keysOf(store, ids));
  const due: KeyPlan[] = [];
  const moved: SlotRow[] = [];
  for (const plan of plans.values()) {
    const { timeMs } = startFrom(plan.schedule, Math.max(nowMs, plan.slot.startAt));
    if (timeMs <= nowMs) due.push(plan);
    else moved.push(rowOf(plan, timeMs));
  }
  return { rows, due, moved, without: ids.filter((id) => !plans.has(id)) };
}

function isNotice({ schedule }: KeyPlan): boolean {
  return schedule.deliver === 'notice';
}

async function wantedOf(act: Act, plans: readonly KeyPlan[]): Promise<readonly Wanted[]> {
  const wanted: Wanted[] = [];
  for (const plan of plans) {
    const deliver = await deliverOf(act, plan);
    wanted.push({ plan, deliver, reason: await reasonOf(act, plan) });
  }
  return wanted;
}

async function deliverOf(act: Act, { key, schedule }: KeyPlan): Promise<Wanted['deliver']> {
  if (schedule.deliver === 'claim' || schedule.deliver === 'destinations') return schedule.deliver;
  const destinations = await act.lifecycle.store.automation.destinationsOf(key.id);
  return destinations.length === 0 ? 'claim' : 'destinations';
}

/** Why it begins, and what it has waited for. */
async function reasonOf(act: Act, { key, schedule, slot }: KeyPlan): Promise<string> {
  const why = `scheduled: every ${formatDuration(schedule.everyMs)}, due ${formatTime(slot.dueAt)}`;
  const filter = { within: [key.keyspaceId], keyId: key.id, limit: 1, after: null };
  const [last] = await act.lifecycle.store.listRotations(filter);
  const hasWaited = last !== undefined && (last.closedAt ?? 0) > slot.wantedAt;
  return hasWaited ? `${why}, late: waited for ${last.id}` : why;
}

type Begun = Awaited<ReturnType<typeof beginAll>>[number];

/** Undefined: somebody else was first. */
async function settledOf(act: Act, { wanted, begun }: Begun): Promise<DueKey | undefined> {
  if (begun === undefined) return undefined;
  const { plan } = wanted;
  const outcome = outcomeOf(begun);
  if (outcome.kind === 'not_started') await tellNotStarted(act, plan, outcome.reason);
  return { plan, outcome };
}

function outcomeOf(begun: NonNullable<Begun['begun']>): DueOutcome {
  if (!(begun instanceof KeyturnError)) return { kind: 'started', ...begun };
  if (begun instanceof RotationOpenError) return { kind: 'waits', rotation: begun.rotation.id };
  return { kind: 'not_started', reason: begun.message.slice(0, MAX_REASON) };
}

/** Once for each slot. */
async function tellDue(act: Act, { key, terms, slot }: KeyPlan): Promise<void> {
  const { id, keyspaceId } = key;
  const after = { policy: terms.policy, dueAt: formatTime(slot.dueAt) };
  const subject = { kind: 'key', id } as const;
  const fact = { type: 'key.due', keyspaceId, subject, before: {}, after } as const;
  // It is a person's turn.
  const facts = { dueAtMs: slot.dueAt, how: 'by_person' } as const;
  const telling = { kind: 'due', stage: 'due', facts } as const;
  const writes = await slotNotices(act, { key, terms, slot }, { telling, change: 0 });
  await tellOnce(act, fact, { momentMs: slot.dueAt, writes });
}

async function slotNotices(
  act: Act,
  { key, terms, slot: { dueAt } }: Pick<KeyPlan, 'key' | 'terms' | 'slot'>,
  told: Pick<Parameters<typeof noticesOfKey>[1], 'telling' | 'change'>,
): Promise<readonly Write[]> {
  const keyspace = (await visibleKeyspaces(act)).find(({ id }) => id === key.keyspaceId);
  if (keyspace === undefined) return [];
  return noticesOfKey(act, { key, keyspace, terms, cycle: formatTime(dueAt), ...told });
}

/** Once a day. */
async function tellNotStarted(act: Act, plan: KeyPlan, reason: string): Promise<void> {
  const { key, terms, slot } = plan;
  const { id, keyspaceId } = key;
  const after = { policy: terms.policy, dueAt: formatTime(slot.dueAt) };
  const fact = { type: 'rotation.not_started', keyspaceId, before: {}, after, reason } as const;
  const dayMs = Math.floor(act.lifecycle.nowMs() / DAY_MS) * DAY_MS;
  const facts = { dueAtMs: slot.dueAt, reason };
  const telling = { kind: 'not_started', stage: 'begin', facts } as const;
  const writes = await slotNotices(act, plan, { telling, change: dayMs });
  await tellOnce(act, { ...fact, subject: { kind: 'key', id } }, { momentMs: dayMs, writes });
}

/** The rows as they are from now on. */
async function nextOf(act: Act, { due, moved, without }: Sight, keys: readonly DueKey[]) {
  const nowMs = act.lifecycle.nowMs();
  const paused = keys.filter(({ outcome: { kind } }) => kind === 'waits' || kind === 'not_started');
  const later = paused.map(({ plan }) => rowOf(plan, nowMs + pauseOf(plan)));
  const isPaused = new Set(later.map(({ keyId }) => keyId));
  const used = due.flatMap(({ key: { id } }) => (isPaused.has(id) ? [] : [id]));
  const plans = await plansOf(act, await keysOf(act.lifecycle.store, used));
  const dueAts = new Map(due.map(({ key: { id }, slot }) => [id, slot.dueAt]));
  const next = [...plans.values()].map((plan) => {
    // Somebody has begun it by a clock that was ahead, and it counts as used from then on.
    const isStillDue = plan.slot.startAt <= nowMs && plan.slot.dueAt === dueAts.get(plan.key.id);
    return isStillDue ? rowOf(plan, nowMs + pauseOf(plan)) : rowOf(plan);
  });
  const gone = used.filter((id) => !plans.has(id));
  return { slots: [...moved, ...later, ...next], without: [...without, ...gone] };
}

function pauseOf({ schedule: { everyMs } }: KeyPlan): number {
  return Math.min(TRY_AGAIN_MS, Math.max(LEAST_PAUSE_MS, Math.floor(everyMs / PAUSES_A_PERIOD)));
}
