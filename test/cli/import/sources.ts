import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pg from 'pg';
import { readerOf, type SourceName } from '../../../src/cli/import/readers.js';
import type { ReadOptions, SourceRow } from '../../../src/cli/import/source-row.js';
import { loadDriver } from '../../../src/store/sqlite/driver.js';
import { createDatabase } from '../../setup/postgres.js';

/** A folder of one test file's own. */
export class Folder {
  readonly #path = mkdtempSync(join(tmpdir(), 'keyturn-import-'));
  #count = 0;

  /** Writes a file, and answers its path. */
  file(content: string | Uint8Array, name = 'keys'): string {
    const path = this.path(name);
    writeFileSync(path, content);
    return path;
  }

  /** The path of a file that is not there yet. */
  path(name: string): string {
    this.#count += 1;
    return join(this.#path, `${this.#count}-${name}`);
  }

  /** Makes a SQLite file by SQL. */
  async sqlite(...statements: readonly SqlStatement[]): Promise<string> {
    const path = this.path('db.sqlite3');
    const { DatabaseSync } = await loadDriver();
    const database = new DatabaseSync(path);
    database.exec('pragma synchronous = off; pragma journal_mode = memory');
    for (const { sql, values } of statements) {
      const prepared = database.prepare(sql);
      for (const one of values ?? [[]]) prepared.run(...one);
    }
    database.close();
    return path;
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}

/** A statement, run once for each list of values that it is given. */
export interface SqlStatement {
  readonly sql: string;
  readonly values?: readonly (readonly unknown[])[];
}

/** Makes a PostgreSQL database by SQL (`$1`, `$2`, …). */
export async function postgresWith(...statements: readonly SqlStatement[]) {
  const database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const { sql, values } of statements) {
      for (const one of values ?? [[]]) await client.query(sql, [...one]);
    }
  } finally {
    await client.end();
  }
  return database;
}

/** All that a reader makes of a source. */
export async function read(
  from: SourceName,
  source: string,
  options: Partial<ReadOptions> = {},
): Promise<readonly SourceRow[]> {
  const reader = await readerOf(from);
  const rows: SourceRow[] = [];
  for await (const row of reader(source, { stdin: Readable.from([]), ...options })) rows.push(row);
  return rows;
}

/** The same of what comes by standard input. */
export function readInput(
  from: SourceName,
  input: string,
  options: Partial<ReadOptions> = {},
): Promise<readonly SourceRow[]> {
  return read(from, '-', { stdin: Readable.from([Buffer.from(input)]), ...options });
}

/** A custom model's table in SQLite, with columns and a foreign key of its own. */
export function customTable(
  name: string,
  rows: readonly (readonly unknown[])[],
): readonly SqlStatement[] {
  return [
    {
      sql: `create table ${name} (id integer primary key, prefix varchar(8), hashed_key varchar(150),
              name varchar(50), created datetime, expiry_date datetime, revoked bool,
              organization_id integer, plan varchar(20), note text)`,
    },
    { sql: `insert into ${name} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, values: rows },
  ];
}
