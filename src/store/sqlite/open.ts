import { Kysely } from 'kysely';
import {
  type AppliedMigration,
  isOnlyBehind,
  migrate,
  requireReady,
} from '../migrations/migrate.js';
import type { SchemaState, StoreOptions } from '../open.js';
import type { Database } from '../schema.js';
import { SqlStore } from '../sql/sql-store.js';
import type { Store } from '../store.js';
import { connect } from './connection.js';
import { sqliteDialect } from './dialect.js';
import { loadDriver, type SqliteDatabase, type SqliteDriver } from './driver.js';
import { SqliteEngine } from './engine.js';
import { sqliteFault } from './faults.js';
import {
  createPrivate,
  fileAt,
  isBlank,
  pathOf,
  realPathOf,
  requireContent,
  requireFile,
  requireFolder,
} from './files.js';
import { isOwnedNow, shareDatabase } from './lock.js';
import { MainFile } from './main-file.js';
import { columnTypes, stateOf } from './schema-state.js';
import { requireSound } from './sound.js';
import { Turns } from './turns.js';

/** One connection, raw and with Kysely over it. */
interface Connected {
  readonly database: SqliteDatabase;
  readonly db: Kysely<Database>;
  readonly turns: Turns;
}

/** A file that is about to be opened. */
export interface Target extends Pick<StoreOptions, 'ports'> {
  readonly driver: SqliteDriver;
  readonly path: string;
  /** As it was given: links on the way may be turned elsewhere. */
  readonly givenPath: string;
}

/**
 * Opens a SQLite file; a new or an empty one is initialised, and one that lacks additions gets them,
 * by whoever comes first.
 * @throws {DatabaseInUseError} another process serves the file.
 * @throws {SchemaNewerError} and its like: the file is not one that this program can work on.
 * @public
 */
export async function openSqlite({ url, role, ports, waits }: StoreOptions): Promise<SqlStore> {
  const target = await targetOf(url, ports);
  const letGo = role === 'server' ? await shareDatabase({ ...target, waits }) : () => undefined;
  try {
    const writer = await openReady(target);
    const reader = await connectedTo(target);
    const file = fileAt(target.givenPath);
    const mainFile = new MainFile(target);
    return new SqlStore(new SqliteEngine({ ...target, file, mainFile, writer, reader, letGo }));
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
 * The tables that others keep in a file that was never initialised. Only one without any is
 * initialised by whoever opens it.
 * @public
 */
export async function strangersInSqlite({ url, ports }: StoreOptions): Promise<readonly string[]> {
  const target = await targetOf(url, ports);
  if (isBlank(target.path)) return [];
  const reader = overKysely(openReadOnly(target), target);
  try {
    return (await stateOf(reader.db)).strangers;
  } finally {
    reader.database.close();
  }
}

/**
 * Opens a file to read it only: a backup, or what was put aside. It has to be whole.
 * @throws {NotFoundError} there is no such file.
 * @throws {StoreCorruptError} it is damaged, or a backup that was not finished.
 * @public
 */
export async function openSqliteCopy({ url, ports }: StoreOptions): Promise<Store> {
  const target = await targetOf(url, ports);
  requireContent(target.path);
  const writer = overKysely(openReadOnly(target), target);
  const reader = overKysely(openReadOnly(target), target);
  try {
    requireSound(reader.database, target.path);
    requireReady((await stateOf(reader.db)).state, addressOf(target));
    const file = fileAt(target.givenPath);
    const letGo = () => undefined;
    return new SqlStore(new SqliteEngine({ ...target, file, writer, reader, letGo }));
  } catch (fault) {
    reader.database.close();
    writer.database.close();
    throw fault;
  }
}

/**
 * Whether a server owns the file now.
 * @public
 */
export async function isSqliteOwned({ url, ports }: StoreOptions): Promise<boolean> {
  return isOwnedNow(await targetOf(url, ports));
}

/** A file that is there, or may be made. */
export async function targetOf(url: string, ports: StoreOptions['ports']): Promise<Target> {
  const givenPath = pathOf(url);
  requireFolder(givenPath);
  const path = realPathOf(givenPath);
  requireFile(path);
  return { path, givenPath, ports, driver: await loadDriver() };
}

/** A connection to a file whose schema is right, or has been made right just now. */
async function openReady(target: Target): Promise<Connected> {
  createPrivate(target.path);
  const writer = await connectedTo(target);
  try {
    const { state, strangers } = await stateOf(writer.db);
    const isNew = state.kind === 'uninitialised' && strangers.length === 0;
    if (isNew || isOnlyBehind(state)) await migrateFile(writer.db, target);
    if (!isNew) requireReady((await stateOf(writer.db)).state, addressOf(target));
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

/** One connection that changes nothing. */
export function openReadOnly({ driver, path }: Target): SqliteDatabase {
  try {
    return new driver.DatabaseSync(path, { readOnly: true });
  } catch (fault) {
    throw sqliteFault(fault, path);
  }
}

function addressOf({ path }: Target): string {
  return `sqlite:${path}`;
}
