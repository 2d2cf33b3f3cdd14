import { isPostgresAddress } from '../../source-database.js';
import { betterAuthRow, canonicalName } from './better-auth-row.js';
import { databaseRecords, type TableChoice } from './database-records.js';
import { fileRecords, requireNoTable } from './file-records.js';
import { openFile } from './source-file.js';
import {
  type Fields,
  MAX_ROW_BYTES,
  type ReadOptions,
  type SourceRow,
  toRow,
} from './source-row.js';

const USUAL_TABLE = 'apikey';

/**
 * Keys of better-auth's API key plugin: its `apikey` table in a SQLite file or at a PostgreSQL
 * address, or the table's rows as JSON or CSV.
 */
export async function* readBetterAuth(
  source: string,
  options: ReadOptions,
): AsyncGenerator<SourceRow> {
  for await (const record of await recordsOf(source, options)) {
    const make = (fields: Fields) => betterAuthRow(fields, options);
    yield toRow(record, { make, knownBy: ['id'] });
  }
}

async function recordsOf(source: string, { stdin, table }: ReadOptions) {
  const choice = { table, ...TABLES };
  if (isPostgresAddress(source) || source.startsWith('sqlite:')) {
    return databaseRecords(source, choice);
  }
  const file = await openFile(source, stdin);
  if (file.format === 'sqlite') return databaseRecords(source, choice);
  requireNoTable(source, table);
  return fileRecords(file, MAX_ROW_BYTES);
}

const TABLES: Omit<TableChoice, 'table'> = {
  isLikely: (name, columns) => canonicalName(name) === USUAL_TABLE && columns.has('key'),
  wanted: 'table apikey of better-auth',
};
