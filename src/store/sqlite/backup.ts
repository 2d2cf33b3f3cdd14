import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import { AlreadyExistsError } from '../../errors.js';
import { requireReady } from '../migrations/migrate.js';
import type { StoreOptions } from '../open.js';
import { connect, whenFree } from './connection.js';
import type { SqliteDatabase } from './driver.js';
import { sqliteFault } from './faults.js';
import { createPrivate, requireContent } from './files.js';
import { inspectSqlite, openReadOnly, type Target, targetOf } from './open.js';
import { requireSound } from './sound.js';

/**
 * Writes the database as it is at one moment to a new file, while others go on writing, whatever
 * schema it has. The file has its name only when it is whole.
 * @throws {AlreadyExistsError} the file is there already; it is left as it is.
 * @throws {SchemaUninitialisedError} nothing of Keyturn is in the database.
 * @public
 */
export async function backupSqlite(options: StoreOptions, file: string): Promise<void> {
  const target = await targetOf(options.url, options.ports);
  requireContent(target.path);
  const state = await inspectSqlite(options);
  if (state.kind === 'uninitialised') requireReady(state, `sqlite:${target.path}`);
  const path = resolve(file);
  reserve(path);
  const partial = `${path}.partial`;
  const database = await connect(target.driver, target.path, target.ports.timers);
  try {
    await whenFree(target.ports.timers, path, () => writeCopy(database, partial));
    checkCopy({ ...target, path: partial });
    renameSync(partial, path);
    sync(dirname(path));
  } catch (fault) {
    rmSync(partial, { force: true });
    rmSync(path, { force: true });
    throw sqliteFault(fault, path);
  } finally {
    database.close();
  }
}

/**
 * Writes all that a database holds to a file that is not there yet, or has no bytes: one read
 * transaction, which holds no writer up, whoever writes. Free pages are left out, and with them
 * what was deleted (https://sqlite.org/lang_vacuum.html).
 */
export function writeCopy(database: SqliteDatabase, path: string): void {
  rmSync(path, { force: true }); // Of a process that was killed.
  createPrivate(path);
  database.prepare('vacuum into ?').run(path);
  sync(path); // SQLite leaves it to the system when its bytes reach the disk.
}

/** Makes what was written to a file, or the names in a folder, outlive a power cut. */
export function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function checkCopy(copy: Target): void {
  const database = openReadOnly(copy);
  try {
    requireSound(database, copy.path);
  } finally {
    database.close();
  }
}

/** Takes the name, so that no other backup gets it meanwhile. */
function reserve(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (fault) {
    if (!(isNativeError(fault) && 'code' in fault && fault.code === 'EEXIST')) {
      throw sqliteFault(fault, path);
    }
    throw new AlreadyExistsError(`The file ${path} is there already. Name a new one.`, {
      cause: fault,
    });
  }
}
