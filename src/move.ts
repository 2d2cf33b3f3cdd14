import type { AuditEvent, EventDraft } from './audit/event.js';
import { StateConflictError, StoreUnavailableError } from './errors.js';
import type { Act } from './lifecycle/context.js';
import { draftMove, freeze, thaw } from './lifecycle/standing.js';
import {
  requireAlike,
  requireApart,
  requireMovable,
  requireMovedTo,
  requireNobodyOn,
  requireThere,
  requireUnused,
} from './move-check.js';
import { moveMark } from './move-mark.js';
import { whereTo, withBoth } from './move-target.js';
import { withOperator } from './operator.js';
import type { Caller } from './public.js';
import { COPIED_TABLES, type CopiedTable } from './store/sql/copy.js';
import type { SqlStore } from './store/sql/sql-store.js';
import type { StoreMode } from './store/standing.js';
import type { Store, StoredEvent } from './store/store.js';
import { openSqlTool, storeOptionsOf, type UpkeepTarget } from './upkeep.js';

/** From where to where, and who says so. */
export interface Move {
  readonly from: UpkeepTarget;
  readonly to: UpkeepTarget;
  readonly caller: Caller;
}

/** What a move would copy. */
export interface MovePlan {
  /** Addresses without passwords. */
  readonly from: string;
  readonly to: string;
  readonly rowCount: number;
  /** For about how long no change will be taken. */
  readonly pauseSeconds: number;
}

/** What was moved. */
export interface MoveReport {
  readonly from: string;
  readonly to: string;
  /** How many rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  /**
   * For how long no change was taken since it was frozen last: where a run was ended half-way, what
   * was counted meanwhile is taken first. Null: it was moved before, and nothing was done.
   */
  readonly pauseMs: number | null;
}

/** How far a copy is. */
export interface MoveProgress {
  readonly table: CopiedTable;
  readonly done: number;
  readonly total: number;
}

/** Measured on two cores that others kept busy: 3 500 to PostgreSQL, 5 800 to SQLite. */
const ROWS_A_SECOND = 3_000;
/** Servers write their counts once a second. */
const COUNTS_WRITTEN_MS = 2_500;

/** Says what a move would do. Nothing is changed. @throws {KeyturnError} it could not be done. */
export async function planMove({ from, to }: Move): Promise<MovePlan> {
  await requireMovable(from, to);
  const source = await openSqlTool(storeOptionsOf(from));
  try {
    const where = await whereTo(source, to);
    const standing = await source.standing();
    if (standing.mode === 'moved') requireMovedTo(where, standing);
    const counts = await source.tables.counts();
    const rowCount = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const pauseSeconds = Math.ceil(rowCount / ROWS_A_SECOND) + 1;
    return { from: source.where, to: where, rowCount, pauseSeconds };
  } finally {
    await source.close();
  }
}

/**
 * Moves a database: the source takes no changes from now on, and answers checks until all of it is
 * in the target and was compared; then it says where the data is. Ended half-way, it goes on
 * answering checks, and the next run begins the copy anew.
 * @throws {KeyturnError} it cannot be done; the source takes changes again.
 */
export async function moveDatabase(
  { from, to, caller }: Move,
  tell: (progress: MoveProgress) => void,
): Promise<MoveReport> {
  await requireMovable(from, to);
  if (!to.database.startsWith('sqlite:')) await requireNobodyOn(to);
  return withBoth({ from, to }, (source, target) =>
    withOperator(from, caller, ({ act }) => moveInto({ act, source, target, tell })),
  );
}

/** Takes changes again, where a move was given up. @returns whether one was under way. */
export async function cancelMove({ from, caller }: Omit<Move, 'to'>): Promise<boolean> {
  await requireThere(from);
  const store = await openSqlTool(storeOptionsOf(from));
  // A target that nothing was copied to: nobody can be told to take changes before it is open.
  const wasEmpty = await store.tables.giveUpEmpty().finally(() => store.close());
  if (wasEmpty) return true;
  return withOperator(from, caller, async ({ act }) => {
    const { mode } = await act.lifecycle.store.standing();
    await thaw(act);
    return mode === 'frozen';
  });
}

interface Moving {
  readonly act: Act;
  readonly source: SqlStore;
  readonly target: SqlStore;
  readonly tell: (progress: MoveProgress) => void;
}

