import { isNativeError } from 'node:util/types';
import type { Client } from 'pg';
import { StoreUnavailableError } from '../../errors.js';
import type { SourceDatabase, SourceTable, SourceTableRow } from '../source-database.js';
import { type Address, addressOf } from './address.js';
import { postgresFault } from './faults.js';
import { clientConfig, loadPg } from './pool.js';

const BLOCK_ROWS = 1_000; // A block is in memory at once.
/** Types whose texts say more than the driver's own values: microseconds, and infinity. */
const TEXT_OIDS = [1082, 1114, 1184, 1186, 17]; // date, timestamp, timestamptz, interval, bytea
/** A database of this encoding holds bytes of any; asked for UTF-8, it ends at the first that is none. */
const NO_ENCODING = 'SQL_ASCII';
const REPLACEMENT = '\ufffd';

/**
 * One state of the database, however long it is read; and whoever takes the rows may take time.
 * PostgreSQL refuses a change in such a transaction.
 */
const BEGIN = `begin transaction isolation level repeatable read, read only;
  set local timezone to 'UTC';
  set local datestyle to 'ISO, YMD';
  set local statement_timeout to 0;
  set local idle_in_transaction_session_timeout to 0`;

const COLUMNS = `select namespaces.nspname as schema_name, tables.relname as table_name,
       pg_table_is_visible(tables.oid) as is_visible, columns.attname as column_name
  from pg_class as tables
  join pg_namespace as namespaces on namespaces.oid = tables.relnamespace
  join pg_attribute as columns on columns.attrelid = tables.oid
 where tables.relkind in ('r', 'p', 'v', 'm', 'f') and columns.attnum > 0
   and not columns.attisdropped and namespaces.nspname !~ '^(pg_|information_schema$)'
 order by namespaces.nspname, tables.relname, columns.attnum`;

interface ColumnRow {
  readonly schema_name: string;
  readonly table_name: string;
  readonly is_visible: boolean;
  readonly column_name: string;
}

/**
 * Opens the PostgreSQL database of another system, for reading only.
 * @throws {KeyturnError} it cannot be reached, or lets this user not in.
 * @public
 */
export async function openPostgresSource(url: string): Promise<SourceDatabase> {
  const pg = await loadPg();
  const address = addressOf(url);
  const types = new pg.TypeOverrides();
  for (const oid of TEXT_OIDS) types.setTypeParser(oid, (text: string) => text);
  const client = new pg.Client({ ...clientConfig(pg, address), types });
  client.on('error', () => undefined); // The next statement tells of it.
  try {
    await client.connect();
    await client.query(BEGIN);
    return new PostgresSource(client, address);
  } catch (fault) {
    await client.end().catch(() => undefined);
    throw sourceFault(fault, address);
  }
}

class PostgresSource implements SourceDatabase {
  readonly #client: Client;
  readonly #address: Address;
  readonly #paths = new Map<string, string>();

  constructor(client: Client, address: Address) {
    this.#client = client;
    this.#address = address;
  }

  get where(): string {
    return this.#address.where;
  }

  async listTables(): Promise<readonly SourceTable[]> {
    const found = await this.#ask(() => this.#client.query<ColumnRow>(COLUMNS));
    const tables = new Map<string, string[]>();
    for (const { schema_name, table_name, is_visible, column_name } of found.rows) {
      const name = is_visible ? table_name : `${schema_name}.${table_name}`;
      this.#paths.set(name, `${quoted(schema_name)}.${quoted(table_name)}`);
      tables.set(name, [...(tables.get(name) ?? []), column_name]);
    }
    return [...tables].map(([name, columns]) => ({ name, columns }));
  }

  async *readRows({ name, columns }: SourceTable): AsyncGenerator<SourceTableRow> {
    const path = this.#paths.get(name) ?? quoted(name);
    const list = columns.map(quoted).join(', ');
    const isGuarded = await this.#isUnencoded();
    await this.#ask(() =>
      this.#client.query(`declare source no scroll cursor for select ${list} from ${path}`),
    );
    try {
      for (let block = await this.#fetch(); block.length > 0; block = await this.#fetch()) {
        for (const values of block) yield rowOf(values, columns, isGuarded);
      }
    } finally {
      // Whoever looked at the first rows only reads another table next. A fault was told already.
      await this.#client.query('close source').catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async #fetch(): Promise<readonly (readonly unknown[])[]> {
    const text = `fetch ${BLOCK_ROWS} from source`;
    const { rows } = await this.#ask(() =>
      this.#client.query<unknown[]>({ text, rowMode: 'array' }),
    );
    return rows;
  }

  async #isUnencoded(): Promise<boolean> {
    const { rows } = await this.#ask(() =>
      this.#client.query<{ readonly server_encoding: string }>('show server_encoding'),
    );
    if (rows[0]?.server_encoding !== NO_ENCODING) return false;
    await this.#ask(() => this.#client.query(`set local client_encoding to '${NO_ENCODING}'`));
    return true;
  }

  async #ask<Answer>(run: () => Promise<Answer>): Promise<Answer> {
    try {
      return await run();
    } catch (fault) {
      throw sourceFault(fault, this.#address);
    }
  }
}

function rowOf(
  values: readonly unknown[],
  columns: readonly string[],
  isGuarded: boolean,
): SourceTableRow {
  if (!isGuarded) return { kind: 'read', values };
  const index = values.findIndex((one) => typeof one === 'string' && one.includes(REPLACEMENT));
  const column = columns[index];
  return column === undefined ? { kind: 'read', values } : { kind: 'undecodable', column };
}

/** What only concerns a database of our own is said otherwise. */
function sourceFault(fault: unknown, { where }: Address): Error {
  const cause = { cause: fault };
  const code = isNativeError(fault) && 'code' in fault ? fault.code : undefined;
  if (code === '3D000') {
    return new StoreUnavailableError(`There is no database at ${where}. Check its name.`, cause);
  }
  if (code === '42501') {
    return new StoreUnavailableError(
      `The user may not read the table at ${where}. Grant it select, or name another user.`,
      cause,
    );
  }
  return postgresFault(fault, where);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
