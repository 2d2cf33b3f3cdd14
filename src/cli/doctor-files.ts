import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isOwned } from '../upkeep.js';
import { type Check, failed, passed, warned } from './doctor-check.js';
import { codeOf, messageOf } from './fault.js';
import type { Settings } from './settings.js';

const OTHERS = 0o077;
const LITTLE_BYTES = 100 * 1024 * 1024; // A day of a busy server's audit trail and usage.
const NOTHING_BYTES = 5 * 1024 * 1024; // Below it, the next write may fail.

/** Checks a SQLite file, its folder, its disk and its owner; other databases have none. */
export async function checkFiles({ database }: Settings): Promise<readonly Check[]> {
  if (!database.startsWith('sqlite:')) return [];
  const path = resolve(database.replace(/^sqlite:(?:\/\/)?/, ''));
  const folder = folderCheck(dirname(path));
  if (folder.status === 'fail') return [folder];
  return [folder, fileCheck(path), await diskCheck(dirname(path)), await lockCheck(database, path)];
}

function folderCheck(folder: string): Check {
  if (!existsSync(folder)) {
    const detail = `${folder} does not exist.`;
    return failed('folder', 'store_unavailable', { detail, fix: `mkdir -p ${folder}` });
  }
  if (!may(folder, constants.W_OK | constants.X_OK)) {
    const detail = `${folder} cannot be written: the database keeps its log beside its file.`;
    return failed('folder', 'store_unwritable', { detail, fix: `chown ${userName()} ${folder}` });
  }
  return passed('folder', `${folder} can be written.`);
}

function fileCheck(path: string): Check {
  if (!existsSync(path)) {
    return passed('file', `${path} is not there yet: the first command makes it.`);
  }
  if (!may(path, constants.R_OK | constants.W_OK)) {
    const detail = `${path} cannot be read and written.`;
    return failed('file', 'store_unwritable', { detail, fix: `chown ${userName()} ${path}` });
  }
  const open = [path, `${path}-wal`, `${path}-shm`].filter(
    (file) => existsSync(file) && (statSync(file).mode & OTHERS) !== 0,
  );
  if (open.length > 0 && process.platform !== 'win32') {
    const detail = `Other users may read ${open.join(' and ')}.`;
    return warned('file', { detail, fix: `chmod 600 ${open.join(' ')}` });
  }
  return passed('file', `${path} is yours alone.`);
}

async function diskCheck(folder: string): Promise<Check> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const detail = `${Math.floor(freeBytes / 1024 / 1024)} MB are free.`;
  if (freeBytes >= LITTLE_BYTES) return passed('disk', detail);
  const trouble = { detail, fix: `Make room on the disk of ${folder}.` };
  if (freeBytes >= NOTHING_BYTES) return warned('disk', trouble);
  return failed('disk', 'store_unwritable', trouble);
}

async function lockCheck(database: string, path: string): Promise<Check> {
  try {
    const isHeld = await isOwned({ database });
    const holder = isHeld ? holderOf(`${path}-owner`) : undefined;
    const process = holder === undefined ? '' : ` (process ${holder})`;
    return passed(
      'lock',
      isHeld ? `A running server${process} owns the file.` : 'No server owns the file.',
    );
  } catch (fault) {
    const trouble = { detail: messageOf(fault), fix: `ls -l ${path}-owner` };
    return failed('lock', codeOf(fault), trouble);
  }
}

/** The process that holds a lock on a file, where the kernel tells (proc_locks(5)). */
function holderOf(path: string): string | undefined {
  try {
    const { ino } = statSync(path);
    const lines = readFileSync('/proc/locks', 'utf8').split('\n');
    const fields = lines.map((line) => line.trim().split(/\s+/));
    return fields.find((line) => line[3] === 'WRITE' && line[5]?.endsWith(`:${ino}`))?.[4];
  } catch {
    return undefined; // Another system than Linux: who it is has to be found otherwise.
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function userName(): string {
  return String(process.getuid?.() ?? '"$USER"');
}