async function moveInto(moving: Moving): Promise<MoveReport> {
  const { act, source, target } = moving;
  const { ports, nowMs } = act.lifecycle;
  const { clock } = ports;
  const beganMs = clock.monotonicMs();
  await requireApart(source, target);
  const before = await source.standing();
  const stoodMs = before.mode === 'open' ? 0 : nowMs() - (before.sinceAt ?? nowMs());
  if (before.mode !== 'moved') {
    await requireUnused(target);
    if (before.mode === 'frozen' && before.detail === target.where) await takeCounts(act);
    await freeze(act, target.where);
    await copyOrThaw(moving);
  }
  const isOpened = await openTarget(moving);
  const tables = Object.fromEntries(await target.tables.counts());
  const pauseMs = isOpened ? Math.round(stoodMs + clock.monotonicMs() - beganMs) : null;
  return { from: source.where, to: target.where, tables, pauseMs };
}

/**
 * A run before this one was ended half-way, maybe hours ago. What servers have counted since waits
 * in their memory, and would be lost with the source.
 */
async function takeCounts(act: Act): Promise<void> {
  await thaw(act);
  await act.lifecycle.ports.timers.sleep(COUNTS_WRITTEN_MS);
}

async function copyOrThaw(moving: Moving): Promise<void> {
  try {
    await copyAll(moving);
  } catch (fault) {
    // Nothing points to the target yet: the source is what it was before.
    const isFree = await thaw(moving.act).then(
      () => true,
      () => false,
    );
    if (isFree) throw fault;
    throw new StoreUnavailableError(
      'The move was not finished, and the source could not be told to take changes again. Run it ' +
        'again, or stay: keyturn move --from URL --cancel',
      { cause: fault },
    );
  }
}

async function copyAll({ act, source, target, tell }: Moving): Promise<void> {
  const by = moveMark(source.where);
  await target.tables.begin(by, act.lifecycle.nowMs());
  const totals = await source.tables.counts();
  for (const table of COPIED_TABLES) {
    const total = totals.get(table) ?? 0;
    let done = 0;
    for await (const rows of source.tables.read(table)) {
      await target.tables.write(by, table, rows);
      done += rows.length;
      tell({ table, done, total });
    }
  }
  await requireAlike(source, target);
  const { head } = await source.changesSince(0, 0);
  await target.tables.finish(by, head); // Which says that it was compared, too.
  const event = await draftMove(act, target.where);
  await leave(source, event, { from: 'frozen', mode: 'moved', detail: target.where });
}

/**
 * The source has said that its data is in the target: now that may be used. In this order, so that
 * at no time a change in one is unknown to checks in the other.
 * @returns whether it was not open before.
 */
async function openTarget({ source, target }: Moving): Promise<boolean> {
  requireMovedTo(target.where, await source.standing());
  const event = await lastMove(source);
  const { mode } = await target.standing();
  const { head } = await target.changesSince(0, 0);
  if (mode === 'filling' && head === event.sequence - 1) {
    // The very event of the source: up to it, the trail of both is the same.
    await leave(target, draftOf(event), { from: 'filling', mode: 'open', detail: null });
    return true;
  }
  const there = await target.listEvents({ ...MOVES, afterSequence: undefined });
  if (mode === 'open' && there.some(({ id }) => id === event.id)) return false;
  throw new StateConflictError(
    `${target.where} is not what ${source.where} was moved to. Look at both with keyturn doctor.`,
  );
}

const MOVES = { within: 'all', type: 'database.moved', order: 'newest', limit: 1 } as const;

async function lastMove(source: SqlStore): Promise<StoredEvent> {
  const [event] = await source.listEvents(MOVES);
  if (event !== undefined) return event;
  throw new StateConflictError('The source has no event of its move. Look with keyturn doctor.');
}

interface Passage {
  readonly from: StoreMode;
  readonly mode: StoreMode;
  readonly detail: string | null;
}

async function leave(
  store: Store,
  event: EventDraft,
  { from, mode, detail }: Passage,
): Promise<void> {
  const standing = { mode, detail, sinceAt: event.at };
  const write = { kind: 'set_standing', standing, expectedMode: from } as const;
  const alone = { personal: [], caller: null, idempotency: null };
  const result = await store.commit({ writes: [write], events: [event], ...alone });
  if (result.ok) return;
  throw new StateConflictError('Somebody else ended this move meanwhile. Run it again.');
}

function draftOf(event: AuditEvent): EventDraft {
  const { id, keyspaceId, type, at, actor, subject, changes, reason, requestId } = event;
  return { id, keyspaceId, type, at, actor, subject, changes, reason, requestId };
}
