import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Ports, systemPorts } from '../../src/ports.js';
import { openMemory } from '../../src/store/memory/open.js';
import type { StoreOptions } from '../../src/store/open.js';
import { migratePostgres, openPostgres } from '../../src/store/postgres/open.js';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import type { Store } from '../../src/store/store.js';
import { createDatabase } from './postgres.js';

/** A row, by column. */
type Row = Readonly<Record<string, unknown>>;

/** A database of one suite's own, empty but initialised. */
export interface Data {
  readonly url: string;
  /** One more connection to it, as one more process would have. */
  readonly open: (ports: Ports) => Promise<Store>;
  /** Runs a statement behind the back of every Keyturn. @returns its rows. */
  readonly execute: (statement: string) => Promise<readonly Row[]>;
  readonly remove: () => Promise<void>;
}

/** A kind of database, for `describe.each(dataKinds)`. */
export interface DataKind {
  readonly name: 'memory' | 'sqlite' | 'postgres';
  readonly create: () => Promise<Data>;
}

/** Every kind there is, but the one that KEYTURN_TEST_WITHOUT names: see test:compat. */
export const dataKinds: readonly DataKind[] = allKinds().filter(
  ({ name }) => name !== process.env['KEYTURN_TEST_WITHOUT'],
);

function allKinds(): readonly DataKind[] {
  return [
    { name: 'memory', create: inMemory },
    { name: 'sqlite', create: onFile },
    { name: 'postgres', create: onServer },
  ];
}

/** Those whose data outlives the process that wrote it. */
export const durableKinds = dataKinds.filter(({ name }) => name !== 'memory');

/** All who open it share one store: two objects on it are as two on one database. */
async function inMemory(): Promise<Data> {
  let store: Promise<Store> | undefined;
  const url = 'memory:';
  return {
    url,
    open: (ports) => {
      store ??= openMemory(optionsFor(url, ports));
      return store;
    },
    execute: () => Promise.reject(new Error('Nothing but its own process reaches a memory.')),
    remove: async () => {
      await (await store)?.close();
    },
  };
}

async function onFile(): Promise<Data> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-test-'));
  const path = join(folder, 'keyturn.db');
  const url = `sqlite:${path}`;
  return {
    url,
    open: (ports) => openSqlite(optionsFor(url, ports)),
    execute: (statement) => executeOnFile(path, statement),
    // Whoever has just closed it may still be about to remove a file beside it.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }),
  };
}

async function onServer(): Promise<Data> {
  const { url, drop } = await createDatabase();
  await migratePostgres(optionsFor(url, systemPorts()));
  return {
    url,
    open: (ports) => openPostgres(optionsFor(url, ports)),
    execute: (statement) => executeAtServer(url, statement),
    remove: drop,
  };
}

async function executeOnFile(path: string, statement: string): Promise<readonly Row[]> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(path);
  try {
    database.exec('pragma busy_timeout = 5000');
    return database.prepare(statement).all<Row>();
  } finally {
    database.close();
  }
}

async function executeAtServer(url: string, statement: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** As a tool: several objects of one process may then write one SQLite file. */
function optionsFor(url: string, ports: Ports): StoreOptions {
  return { url, role: 'tool', ports };
}
