import { Kysely, sql } from 'kysely';
import {
  type AppliedMigration,
  migrate,
  requireReady,
  schemaStateOf,
} from '../migrations/migrate.js';
import type { ColumnTypes } from '../migrations/migration.js';
import { OWN_TABLES } from '../migrations/own-tables.js';
import type { SchemaState, StoreOptions, WriteProbe } from '../open.js';
import type { Database } from '../schema.js';
import { SqlStore } from '../sql/sql-store.js';
import { type Address, addressOf } from './address.js';
import { postgresDialect } from './dialect.js';
import { PostgresEngine } from './engine.js';
import { Gate } from './gate.js';
import { Listener } from './listener.js';
import { clientConfig, createPool, loadPg } from './pool.js';

/** Text is compared by bytes, as SQLite does: the same order, whatever the database's locale. */
const COLUMN_TYPES: ColumnTypes = {
  text: sql`text collate "C"`,
  bigint: sql`bigint`,
  finish: (table) => table,
};

/**
 * Opens a PostgreSQL database that `keyturn migrate` has initialised.
 * @throws {StoreUnavailableError} it cannot be reached now; call again later.
 * @throws {SchemaUninitialisedError} and its like: it is not one that this program can work on.
 * @public
 */
export async function openPostgres({ url, directUrl, ports }: StoreOptions): Promise<SqlStore> {
  const pg = await loadPg();
  const address = addressOf(url);
  const direct = addressOf(directUrl ?? url);
  const pool = createPool(pg, { address, log: ports.log, hasTimeouts: true });
  const gate = new Gate(address.where);
  const db = overKysely({ pool, gate, where: address.where });
  try {
    requireReady(await stateOf(db), address.where);
  } catch (fault) {
    await pool.end();
    throw fault;
  }
  const createClient = () => new pg.Client(clientConfig(pg, direct));
  const listener = new Listener({ createClient, ports });
  return new SqlStore(new PostgresEngine({ address, pool, gate, db, listener, ports }));
}

/**
 * Brings a database to this program's schema. Several may run at once: one does it.
 * @public
 */
export async function migratePostgres(options: StoreOptions): Promise<readonly AppliedMigration[]> {
  return withDirect(options, async (db, { where }) => {
    const state = await stateOf(db);
    if (state.kind === 'newer') requireReady(state, where);
    const nowMs = options.ports.clock.nowMs();
    return migrate({ db, types: COLUMN_TYPES, schema: await schemaOf(db), nowMs });
  });
}

/**
 * Looks at a database without changing it.
 * @public
 */
export async function inspectPostgres(options: StoreOptions): Promise<SchemaState> {
  return withDirect(options, stateOf);
}

/**
 * What others keep under the names of our tables, in a database that was never initialised: tables
 * and views of the schema that ours would go to.
 * @public
 */
export async function strangersInPostgres(options: StoreOptions): Promise<readonly string[]> {
  return withDirect(options, async (db) => {
    const { rows } = await ownRelations().execute(db);
    // Asked for in one statement: another process may be about to initialise it.
    return rows.some(({ name }) => name === 'keyturn_schema') ? [] : rows.map(({ name }) => name);
  });
}

/**
 * Whether a change could begin; none is made.
 * @public
 */
export async function probePostgres({ url, role, ports }: StoreOptions): Promise<WriteProbe> {
  return withDirect({ url, role, ports }, async (db) => {
    const { rows } = await sql<{ readonly isStandby: boolean; readonly isReadOnly: boolean }>`
      select
        pg_is_in_recovery() as "isStandby",
        current_setting('transaction_read_only') = 'on' as "isReadOnly"
    `.execute(db);
    const [found] = rows;
    if (found?.isStandby) return 'standby';
    if (found?.isReadOnly) return 'read_only';
    const { rows: tables } = await ownRelations().execute(db);
    return tables.some(({ isForbidden }) => isForbidden) ? 'forbidden' : 'free';
  });
}

interface OwnRelation {
  readonly name: string;
  /** The user may not do all with it that Keyturn does. */
  readonly isForbidden: boolean;
}

/** What there is under the names of our tables. The trail is only ever added to. */
function ownRelations() {
  return sql<OwnRelation>`
    select
      relname as name,
      not (
        has_table_privilege(pg_class.oid, 'select')
        and (relname = 'keyturn_schema' or has_table_privilege(pg_class.oid, 'insert'))
        and (
          relname in ('keyturn_schema', 'events')
          or has_table_privilege(pg_class.oid, 'update')
          and has_table_privilege(pg_class.oid, 'delete')
        )
      ) as "isForbidden"
    from pg_class
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = current_schema()
    and relkind in ('r', 'p', 'v', 'm', 'f')
    and relname in (${sql.join(OWN_TABLES)})
  `;
}

/** Runs on a pool of its own that does not go through a pooler: migrations lock by session. */
async function withDirect<T>(
  { url, directUrl, ports }: StoreOptions,
  run: (db: Kysely<Database>, address: Address) => Promise<T>,
): Promise<T> {
  const address = addressOf(directUrl ?? url);
  const pool = createPool(await loadPg(), { address, log: ports.log, hasTimeouts: false });
  try {
    const { where } = address;
    return await run(overKysely({ pool, gate: new Gate(where), where }), address);
  } finally {
    await pool.end();
  }
}

function overKysely(options: Parameters<typeof postgresDialect>[0]): Kysely<Database> {
  return new Kysely<Database>({ dialect: postgresDialect(options) });
}

/** Only the schema that new tables go to counts: another in the search path is another's. */
async function stateOf(db: Kysely<Database>): Promise<SchemaState> {
  const { rows } = await sql`
    select 1 from pg_tables where schemaname = current_schema() and tablename = 'keyturn_schema'
  `.execute(db);
  return rows.length === 0 ? { kind: 'uninitialised' } : schemaStateOf(db);
}

async function schemaOf(db: Kysely<Database>): Promise<string | undefined> {
  const { rows } = await sql<{ readonly name: string | null }>`
    select current_schema() as name
  `.execute(db);
  return rows[0]?.name ?? undefined;
}
