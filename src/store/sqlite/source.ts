import { resolve } from 'node:path';
import type { SourceDatabase, SourceTable, SourceTableRow } from '../source-database.js';
import { loadDriver, type SqliteDatabase } from './driver.js';
import { sqliteFault } from './faults.js';

/** Rows read at once. Between two blocks the file is free for the application that it belongs to. */
const BLOCK_ROWS = 1_000;
const BUSY_TIMEOUT_MS = 5_000; // Nobody else waits for the command line.
/** The other names of a row's number, for a table that has a column of the first. */
const ROW_NUMBERS = ['rowid', '_rowid_', 'oid'];
const DECODERS: Readonly<Record<string, string>> = {
  'UTF-8': 'utf-8',
  'UTF-16le': 'utf-16le',
  'UTF-16be': 'utf-16be',
};

type Row = Readonly<Record<string, unknown>>;
type Decoder = InstanceType<typeof TextDecoder>;

/**
 * Opens the SQLite file of another system, for reading only.
 * @throws {KeyturnError} it cannot be opened, or is no database.
 * @public
 */
export async function openSqliteSource(name: string): Promise<SourceDatabase> {
  const path = resolve(name);
  const driver = await loadDriver();
  try {
    const database = new driver.DatabaseSync(path, { readOnly: true });
    database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return new SqliteSource(database, path);
  } catch (fault) {
    throw sqliteFault(fault, path);
  }
}

class SqliteSource implements SourceDatabase {
  readonly where: string;
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase, path: string) {
    this.#database = database;
    this.where = path;
  }

  async listTables(): Promise<readonly SourceTable[]> {
    const columns = this.#all<{ readonly table_name: string; readonly column_name: string }>(
      `select tables.name as table_name, columns.name as column_name
         from sqlite_master as tables join pragma_table_info(tables.name) as columns
        where tables.type = 'table' order by tables.name, columns.cid`,
    );
    const tables = new Map<string, string[]>();
    for (const { table_name: name, column_name: column } of columns) {
      tables.set(name, [...(tables.get(name) ?? []), column]);
    }
    return [...tables].map(([name, names]) => ({ name, columns: names }));
  }

  async *readRows(table: SourceTable): AsyncGenerator<SourceTableRow> {
    const decoder = this.#decoder();
    for (const block of this.#blocks(table)) {
      for (const row of block) yield rowOf(table, row, decoder);
    }
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  *#blocks({ name, columns }: SourceTable): Generator<readonly Row[]> {
    const number = ROW_NUMBERS.find((one) => !columns.some((column) => isAlike(one, column)));
    const selected = columns.map(selectedOf).join(', ');
    if (number === undefined || !this.#isNumbered(name, number)) {
      yield this.#all(`select ${selected} from ${quoted(name)}`);
      return;
    }
    let last: unknown;
    do {
      const after = last === undefined ? '' : `where ${number} > cast(? as integer)`;
      // As text: a row's number may be beyond 2^53, and is often the key's own id.
      const block = this.#all<Row>(
        `select ${selected}, cast(${number} as text) as row_number from ${quoted(name)}
          ${after} order by ${number} limit ${BLOCK_ROWS}`,
        ...(last === undefined ? [] : [last]),
      );
      yield block;
      last = block.length < BLOCK_ROWS ? undefined : block.at(-1)?.['row_number'];
    } while (last !== undefined);
  }

  /** A table made WITHOUT ROWID has no numbers; it is read at once. */
  #isNumbered(name: string, number: string): boolean {
    try {
      this.#database.prepare(`select ${number} from ${quoted(name)} limit 0`).all();
      return true;
    } catch {
      return false;
    }
  }

  #decoder(): Decoder {
    const [found] = this.#all<{ readonly encoding: string }>('pragma encoding');
    const label = DECODERS[found?.encoding ?? ''] ?? 'utf-8';
    return new TextDecoder(label, { fatal: true, ignoreBOM: true });
  }

  #all<Found>(sql: string, ...parameters: readonly unknown[]): Found[] {
    try {
      return this.#database.prepare(sql).all<Found>(...parameters);
    } catch (fault) {
      throw sqliteFault(fault, this.where);
    }
  }
}

/**
 * Texts come as bytes: read as texts, what is no UTF-8 would silently become other characters. All
 * that comes as a text is another thing, in words: bytes in hexadecimal, a number beyond 2^53.
 */
function selectedOf(column: string, index: number): string {
  const value = quoted(column);
  const limit = Number.MAX_SAFE_INTEGER;
  return `case typeof(${value})
    when 'text' then cast(${value} as blob)
    when 'blob' then '\\x' || lower(hex(${value}))
    when 'integer' then iif(${value} between -${limit} and ${limit}, ${value}, cast(${value} as text))
    else ${value} end as c${index}`;
}

function rowOf({ columns }: SourceTable, row: Row, decoder: Decoder): SourceTableRow {
  const values: unknown[] = [];
  for (const [index, column] of columns.entries()) {
    const value = row[`c${index}`];
    try {
      values.push(value instanceof Uint8Array ? decoder.decode(value) : value);
    } catch {
      return { kind: 'undecodable', column };
    }
  }
  return { kind: 'read', values };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** SQLite's names are compared without regard to case, of ASCII letters. */
function isAlike(name: string, other: string): boolean {
  return name === other.toLowerCase();
}
