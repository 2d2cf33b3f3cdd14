import { MAX_STALENESS_MS } from './keys/keyspace.js';
import { type Ports, systemPorts } from './ports.js';
import { isAhead } from './rotation/ahead.js';
import { type AppliedMigration, pendingMigrations } from './store/migrations/migrate.js';
import { OWN_TABLES } from './store/migrations/own-tables.js';
import type { SchemaState, StoreOptions, WriteProbe } from './store/open.js';
import type { SqlStore } from './store/sql/sql-store.js';
import type { StoreStanding } from './store/standing.js';
import type { InstanceRow, Store } from './store/store.js';

// What operators do to a database beside using it: look at it, and bring its schema up to date.

/** A database, as it was named. @public */
export interface UpkeepTarget {
  readonly database: string;
  readonly directDatabase?: string | undefined;
  readonly epochFile?: string | undefined;
  readonly ports?: Ports | undefined;
}

/** A database's schema, and what would be done to it. @public */
export interface SchemaReport {
  readonly schema: SchemaState;
  /** The migrations that it lacks, in order. */
  readonly pending: readonly AppliedMigration[];
}

/** What others keep in a database. @public */
export interface Strangers {
  /** A SQLite file with any is not initialised by whoever opens it. */
  readonly areThere: boolean;
  /** Tables with a name that one of ours has: nothing can be initialised beside them. */
  readonly inTheWay: readonly string[];
}

/** The instances that run on a database, and how far its clock is from ours. @public */
export interface FleetReport {
  /** Seen so lately that they may be running still. */
  readonly instances: readonly InstanceRow[];
  /** The database's time less this machine's; positive: the database is ahead. */
  readonly clockOffsetMs: number;
  /** How long the database took to answer. */
  readonly answerMs: number;
  readonly standing: StoreStanding;
  /** Open rotations that were begun by a clock that was ahead; no more than 200 are counted. */
  readonly aheadCount: number;
}

const SEEN_WITHIN_MS = MAX_STALENESS_MS + 1_000; // The longest a live instance may be silent.

const MAX_AHEAD = 200; // Rotations: more are the same news.

/** Looks at a database without changing it. @throws {KeyturnError} it cannot be looked at. @public */
export async function inspectDatabase(target: UpkeepTarget): Promise<SchemaReport> {
  const options = storeOptionsOf(target);
  const schema = isSqlite(options)
    ? await (await import('./store/sqlite/open.js')).inspectSqlite(options)
    : await (await import('./store/postgres/open.js')).inspectPostgres(options);
  return { schema, pending: pendingMigrations(schema) };
}

/**
 * Looks at what others keep in a database that was never initialised.
 * @throws {KeyturnError} it cannot be looked at.
 * @public
 */
export async function inspectStrangers(target: UpkeepTarget): Promise<Strangers> {
  const options = storeOptionsOf(target);
  const tables = isSqlite(options)
    ? await (await import('./store/sqlite/open.js')).strangersInSqlite(options)
    : await (await import('./store/postgres/open.js')).strangersInPostgres(options);
  return {
    areThere: tables.length > 0,
    inTheWay: tables.filter((name) => OWN_TABLES.includes(name)),
  };
}

/**
 * Brings a database to this program's schema; several may try at once.
 * @returns what was done.
 * @throws {KeyturnError} it cannot be; nothing was changed by the migration that failed.
 * @public
 */
export async function migrateDatabase(target: UpkeepTarget): Promise<readonly AppliedMigration[]> {
  const options = storeOptionsOf(target);
  if (isSqlite(options)) {
    return (await import('./store/sqlite/open.js')).migrateSqlite(options);
  }
  return (await import('./store/postgres/open.js')).migratePostgres(options);
}

/** Asks a database whose schema is ready who runs on it. @throws {KeyturnError} @public */
export async function inspectFleet(target: UpkeepTarget): Promise<FleetReport> {
  const options = storeOptionsOf(target);
  const { clock } = options.ports;
  const store = await openTool(options);
  try {
    const beganMs = clock.monotonicMs();
    const { databaseMs, standing } = await store.changesSince(0, 1);
    const answerMs = clock.monotonicMs() - beganMs;
    // The database read its clock somewhere within the time it took: halfway is the best guess.
    const clockOffsetMs = Math.round(databaseMs - (clock.nowMs() - answerMs / 2));
    const known = await store.listInstances();
    const instances = known.filter(({ seenAt }) => seenAt >= databaseMs - SEEN_WITHIN_MS);
    // Ids sort by time: what lies in the future comes first.
    const filter = { within: 'all', isOpen: true, after: null, limit: MAX_AHEAD } as const;
    const open = await store.listRotations(filter);
    const aheadCount = open.filter(({ createdAt }) => isAhead(createdAt, databaseMs)).length;
    return { instances, clockOffsetMs, answerMs, standing, aheadCount };
  } finally {
    await store.close();
  }
}

/** Whether a change could be made now. @throws {KeyturnError} it cannot be told. @public */
export async function probeWrites(target: UpkeepTarget): Promise<WriteProbe> {
  const options = storeOptionsOf(target);
  if (isSqlite(options)) return (await import('./store/sqlite/probe.js')).probeSqlite(options);
  return (await import('./store/postgres/open.js')).probePostgres(options);
}

/** Whether a server owns a SQLite file now. @throws {KeyturnError} it cannot be told. @public */
export async function isOwned(target: UpkeepTarget): Promise<boolean> {
  return (await import('./store/sqlite/open.js')).isSqliteOwned(storeOptionsOf(target));
}

/** How upkeep opens a database: as a tool, which owns no file. */
export function storeOptionsOf({ database, directDatabase, ports }: UpkeepTarget): StoreOptions {
  return {
    url: database,
    directUrl: directDatabase,
    role: 'tool',
    ports: ports ?? systemPorts(),
  };
}

function isSqlite({ url }: StoreOptions): boolean {
  return url.startsWith('sqlite:');
}

/** Opens a database beside whoever else has it open. @throws {KeyturnError} it cannot be. */
export function openTool(options: StoreOptions): Promise<Store> {
  return openSqlTool(options);
}

/** The same, for who reads and writes whole tables. */
export async function openSqlTool(options: StoreOptions): Promise<SqlStore> {
  if (isSqlite(options)) return (await import('./store/sqlite/open.js')).openSqlite(options);
  return (await import('./store/postgres/open.js')).openPostgres(options);
}
