import { type BackupReport, reportOf, requireFileDatabase, withCopy } from './backup.js';
import { endAgain, endsIn, pendingIn } from './ends.js';
import { epochFileOf } from './epoch.js';
import { KeyturnError, StateConflictError, StoreCorruptError } from './errors.js';
import { formatTime } from './keys/duration.js';
import { lastEventOf, quarantine } from './lifecycle/standing.js';
import { endsSince, eventIdAt, type LostChanges, lostChanges } from './lost-changes.js';
import { type Operator, withOperator } from './operator.js';
import type { Caller } from './public.js';
import {
  addToRecord,
  putRecordBack,
  type RestoreRecord,
  readRecord,
  removeRecord,
} from './restore-record.js';
import { isBlank } from './store/sqlite/files.js';
import type { StoreStanding } from './store/standing.js';
import type { Store, StoredEvent } from './store/store.js';
import { storeOptionsOf, type UpkeepTarget } from './upkeep.js';

/** What putting a backup back would mean. */
export interface RestorePlan {
  readonly backup: BackupReport;
  /** What is there now, and what of it the backup lacks; null: nothing that can be read. */
  readonly lost: LostChanges | null;
  /** Why what is there cannot be read; null: it can, or there is nothing. */
  readonly unreadable: string | null;
  /** Whether what is there is another database than the one that was backed up. */
  readonly isOther: boolean;
}

/** What was done. */
export interface RestoreReport {
  /** Where the file before it is; null: there was none. */
  readonly aside: string | null;
  readonly standing: StoreStanding;
  /** Keys that were revoked, disabled or deleted since the backup, and are ended again. */
  readonly reapplied: readonly string[];
}

/**
 * Says what would be lost. Nothing is changed.
 * @throws {StateConflictError} the database was moved: it would be open in two places.
 * @throws {KeyturnError} it is no whole backup.
 */
export async function planRestore(target: UpkeepTarget, file: string): Promise<RestorePlan> {
  requireFileDatabase(target);
  return withCopy(target, file, async (copy) => {
    const backup = await reportOf(copy, file);
    const nothing = { backup, lost: null, unreadable: null, isOther: false };
    const path = await pathOfTarget(target);
    if (isBlank(path)) return nothing;
    try {
      return await withCopy(target, path, async (current) => {
        requireHere(await current.standing(), target);
        return {
          ...nothing,
          lost: await lostChanges(copy, current),
          isOther: (await identityOf(copy)) !== (await identityOf(current)),
        };
      });
    } catch (fault) {
      if (!(fault instanceof KeyturnError) || fault instanceof StateConflictError) throw fault;
      return { ...nothing, unreadable: fault.message };
    }
  });
}

/**
 * Puts a backup in a database's place. Unless it lacks nothing, it is in quarantine then; what
 * the file before it had ended is ended again.
 * @throws {DatabaseInUseError} a server has the database open.
 */
export async function restoreDatabase(
  target: UpkeepTarget,
  file: string,
  caller: Caller,
): Promise<RestoreReport> {
  const { replaceSqlite, asideOf } = await import('./store/sqlite/restore.js');
  const options = storeOptionsOf(target);
  const plan = await planRestore(target, file);
  const aside = asideOf(options);
  await epochFileOf({ ...target, role: 'tool' }); // That it can be written, before anything is done.
  let recorded: RestoreRecord | undefined;
  const putAside = await replaceSqlite(options, {
    file,
    aside,
    async undertake() {
      if (plan.lost !== null) await dropUndone(target);
      recorded = await readRecord(target);
      await recordBefore(target, { file, aside, plan });
      if (plan.lost !== null) await rememberLast(target);
    },
    takeBack: () => putRecordBack(target, recorded),
  });
  return withOperator(target, caller, async (operator) => {
    const record = await recordAfter(target, operator, plan.lost === null ? null : putAside);
    if (plan.lost?.count !== 0 || record !== undefined) await quarantineUnknown(operator);
    const reapplied = await endAgain(operator, record?.ends ?? []);
    return { aside: putAside, standing: await operator.store.standing(), reapplied };
  });
}

interface Restoring {
  readonly file: string;
  readonly aside: string;
  readonly plan: RestorePlan;
}

/**
 * A restore before this one was killed before it had replaced anything: all that it was about to
 * undo is in the file that is there, with what was decided since.
 */
