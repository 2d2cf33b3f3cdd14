import { Kysely } from 'kysely';
import { type AppliedMigration, migrate, requireReady } from '../migrations/migrate.js';
import type { SchemaState, StoreOptions, WriteProbe } from '../open.js';
import type { Database } from '../schema.js';
import { SqlStore } from '../sql/sql-store.js';
import type { Store } from '../store.js';
import { connect } from './connection.js';
import { sqliteDialect } from './dialect.js';
import { loadDriver, type SqliteDatabase, type SqliteDriver } from './driver.js';
import { SqliteEngine } from './engine.js';
import { isBusy, sqliteFault } from './faults.js';
import { createPrivate, fileAt, isBlank, pathOf, realPathOf, requireFolder } from './files.js';
import { isOwnedNow, ownDatabase } from './lock.js';
import { columnTypes, stateOf } from './schema-state.js';
import { Turns } from './turns.js';

/** A writer of ours needs milliseconds; who holds the file for longer does not let it go soon. */
const PROBE_TIMEOUT_MS = 1_000;

/** One connection, raw and with Kysely over it. */
interface Connected {
  readonly database: SqliteDatabase;
  readonly db: Kysely<Database>;
  readonly turns: Turns;
}

/** A file that is about to be opened. */
interface Target extends Pick<StoreOptions, 'ports'> {
  readonly driver: SqliteDriver;
  readonly path: string;
  /** As it was given: links on the way may be turned elsewhere. */
  readonly givenPath: string;
}

/**
 * Opens a SQLite file; a new or an empty one is initialised, by whoever comes first.
 * @throws {DatabaseInUseError} another server owns the file.
 * @throws {SchemaNewerError} and its like: the file is not one that this program can work on.
 * @public
 */
export async function openSqlite({ url, role, ports }: StoreOptions): Promise<Store> {
  const target = await targetOf(url, ports);
  const letGo = role === 'server' ? await ownDatabase(target) : () => undefined;
  try {
    const writer = await openReady(target);
    const reader = await connectedTo(target);
    const file = fileAt(target.givenPath);
    return new SqlStore(new SqliteEngine({ ...target, file, writer, reader, letGo }));
  } catch (fault) {
    letGo();
    throw fault;
  }
}

/**
 * Brings a file to this program's schema, even one that holds tables of others.
 * @public
 */
export async function migrateSqlite({
  url,
  ports,
}: StoreOptions): Promise<readonly AppliedMigration[]> {
  const target = await targetOf(url, ports);
  createPrivate(target.path);
  const writer = await connectedTo(target);
  try {
    const { state } = await stateOf(writer.db);
    if (state.kind === 'newer') requireReady(state, addressOf(target));
    return await migrateFile(writer.db, target);
  } finally {
    writer.database.close();
  }
}

/**
 * Looks at a file without changing it.
 * @public
 */
export async function inspectSqlite({ url, ports }: StoreOptions): Promise<SchemaState> {
  const target = await targetOf(url, ports);
  if (isBlank(target.path)) return { kind: 'uninitialised' };
  const reader = overKysely(openReadOnly(target), target);
  try {
    return (await stateOf(reader.db)).state;
  } finally {
    reader.database.close();
  }
}

/**
 * Whether a change could begin on a file; none is made.
 * @public
 */
export async function probeSqlite({ url, ports }: StoreOptions): Promise<WriteProbe> {
  const { driver, path } = await targetOf(url, ports);
  if (isBlank(path)) return 'free';
  const database = await connect(driver, path, ports.timers);
  try {
    database.exec(`pragma busy_timeout = ${PROBE_TIMEOUT_MS}`);
    database.exec('begin immediate');
    database.exec('rollback');
    return 'free';
  } catch (fault) {
    if (isBusy(fault)) return 'locked';
    throw sqliteFault(fault, path);
  } finally {
    database.close();
  }
}

/**
 * Whether a server owns the file now.
 * @public
 */
export async function isSqliteOwned({ url, ports }: StoreOptions): Promise<boolean> {
  return isOwnedNow(await targetOf(url, ports));
}

async function targetOf(url: string, ports: StoreOptions['ports']): Promise<Target> {
  const givenPath = pathOf(url);
  requireFolder(givenPath);
  return { path: realPathOf(givenPath), givenPath, ports, driver: await loadDriver() };
}

/** A connection to a file whose schema is right, or has been made right just now. */
async function openReady(target: Target): Promise<Connected> {
  createPrivate(target.path);
  const writer = await connectedTo(target);
  try {
    const { state, isEmpty } = await stateOf(writer.db);
    if (isEmpty) await migrateFile(writer.db, target);
    else requireReady(state, addressOf(target));
    return writer;
  } catch (fault) {
    writer.database.close();
    throw fault;
  }
}

function migrateFile(
  db: Kysely<Database>,
  { ports }: Target,
): Promise<readonly AppliedMigration[]> {
  return migrate({ db, types: columnTypes, schema: undefined, nowMs: ports.clock.nowMs() });
}

async function connectedTo(target: Target): Promise<Connected> {
  const { driver, path, ports } = target;
  return overKysely(await connect(driver, path, ports.timers), target);
}

function overKysely(database: SqliteDatabase, { path, ports }: Target): Connected {
  const turns = new Turns();
  const dialect = sqliteDialect({ database, path, timers: ports.timers, turns });
  return { database, turns, db: new Kysely<Database>({ dialect }) };
}

function openReadOnly({ driver, path }: Target): SqliteDatabase {
  try {
    return new driver.DatabaseSync(path, { readOnly: true });
  } catch (fault) {
    throw sqliteFault(fault, path);
  }
}

function addressOf({ path }: Target): string {
  return `sqlite:${path}`;
}
