import { existsSync } from 'node:fs';
import { DatabaseInUseError } from '../../errors.js';
import type { Ports } from '../../ports.js';
import type { SqliteDatabase, SqliteDriver } from './driver.js';
import { isBusy, sqliteFault } from './faults.js';
import { createPrivate } from './files.js';

/** How long a new server waits for the one before it to let go: 10 s. */
const HAND_OVER_ATTEMPTS = 100;
const HAND_OVER_PAUSE_MS = 100;

interface Owned {
  readonly driver: SqliteDriver;
  readonly path: string;
  readonly ports: Pick<Ports, 'timers'>;
}

/**
 * Takes a database file for one server. The lock is the operating system's, on `<file>-owner`, an
 * empty SQLite database: it ends with the process, however that ends.
 * @returns how to let go.
 * @throws {DatabaseInUseError} another server still holds it after 10 s.
 */
export async function ownDatabase({ driver, path, ports }: Owned): Promise<() => void> {
  const ownerPath = `${path}-owner`;
  for (let attempt = 1; attempt <= HAND_OVER_ATTEMPTS; attempt += 1) {
    const lock = tryLock(driver, ownerPath);
    if (lock !== undefined) return () => lock.close();
    await ports.timers.sleep(HAND_OVER_PAUSE_MS);
  }
  throw new DatabaseInUseError(
    `Another Keyturn server has the database ${path} open. Stop it first, or give this one ` +
      'another file with --database; several servers share a PostgreSQL database.',
  );
}

/** Whether a server owns the file now. */
export function isOwnedNow({ driver, path }: Omit<Owned, 'ports'>): boolean {
  const ownerPath = `${path}-owner`;
  if (!existsSync(ownerPath)) return false;
  const lock = tryLock(driver, ownerPath);
  lock?.close();
  return lock === undefined;
}

function tryLock(driver: SqliteDriver, path: string): SqliteDatabase | undefined {
  let lock: SqliteDatabase | undefined;
  try {
    createPrivate(path);
    lock = new driver.DatabaseSync(path);
    lock.exec('pragma busy_timeout = 0');
    lock.exec('pragma locking_mode = exclusive');
    lock.exec('begin exclusive');
    return lock;
  } catch (fault) {
    lock?.close();
    if (isBusy(fault)) return undefined;
    throw sqliteFault(fault, path);
  }
}
