import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UnprocessableError } from './errors.js';
import { formatTime } from './keys/duration.js';
import type { StoreCounts } from './store/counts.js';
import type { Store } from './store/store.js';
import { inspectDatabase, type SchemaReport, storeOptionsOf, type UpkeepTarget } from './upkeep.js';

/** A copy of a database, and how far it goes. */
export interface BackupReport extends StoreCounts {
  readonly file: string;
  readonly sizeBytes: number;
  /** The last change that is in it. */
  readonly sequence: number;
  readonly lastChangeAt: string | null;
}

/** What was written. Its schema may be another than this program's: it is copied as it is. */
export interface BackupOutcome extends BackupReport, SchemaReport {}

/**
 * Copies a SQLite database to a new file while others write it, whatever schema it has: before an
 * upgrade it is the older one.
 * @throws {UnprocessableError} it is a PostgreSQL, which has programs of its own for that.
 * @throws {SchemaUninitialisedError} nothing of Keyturn is in it.
 */
export async function backupDatabase(target: UpkeepTarget, file: string): Promise<BackupOutcome> {
  requireFileDatabase(target);
  const options = storeOptionsOf(target);
  const { backupSqlite } = await import('./store/sqlite/backup.js');
  await backupSqlite(options, file);
  const copy = { ...target, database: `sqlite:${resolve(file)}` };
  const { summaryOfSqlite } = await import('./store/sqlite/summary.js');
  const { lastChangeAt, ...counted } = await summaryOfSqlite(storeOptionsOf(copy));
  return {
    file: resolve(file),
    sizeBytes: statSync(file).size,
    ...counted,
    lastChangeAt: lastChangeAt === null ? null : formatTime(lastChangeAt),
    ...(await inspectDatabase(copy)),
  };
}

/** Opens a copy to read it. @throws {KeyturnError} it is not there, not whole, or not ours. */
export async function withCopy<T>(
  { ports }: Pick<UpkeepTarget, 'ports'>,
  file: string,
  read: (copy: Store) => Promise<T>,
): Promise<T> {
  const { openSqliteCopy } = await import('./store/sqlite/open.js');
  const copy = await openSqliteCopy(storeOptionsOf({ database: `sqlite:${file}`, ports }));
  try {
    return await read(copy);
  } finally {
    await copy.close();
  }
}

/** What a copy holds. */
export async function reportOf(copy: Store, file: string): Promise<BackupReport> {
  const [last] = await copy.listEvents({ within: 'all', limit: 1, order: 'newest' });
  return {
    file: resolve(file),
    sizeBytes: statSync(file).size,
    sequence: last?.sequence ?? 0,
    lastChangeAt: last === undefined ? null : formatTime(last.at),
    ...(await copy.counts()),
  };
}

/** @throws {UnprocessableError} the database is no file. */
export function requireFileDatabase({ database }: UpkeepTarget): void {
  if (database.startsWith('sqlite:')) return;
  const fix = 'Use pg_dump and pg_restore for a PostgreSQL; keyturn doctor shows the command.';
  throw new UnprocessableError([{ pointer: '/database', message: 'is no file.', fix }]);
}
