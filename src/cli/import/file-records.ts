import { UsageFault } from '../fault.js';
import { csvRecords } from './csv-records.js';
import { jsonRecords } from './json-objects.js';
import { nameOf, openFile, type SourceFile } from './source-file.js';
import type { ReadOptions, SourceRecord } from './source-row.js';

/** The records of a text file that was opened. `maxBytes` of one. */
export function fileRecords(file: SourceFile, maxBytes: number): AsyncIterable<SourceRecord> {
  return file.format === 'csv' ? csvRecords(file.chunks, maxBytes) : jsonRecords(file, maxBytes);
}

/** @throws {UsageFault} a table is named, and the file is none of a database. */
export function requireNoTable(source: string, table: string | undefined): void {
  if (table === undefined) return;
  throw new UsageFault(
    `${nameOf(source)} holds the rows of one table, and --table names one of a database. Leave it out.`,
  );
}

/**
 * Opens a file that has to be text, and says itself which column is which.
 * @throws {UsageFault} it is a database, or is not there.
 */
export async function openText(source: string, options: ReadOptions): Promise<SourceFile> {
  const { stdin, table, ownerColumn } = options;
  if (table !== undefined || ownerColumn !== undefined) {
    throw new UsageFault('--table and --owner-column go with --from drf and better-auth only.');
  }
  const file = await openFile(source, stdin);
  if (file.format !== 'sqlite') return file;
  throw new UsageFault(
    `${nameOf(source)} is a SQLite file. Say which system it is of: --from drf or better-auth.`,
  );
}
