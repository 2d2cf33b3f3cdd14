import type { StoreCounts } from '../counts.js';
import type { StoreOptions } from '../open.js';
import type { SqliteDatabase } from './driver.js';
import { sqliteFault } from './faults.js';
import { openReadOnly, targetOf } from './open.js';

/**
 * What a file holds, whatever program wrote it.
 * @public
 */
export interface FileSummary extends StoreCounts {
  /** The last change that is in it. */
  readonly sequence: number;
  readonly lastChangeAt: number | null;
}

/**
 * Counts what is in a file whose schema this program may not work on: a backup before an upgrade
 * is of an older one. These names have been there since the first.
 * @throws {KeyturnError} it cannot be read, or has other names.
 * @public
 */
export async function summaryOfSqlite({ url, ports }: StoreOptions): Promise<FileSummary> {
  const target = await targetOf(url, ports);
  const database = openReadOnly(target);
  try {
    return read(database);
  } catch (fault) {
    throw sqliteFault(fault, target.path);
  } finally {
    database.close();
  }
}

function read(database: SqliteDatabase): FileSummary {
  const count = (table: string) =>
    database.prepare(`select count(*) as n from ${table}`).get<{ readonly n: number }>()?.n ?? 0;
  const last = database
    .prepare('select sequence, occurred_at from events order by sequence desc limit 1')
    .get<{ readonly sequence: number; readonly occurred_at: number }>();
  return {
    keys: count('keys'),
    keyspaces: count('keyspaces'),
    owners: count('owners'),
    events: count('events'),
    sequence: last?.sequence ?? 0,
    lastChangeAt: last?.occurred_at ?? null,
  };
}
