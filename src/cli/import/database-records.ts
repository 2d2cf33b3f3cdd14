import { nearest } from '../../nearest.js';
import { openSourceDatabase } from '../../source-database.js';
import { UsageFault } from '../fault.js';
import { NOT_UTF_8 } from './lines.js';
import type { SourceRecord } from './source-row.js';

/** Which tables of a database hold keys. */
export interface TableChoice {
  /** The one that was named; then no other is read. */
  readonly table: string | undefined;
  /** Whether a table is one, where none was named. */
  readonly isLikely: (name: string, columns: ReadonlySet<string>) => boolean;
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
  const database = await openSourceDatabase(source.replace(/^sqlite:(?:\/\/)?/, ''));
  try {
    for (const table of chosen(await database.listTables(), choice, database.where)) {
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

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

function chosen<T extends Table>(
  tables: readonly T[],
  { table, isLikely, wanted }: TableChoice,
  where: string,
): readonly T[] {
  if (table === undefined) {
    const likely = tables.filter(({ name, columns }) => isLikely(name, new Set(columns)));
    if (likely.length > 0) return likely;
    throw new UsageFault(`${where} has no ${wanted}. Name the table that holds keys: --table NAME`);
  }
  const found = tables.filter(({ name }) => name === table);
  if (found.length > 0) return found;
  const like = nearest(
    table,
    tables.map(({ name }) => name),
  );
  const meant = like === undefined ? '' : ` Did you mean ${like}?`;
  throw new UsageFault(`${where} has no table of that name.${meant}`);
}

function zipped(columns: readonly string[], values: readonly unknown[]) {
  return new Map(columns.map((column, index) => [column, values[index]] as const));
}
