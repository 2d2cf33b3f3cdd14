import type { Timers } from '../../ports.js';
import type { SqliteDatabase, SqliteDriver } from './driver.js';
import { isBusy, sqliteFault } from './faults.js';

/** A lock is waited for by timer, so that the process goes on answering: about 5 s in all. */
const BUSY_ATTEMPTS = 200;
const LONGEST_PAUSE_MS = 25;
/** SQLite's own wait blocks the whole process: it only bridges the moments that are shorter. */
const BUSY_TIMEOUT_MS = 5;

/**
 * Opens one connection with the settings that every one of ours has: defaults differ between
 * builds of SQLite.
 */
export async function connect(
  driver: SqliteDriver,
  path: string,
  timers: Timers,
): Promise<SqliteDatabase> {
  const database = opened(driver, path);
  try {
    database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // The first to turn on WAL needs the file for itself for a moment.
    await whenFree(timers, path, () => database.exec('pragma journal_mode = wal'));
    database.exec('pragma synchronous = full');
    database.exec('pragma foreign_keys = on');
    database.exec('pragma secure_delete = on'); // What was erased is not left in free pages.
    return database;
  } catch (fault) {
    database.close();
    throw sqliteFault(fault, path);
  }
}

/** Runs a statement as soon as no other connection stands in its way. */
export async function whenFree<T>(timers: Timers, path: string, run: () => T): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return run();
    } catch (fault) {
      if (!isBusy(fault) || attempt === BUSY_ATTEMPTS) throw sqliteFault(fault, path);
      await timers.sleep(Math.min(attempt, LONGEST_PAUSE_MS));
    }
  }
}

/** Opens one connection as it comes. */
export function opened(driver: SqliteDriver, path: string): SqliteDatabase {
  try {
    return new driver.DatabaseSync(path);
  } catch (fault) {
    throw sqliteFault(fault, path);
  }
}
