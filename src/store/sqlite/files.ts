import { closeSync, openSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import {
  ConfigInvalidError,
  NotFoundError,
  StoreCorruptError,
  StoreUnavailableError,
} from '../../errors.js';
import { sqliteFault } from './faults.js';

/**
 * The file that `sqlite:./keyturn.db` or `sqlite:///srv/keyturn.db` names, as a full path.
 * @public
 */
export function pathOf(url: string): string {
  const path = url.replace(/^sqlite:(?:\/\/)?/, '');
  if (!url.startsWith('sqlite:') || path === '' || path === ':memory:') {
    throw new ConfigInvalidError(
      `The database "${url}" names no file. Write sqlite:./keyturn.db, or memory: for tests.`,
    );
  }
  return resolve(path);
}

/**
 * The one path of a file that several may lead to, over links: who owns it is written beside it.
 * The file itself need not be there yet.
 * @public
 */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (fault) {
    if (!isFault(fault, 'ENOENT')) throw sqliteFault(fault, path);
  }
  requireFolder(path); // A link may lead to where no folder is.
  const folder = realpathSync(dirname(path));
  const place = join(folder, basename(path));
  const target = linkTargetOf(place);
  return target === undefined ? place : realPathOf(resolve(folder, target));
}

function linkTargetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // It is no link, or is not there.
  }
}

/** Which file a path leads to now, whatever it is called. */
export function fileAt(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/** What is open while its path leads to another file, or to none. */
export function replacedFault(path: string): StoreCorruptError {
  return new StoreCorruptError(
    `The database ${path} was moved, deleted or replaced while it was open, so what is written ` +
      'now would be lost. Restart Keyturn to open the file that is there now; stop it before ' +
      'you put a backup back.',
  );
}

/** What is open, and had another file written over it. */
export function overwrittenFault(path: string): StoreCorruptError {
  return new StoreCorruptError(
    `The database ${path} was overwritten while it was open, by an older file or another: what is ` +
      'read from it now may be of either. Stop Keyturn, put the backup back with keyturn restore, ' +
      'and start it again.',
  );
}

/**
 * Whether the file is missing or has no bytes yet.
 * @public
 */
export function isBlank(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined || found.size === 0;
}

/** @throws {NotFoundError} there is no such file, or @throws {StoreCorruptError} it is empty. */
export function requireContent(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new NotFoundError(`There is no file ${path}. Check its name.`);
  if (found.size > 0) return;
  throw new StoreCorruptError(
    `The file ${path} is empty: a backup that was not finished. Use another one.`,
  );
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

/** @throws {StoreUnavailableError} a folder, or the like, stands where the file should. */
export function requireFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== false) return;
  throw new StoreUnavailableError(
    `The database ${path} is there, and is no file. Name another file with --database.`,
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
    if (!isFault(fault, 'EEXIST')) throw sqliteFault(fault, path);
  }
}

/** Whether a system call was refused with this code. Jest has an `Error` of its own, which Node's is not. */
export function isFault(fault: unknown, code: string): boolean {
  return isNativeError(fault) && 'code' in fault && fault.code === code;
}
