import { StoreCorruptError } from '../../errors.js';
import type { SqliteDatabase } from './driver.js';
import { sqliteFault } from './faults.js';

/**
 * Reads every page of a file, and looks whether they fit together.
 * @throws {StoreCorruptError} they do not.
 */
export function requireSound(database: SqliteDatabase, path: string): void {
  if (findingOf(database, path) === 'ok') return;
  throw new StoreCorruptError(
    `The file ${path} is damaged (pragma quick_check). It was left as it is. Use another backup.`,
  );
}

function findingOf(database: SqliteDatabase, path: string): string | undefined {
  try {
    const row = database.prepare('pragma quick_check(1)').get<{ readonly quick_check: string }>();
    return row?.quick_check;
  } catch (fault) {
    throw sqliteFault(fault, path);
  }
}
