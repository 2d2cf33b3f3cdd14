import { closeSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigInvalidError, StoreUnavailableError } from '../../errors.js';
import { sqliteFault } from './faults.js';

/** The file that `sqlite:./keyturn.db` or `sqlite:///srv/keyturn.db` names, as a full path. */
export function pathOf(url: string): string {
  const path = url.replace(/^sqlite:(?:\/\/)?/, '');
  if (!url.startsWith('sqlite:') || path === '' || path === ':memory:') {
    throw new ConfigInvalidError(
      `The database "${url}" names no file. Write sqlite:./keyturn.db, or memory: for tests.`,
    );
  }
  return resolve(path);
}

/** Whether the file is missing or has no bytes yet. */
export function isBlank(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined || found.size === 0;
}

/** @throws {StoreUnavailableError} the folder is not there, so no file can be. */
export function requireFolder(path: string): void {
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new StoreUnavailableError(
    `The folder ${folder} of the database is not there. Create it (mkdir -p ${folder}), ` +
      'or give another file with --database.',
  );
}

/**
 * Makes an empty file that only this user may read. One that is there is never opened here: to
 * close it again would drop this process's own locks on it (POSIX `fcntl`).
 */
export function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (fault) {
    const isThere = fault instanceof Error && 'code' in fault && fault.code === 'EEXIST';
    if (!isThere) throw sqliteFault(fault, path);
  }
}
