import { existsSync } from 'node:fs';
import { DatabaseInUseError } from '../../errors.js';
import { oncePerProcess } from '../../once-per-process.js';
import type { Ports } from '../../ports.js';
import type { SqliteDatabase, SqliteDriver } from './driver.js';
import { isBusy, sqliteFault } from './faults.js';
import { createPrivate } from './files.js';

/** How long a new server waits for the one before it to let go: 10 s. */
const HAND_OVER_ATTEMPTS = 100;
const HAND_OVER_PAUSE_MS = 100;
const WAITING = 'Waiting up to 10 s for it to let go: stop it if it is not about to end.';

const SHARING =
  'It is opened once more, as when a module is loaded anew. Close the one before, or keep one with ' +
  'sharedKeyturn.';

/** A lock, and how many servers of this process have their right from it. */
interface Held {
  readonly lock: SqliteDatabase;
  holders: number;
}

/**
 * By the lock's path. The collector closes a database that nobody names, and so lets go of its
 * lock; and a module that is loaded anew finds here what the one before it holds.
 */
const held = oncePerProcess('keyturn.sqlite-locks', () => new Map<string, Held>());

interface Owned {
  readonly driver: SqliteDriver;
  readonly path: string;
  readonly ports: Pick<Ports, 'timers'>;
  readonly waits?: ((sentence: string) => void) | undefined;
}

/**
 * Takes a database file for one process and all servers in it. The lock is the operating system's,
 * on `<file>-owner`, an empty SQLite database: it ends with the process, however that ends.
 * @returns how to let go; who is the last of the process ends the lock.
 * @throws {DatabaseInUseError} another process still holds it after 10 s.
 */
export function shareDatabase(owned: Owned): Promise<() => void> {
  const { driver, path, waits } = owned;
  const ownerPath = `${path}-owner`;
  if (held.has(ownerPath))
    waits?.(`This process has the database ${path} open already. ${SHARING}`);
  return whenFree(owned, () => {
    const lock = held.get(ownerPath)?.lock ?? tryLock(driver, ownerPath);
    return lock === undefined ? undefined : holding(ownerPath, lock);
  });
}

/**
 * The same for its caller alone: no server opens the file meanwhile, of this process or another.
 * @throws {DatabaseInUseError} a server still holds it after 10 s.
 */
export function ownDatabase(owned: Owned): Promise<() => void> {
  const ownerPath = `${owned.path}-owner`;
  return whenFree(owned, () => {
    const lock = tryLock(owned.driver, ownerPath);
    return lock === undefined ? undefined : holding(`${ownerPath} alone`, lock);
  });
}

async function whenFree(
  { path, ports, waits }: Owned,
  take: () => (() => void) | undefined,
): Promise<() => void> {
  for (let attempt = 1; attempt <= HAND_OVER_ATTEMPTS; attempt += 1) {
    const letGo = take();
    if (letGo !== undefined) return letGo;
    if (attempt === 1) waits?.(`Another Keyturn server has the database ${path} open. ${WAITING}`);
    await ports.timers.sleep(HAND_OVER_PAUSE_MS);
  }
  throw new DatabaseInUseError(
    `Another Keyturn server has the database ${path} open. Stop it first, or give this one ` +
      'another file with --database; several servers share a PostgreSQL database.',
  );
}

function holding(place: string, lock: SqliteDatabase): () => void {
  const share = held.get(place) ?? { lock, holders: 0 };
  share.holders += 1;
  held.set(place, share);
  return () => {
    share.holders -= 1;
    if (share.holders > 0) return;
    held.delete(place);
    lock.close();
  };
}

/** Whether a server owns the file now. */
export function isOwnedNow({ driver, path }: Pick<Owned, 'driver' | 'path'>): boolean {
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
