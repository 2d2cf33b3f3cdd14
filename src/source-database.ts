import type { SourceDatabase } from './store/source-database.js';

// Databases of other systems, which keys are imported from.

/** Whether it is the address of a database and no file's path. @public */
export function isPostgresAddress(text: string): boolean {
  return /^postgres(?:ql)?:/.test(text);
}

/**
 * Opens another system's database for reading only: a `postgres://…` address, or a SQLite file.
 * @throws {KeyturnError} it cannot be read.
 * @public
 */
export async function openSourceDatabase(address: string): Promise<SourceDatabase> {
  if (isPostgresAddress(address)) {
    return (await import('./store/postgres/source.js')).openPostgresSource(address);
  }
  return (await import('./store/sqlite/source.js')).openSqliteSource(address);
}
