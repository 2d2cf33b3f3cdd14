import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isOwned } from '../upkeep.js';
import { type Check, failed, passed, warned } from './doctor-check.js';
import { codeOf, messageOf } from './fault.js';
import type { Settings } from './settings.js';

const OTHERS = 0o077;
const NAME_ANOTHER = 'Or name another file with --database.';
const LITTLE_BYTES = 100 * 1024 * 1024; // A day of a busy server's audit trail and usage.
const NOTHING_BYTES = 5 * 1024 * 1024; // Below it, the next write may fail.

/** Checks a SQLite file, its folder, its disk and its owner; other databases have none. */
export async function checkFiles({ database }: Settings): Promise<readonly Check[]> {
  if (!database.startsWith('sqlite:')) return [];
  const path = resolve(database.replace(/^sqlite:(?:\/\/)?/, ''));
  const folder = folderCheck(dirname(path));
  if (folder.status === 'fail') return [folder];
  const file = fileCheck(path);
  if (file.code === 'store_unavailable') return [folder, file];
  return [folder, file, await diskCheck(dirname(path)), await lockCheck(database, path)];
}

function folderCheck(folder: string): Check {
  if (!existsSync(folder)) {
    const detail = `${folder} does not exist.`;
    return failed('folder', 'store_unavailable', { detail, fix: `mkdir -p ${folder}` });
  }
  const obstacle = obstacleTo(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  if (obstacle !== undefined) {
    const detail = `${folder} cannot be written: the database keeps its log beside its file.`;
    const fix = rightsFix(folder, { obstacle, rights: 'rwx' });
    return failed('folder', 'store_unwritable', { detail, fix });
  }
  return passed('folder', `${folder} can be written.`);
}

function fileCheck(path: string): Check {
  if (!existsSync(path)) return missingFileCheck(path);
  if (!statSync(path).isFile()) {
    const detail = `${path} is there, and is no file.`;
    return failed('file', 'store_unavailable', {
      detail,
      fix: 'Name another file with --database.',
    });
  }
  const files = [path, `${path}-wal`, `${path}-shm`].filter((file) => existsSync(file));
  for (const file of files) {
    const obstacle = obstacleTo(file, constants.R_OK | constants.W_OK);
    if (obstacle === undefined) continue;
    const detail = `${file} cannot be read and written.`;
    const fix = rightsFix(file, { obstacle, rights: 'rw' });
    return failed('file', 'store_unwritable', { detail, fix });
  }
  const open = files.filter((file) => (statSync(file).mode & OTHERS) !== 0);
  if (open.length > 0 && process.platform !== 'win32') {
    const detail = `Other users may read ${open.join(' and ')}.`;
    return warned('file', { detail, fix: `chmod 600 ${open.join(' ')}` });
  }
  return passed('file', `${path} is yours alone.`);
}

function missingFileCheck(path: string): Check {
  const target = linkTargetOf(path);
  if (target === undefined || existsSync(dirname(target))) {
    return passed('file', `${path} is not there yet: the first command makes it.`);
  }
  const detail = `${path} is a link to ${target}, whose folder does not exist.`;
  return failed('file', 'store_unavailable', { detail, fix: `mkdir -p ${dirname(target)}` });
}

function linkTargetOf(path: string): string | undefined {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? resolve(dirname(path), readlinkSync(path)) : undefined;
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

/** The code of the system's refusal; undefined where it lets this user. */
function obstacleTo(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode);
    return undefined;
  } catch (fault) {
    return fault instanceof Error && 'code' in fault ? String(fault.code) : 'EACCES';
  }
}

interface Refusal {
  readonly obstacle: string;
  /** As chmod names those that are needed. */
  readonly rights: 'rw' | 'rwx';
}

/** What gives this user the rights: each cause has another cure. */
function rightsFix(path: string, { obstacle, rights }: Refusal): string {
  if (obstacle === 'EROFS') {
    return `Its file system is mounted to be read only: mount it to be written. ${NAME_ANOTHER}`;
  }
  const userId = process.getuid?.();
  const { uid, mode } = statSync(path);
  if (userId === undefined) return `Let this user write ${path}.`;
  if (uid !== userId) return `chown ${userId} ${path}`;
  const needed = rights === 'rwx' ? 0o700 : 0o600;
  if ((mode & needed) !== needed) return `chmod u+${rights} ${path}`;
  return `Its mode allows it, and something else does not: lsattr -d ${path}; getfacl ${path}`;
}
