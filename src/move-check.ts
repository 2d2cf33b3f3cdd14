import { counted } from './counted.js';
import { SchemaUninitialisedError, StateConflictError, StoreCorruptError } from './errors.js';
import { pendingMigrations, requireReady } from './store/migrations/migrate.js';
import type { SqlStore } from './store/sql/sql-store.js';
import type { StoreStanding } from './store/standing.js';
import { inspectDatabase, inspectFleet, type UpkeepTarget } from './upkeep.js';

/** A database that was opened and never used has two keyspaces, and an event of each. */
const UNUSED_EVENTS = 2;

/**
 * Looks before anything is changed.
 * @throws {KeyturnError} one cannot be moved, or not filled, and what to do first.
 */
export async function requireMovable(from: UpkeepTarget, to: UpkeepTarget): Promise<void> {
  if (from.database === to.database) throw new StateConflictError('Both are the same database.');
  await requireCurrent(from, { option: '--from' });
  // A new SQLite file is made when it is opened; a PostgreSQL is not.
  await requireCurrent(to, { option: '--to', mayBeNew: to.database.startsWith('sqlite:') });
}

/** Looks at a database that is to take changes again. @throws {KeyturnError} there is none. */
export async function requireThere(from: UpkeepTarget): Promise<void> {
  const { schema } = await inspectDatabase(from);
  if (schema.kind === 'uninitialised') throw nothingAt('--from', from);
}

async function requireCurrent(
  target: UpkeepTarget,
  { option, mayBeNew = false }: { readonly option: string; readonly mayBeNew?: boolean },
): Promise<void> {
  const { schema, pending } = await inspectDatabase(target);
  if (schema.kind === 'uninitialised') {
    if (mayBeNew) return;
    throw nothingAt(option, target);
  }
  requireReady(schema, 'to be moved');
  if (pending.length === 0) return;
  const { version } = pendingMigrations(schema)[0] ?? { version: 0 };
  throw new StateConflictError(
    `A database lacks migration ${version}: both have to be of this version. Run keyturn migrate ` +
      'on it first.',
  );
}

function nothingAt(option: string, { database }: UpkeepTarget): SchemaUninitialisedError {
  const isFile = database.startsWith('sqlite:');
  return new SchemaUninitialisedError(
    `There is nothing of Keyturn at ${option}. Check its address` +
      `${isFile ? '.' : '; a new PostgreSQL needs keyturn migrate first.'}`,
  );
}

/**
 * Two addresses may lead to one database, which would be emptied to be filled from itself. What
 * no two have is the id of the management keyspace; a target that was filled from the source has
 * it, too, and is in another mode than that.
 * @throws {StateConflictError} both are the same.
 */
export async function requireApart(source: SqlStore, target: SqlStore): Promise<void> {
  const [here, there] = [await identityOf(source), await identityOf(target)];
  if (here === undefined || here !== there) return;
  if ((await source.standing()).mode !== (await target.standing()).mode) return;
  throw new StateConflictError(
    `${source.where} and ${target.where} are the same database, or one is a copy of the other's ` +
      'file. Name an empty database.',
  );
}

async function identityOf(store: SqlStore): Promise<string | undefined> {
  return (await store.listKeyspaces()).find(({ isManagement }) => isManagement)?.id;
}

/** @throws {StateConflictError} the target holds data, or somebody uses it. */
export async function requireUnused(target: SqlStore): Promise<void> {
  const { mode } = await target.standing();
  if (mode === 'filling') return; // What an earlier try has left is taken away.
  if (await isUnused(target)) return;
  const { keys, events } = await target.counts();
  throw new StateConflictError(
    `${target.where} holds data already (${counted(keys, 'key')}, ${counted(events, 'event')}). Name an empty database.`,
  );
}

/** Whether a database was opened and no more. */
export async function isUnused(target: SqlStore): Promise<boolean> {
  const { mode } = await target.standing();
  const { keys, owners, events } = await target.counts();
  return mode === 'open' && keys === 0 && owners === 0 && events <= UNUSED_EVENTS;
}

/** @throws {StateConflictError} the source says that its data is somewhere else. */
export function requireMovedTo(where: string, { detail }: StoreStanding): void {
  if (detail === where) return;
  throw new StateConflictError(`The data was moved to ${detail ?? 'another database'} before.`);
}

/** @throws {StateConflictError} an instance runs on the target. */
export async function requireNobodyOn(to: UpkeepTarget): Promise<void> {
  const { instances } = await inspectFleet(to);
  if (instances.length === 0) return;
  throw new StateConflictError(
    `${instances.map(({ id }) => id).join(', ')} runs on the target. Stop it, and start it again ` +
      'when the move is done.',
  );
}

/**
 * Compares every table's rows and every chain's end.
 * @throws {StoreCorruptError} they differ.
 */
export async function requireAlike(source: SqlStore, target: SqlStore): Promise<void> {
  const [here, there] = [await source.tables.counts(), await target.tables.counts()];
  for (const [table, count] of here) {
    if (there.get(table) !== count) throw differs(`${table}: ${count}, ${there.get(table) ?? 0}`);
  }
  for (const id of await source.listChains()) {
    const [left, right] = [await endOf(source, id), await endOf(target, id)];
    if (left !== right) throw differs(`the end of the chain of ${id}`);
  }
}

type ChainId = Awaited<ReturnType<SqlStore['listChains']>>[number];

/** The head, and the event that has to stand there. */
async function endOf(store: SqlStore, id: ChainId): Promise<string> {
  const head = await store.chainHead(id);
  const filter = { within: [id], order: 'newest', limit: 1 } as const;
  const [last] = await store.listEvents(filter);
  return `${head?.number} ${head?.hash} ${last?.sequence} ${last?.number} ${last?.hash}`;
}

function differs(what: string): StoreCorruptError {
  return new StoreCorruptError(
    `Source and target differ after the copy (${what}). Nothing points to the target; the source ` +
      'takes changes again. Run keyturn events verify on the source, then move again.',
  );
}