async function dropUndone(target: UpkeepTarget): Promise<void> {
  const heads = (await readRecord(target))?.heads ?? [];
  if (heads.length === 0) return;
  const isThere = await withCopy(target, await pathOfTarget(target), async (current) => {
    for (const { sequence, event } of heads) {
      if ((await eventIdAt(current, sequence)) !== event) return false;
    }
    return true;
  });
  if (isThere) await removeRecord(target);
}

/** Before anything is done: what is about to be undone. */
async function recordBefore(target: UpkeepTarget, { file, aside, plan }: Restoring): Promise<void> {
  const path = await pathOfTarget(target);
  if (isBlank(path) || plan.lost?.count === 0) return;
  if (plan.lost === null) {
    const found = await endsInUnreadable(target, path);
    const ends = await withCopy(target, file, (copy) => pendingIn(copy, found.ends));
    await addToRecord(target, { ...found, ends, asides: [aside], heads: null });
    return;
  }
  await withCopy(target, file, (copy) =>
    withCopy(target, path, async (current) => {
      const ends = await endsSince(copy, current);
      await addToRecord(target, { ...(await headIn(current)), ends, asides: [aside] });
    }),
  );
}

/** What was changed while the plan was made is in the file that was put aside. */
async function recordAfter(
  target: UpkeepTarget,
  { store }: Operator,
  aside: string | null,
): Promise<RestoreRecord | undefined> {
  if (aside === null) return readRecord(target);
  return withCopy(target, aside, async (before) => {
    const ends = await endsSince(store, before);
    if (ends.length === 0) return readRecord(target);
    return addToRecord(target, { ...(await headIn(before)), ends });
  });
}

async function headIn(store: Store): Promise<Pick<RestoreRecord, 'sequence' | 'heads'>> {
  const [last] = await store.listEvents({ within: 'all', limit: 1, order: 'newest' });
  if (last === undefined) return { sequence: 0, heads: null };
  return { sequence: last.sequence, heads: [{ sequence: last.sequence, event: last.id }] };
}

/** A newer program may have written it: what it says to have ended is still ended. */
async function endsInUnreadable(
  target: UpkeepTarget,
  path: string,
): Promise<Pick<RestoreRecord, 'sequence' | 'unknown' | 'ends'>> {
  const { endsInSqlite } = await import('./store/sqlite/ends.js');
  try {
    const stored = await endsInSqlite(storeOptionsOf({ ...target, database: `sqlite:${path}` }));
    return { sequence: stored.sequence, unknown: null, ends: endsIn(stored) };
  } catch (fault) {
    if (!(fault instanceof KeyturnError)) throw fault;
    return { sequence: 0, unknown: fault.message, ends: [] };
  }
}

function requireHere({ mode, detail }: StoreStanding, { database }: UpkeepTarget): void {
  if (mode !== 'moved') return;
  throw new StateConflictError(
    `The data of ${database} was moved to ${detail ?? 'another database'}, so a backup in its place ` +
      'would be a second one of the same data. Put it back there with --database; if that is lost ' +
      'for good, give a file that is not there yet.',
  );
}

async function pathOfTarget({ database }: UpkeepTarget): Promise<string> {
  const { pathOf } = await import('./store/sqlite/files.js');
  return pathOf(database);
}

/** Whatever ends this process half-way, who opens the restored file sees that it is older. */
async function rememberLast(target: UpkeepTarget): Promise<void> {
  const epochFile = await epochFileOf({ ...target, role: 'tool' });
  await withCopy(target, await pathOfTarget(target), async (current) => {
    const [last] = await current.listEvents({ within: 'all', limit: 1, order: 'newest' });
    const database = await identityOf(current);
    if (last === undefined || database === undefined) return;
    await epochFile?.reach(epochOf(database, last));
  });
}

function epochOf(database: string, { id, sequence, at }: StoredEvent) {
  return { database, sequence, event: id, at };
}

/** What no other database has: the id of its management keyspace. */
async function identityOf(store: Store): Promise<string | undefined> {
  return (await store.listKeyspaces()).find(({ isManagement }) => isManagement)?.id;
}

/** Where what was there cannot be read, nobody knows what it had that the backup lacks. */
async function quarantineUnknown({ act, store }: Operator): Promise<void> {
  const { mode } = await store.standing();
  if (mode === 'quarantined') return;
  const last = await lastEventOf(act);
  if (last === undefined) throw new StoreCorruptError('The backup holds no event. Use another.');
  await quarantine(
    act,
    `A backup was put back whose last change is of ${formatTime(last.at)}; what was changed ` +
      'since is not in it.',
  );
}
