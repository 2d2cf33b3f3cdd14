import { KeyturnError } from '../../errors.js';
import { nearest } from '../../nearest.js';
import { openSourceDatabase } from '../../source-database.js';
import { UsageFault } from '../fault.js';
import { NOT_UTF_8 } from './lines.js';
import type { Fields, SourceRecord } from './source-row.js';

/** Which tables of a database hold keys. */
export interface TableChoice {
  /** The one that was named; then no other is read. */
  readonly table: string | undefined;
  /** Whether a table is one, where none was named. */
  readonly isLikely: (name: string, columns: ReadonlySet<string>) => boolean;
  /** Of tables that only their rows tell: the columns they have, and what a key in one is like. */
  readonly toldByRows?: { readonly columns: readonly string[]; isKey(fields: Fields): boolean };
  /** What a database without one is told that it lacks: `a table of djangorestframework-api-key`. */
  readonly wanted: string;
}

/**
 * The rows of a database's tables of keys, table by table.
 * @throws {KeyturnError} it cannot be read, or has no such table.
 */
export async function* databaseRecords(
  source: string,
  choice: TableChoice,
): AsyncGenerator<SourceRecord> {
  const database = await opened(source);
  try {
    for (const table of await chosen(database, choice)) {
      let number = 0;
      for await (const row of database.readRows(table)) {
        number += 1;
        const place = `${table.name} row ${number}`;
        if (row.kind === 'undecodable') yield { place, fault: NOT_UTF_8 };
        else yield { place, fields: zipped(table.columns, row.values) };
      }
    }
  } finally {
    await database.close();
  }
}

/** What is wrong is wrong with the source: a doctor would look at our own database. */
async function opened(source: string): Promise<SourceDatabase> {
  try {
    return await openSourceDatabase(source.replace(/^sqlite:(?:\/\/)?/, ''));
  } catch (fault) {
    if (!(fault instanceof KeyturnError)) throw fault;
    throw Object.assign(fault, { next: 'keyturn key import --help' });
  }
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

type SourceDatabase = Awaited<ReturnType<typeof openSourceDatabase>>;

async function chosen(database: SourceDatabase, choice: TableChoice): Promise<readonly Table[]> {
  const tables = await database.listTables();
  const { table, wanted } = choice;
  const { where } = database;
  if (table === undefined) {
    const likely: Table[] = [];
    for (const one of tables) if (await holdsKeys(database, one, choice)) likely.push(one);
    if (likely.length > 0) return likely;
    throw new UsageFault(`${where} has no ${wanted}. Name the table that holds keys: --table NAME`);
  }
  const found = tables.filter(({ name }) => name === table);
  if (found.length > 0) return found;
  // What PostgreSQL does not look through by itself has its schema before its name.
  const elsewhere = tables.filter(({ name }) => name.endsWith(`.${table}`));
  if (elsewhere.length === 1) return elsewhere;
  if (elsewhere.length > 1) {
    const names = elsewhere.map(({ name }) => name).join(', ');
    throw new UsageFault(`${where} has several tables of that name. Name one of them: ${names}`);
  }
  const like = nearest(
    table,
    tables.map(({ name }) => name),
  );
  const meant = like === undefined ? '' : ` Did you mean ${like}?`;
  throw new UsageFault(`${where} has no table of that name.${meant}`);
}

async function holdsKeys(
  database: SourceDatabase,
  table: Table,
  { isLikely, toldByRows }: TableChoice,
): Promise<boolean> {
  const columns = new Set(table.columns);
  if (isLikely(table.name, columns)) return true;
  if (toldByRows?.columns.every((column) => columns.has(column)) !== true) return false;
  for await (const row of database.readRows(table)) {
    if (row.kind !== 'read') continue;
    if (toldByRows.isKey(zipped(table.columns, row.values))) return true;
  }
  return false;
}

function zipped(columns: readonly string[], values: readonly unknown[]) {
  return new Map(columns.map((column, index) => [column, values[index]] as const));
}
