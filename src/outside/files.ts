import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { access, type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { isNativeError } from 'node:util/types';
import { bestHold, type Folder, type Hold, openFolder } from './folder.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY, W_OK } = constants;

const MAX_SIZE_BYTES = 1_048_576; // Configuration is small; what is larger is something else.
const MAX_NAMES = 10_000; // Of one folder, looked through for what a crash has left.
const SUFFIX_LENGTH = 16; // Nobody guesses the name of a temporary file.
const END = '.tmp';
const PERMISSIONS = 0o7777n;

/**
 * Why a file could not be read or replaced. The message names no path and no content:
 * `is a symbolic link`.
 * - `missing`: the file or its folder is not there.
 * - `forbidden`: this user may not, or it is no plain file of its own inside the roots.
 * - `busy`: another try may do better.
 * @public
 */
export interface FileFault {
  readonly kind: 'failed';
  readonly reason: 'missing' | 'forbidden' | 'busy';
  readonly message: string;
}

/** `version` changes whenever the file does; it tells nothing of what is in it. */
type FileReading =
  | { readonly kind: 'read'; readonly content: Buffer; readonly version: string }
  | FileFault;

/**
 * One file inside the roots.
 * @public
 */
export interface OutsideFile {
  /** Whether it could be replaced, by its rights and its folder's; changes nothing. */
  probe(): Promise<{ readonly kind: 'ready' } | FileFault>;
  /** All of it, 1 MiB at the most. */
  read(): Promise<FileReading>;
  /**
   * Puts another file in its place, with its mode and owner, if it is still the `version` that was
   * read. Whoever has the file open, or reads it meanwhile, sees the old one whole or the new one.
   */
  replace(
    version: string,
    content: Uint8Array,
  ): Promise<{ readonly kind: 'replaced' } | { readonly kind: 'changed' } | FileFault>;
  /** Removes the temporary files that a crash has left beside it. */
  sweep(): Promise<{ readonly kind: 'swept' } | FileFault>;
}

/**
 * The file system, below the roots.
 * @public
 */
export interface Files {
  /** A file by its absolute path; undefined outside the roots. Whether it is there is told later. */
  file(path: string): OutsideFile | undefined;
}

/**
 * The machine's files below these folders, absolute paths all. A root is the operator's own word
 * and may be a symbolic link; below it none is followed.
 * @public
 */
export function systemFiles(
  roots: readonly string[],
  { hold = bestHold() }: { readonly hold?: Hold } = {},
): Files {
  const queue = queueByPath();
  return {
    file(path) {
      const place = placeOf(path, roots);
      if (place === undefined) return undefined;
      const within = <Answer>(act: (at: Within) => Promise<Answer>) =>
        queue(path, () => faultless(inFolder({ ...place, hold }, act)));
      return {
        probe: () => within(probe),
        read: () => within(read),
        replace: (version, content) => within((at) => replace(at, version, content)),
        sweep: () => within(sweep),
      };
    },
  };
}

interface Place {
  readonly root: string;
  readonly folders: readonly string[];
  readonly name: string;
}

/** A file by its name in a folder that is held. */
interface Within {
  readonly folder: Folder;
  readonly name: string;
}

function placeOf(path: string, roots: readonly string[]): Place | undefined {
  if (!isAbsolute(path) || resolve(path) !== path || path.includes('\0')) return undefined;
  for (const root of roots) {
    const names = relative(resolve(root), path).split(sep);
    const name = names.at(-1) ?? '';
    if (name === '' || names[0] === '..' || !isAbsolute(root)) continue;
    return { root: resolve(root), folders: names.slice(0, -1), name };
  }
  return undefined;
}

async function inFolder<Answer>(
  { root, folders, name, hold }: Place & { readonly hold: Hold },
  act: (at: Within) => Promise<Answer>,
): Promise<Answer> {
  // Windows has no such flag, and an open there would follow the link.
  if (!O_NOFOLLOW) throw new Unfit('forbidden', 'lies on a system without O_NOFOLLOW');
  const folder = await openFolder(root, folders, hold);
  try {
    if (!(await folder.isInPlace())) throw new Unfit('busy', 'lies in a folder that is moved');
    return await act({ folder, name });
  } finally {
    await folder.close();
  }
}

async function probe(at: Within): Promise<{ readonly kind: 'ready' }> {
  const handle = await openPlain(at);
  try {
    requireKeepable(await handle.stat({ bigint: true }));
    await access(at.folder.at('.'), W_OK);
    return { kind: 'ready' };
  } finally {
    await handle.close();
  }
}

async function read(at: Within): Promise<FileReading> {
  const handle = await openPlain(at);
  try {
    const stats = await handle.stat({ bigint: true });
    // One byte more tells a file that grew since.
    const content = Buffer.alloc(Math.min(Number(stats.size), MAX_SIZE_BYTES) + 1);
    let size = 0;
    for (let count = -1; count !== 0 && size < content.length; size += count) {
      count = (await handle.read(content, size, content.length - size, size)).bytesRead;
    }
    if (size > MAX_SIZE_BYTES) throw new Unfit('forbidden', 'is larger than 1 MiB');
    if (size !== Number(stats.size)) throw new Unfit('busy', 'is being written by another program');
    return { kind: 'read', content: content.subarray(0, size), version: versionOf(stats) };
  } finally {
    await handle.close();
  }
}

async function replace(
  at: Within,
  version: string,
  content: Uint8Array,
): Promise<{ readonly kind: 'replaced' | 'changed' }> {
  const { folder, name } = at;
  const before = await lstat(folder.at(name), { bigint: true });
  requirePlain(before);
  if (versionOf(before) !== version) return { kind: 'changed' };
  const suffix = randomBytes(SUFFIX_LENGTH / 2).toString('hex');
  const temporary = folder.at(temporaryName(name, suffix));
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await fill(handle, before, content);
    // A name that became a symbolic link meanwhile has another version, and is not followed below.
    const now = await lstat(folder.at(name), { bigint: true });
    if (versionOf(now) !== version || !(await folder.isInPlace())) return { kind: 'changed' };
    await rename(temporary, folder.at(name));
    await folder.sync();
    return { kind: 'replaced' };
  } finally {
    await handle.close();
    await unlink(temporary).catch(() => undefined); // It is gone already where it was renamed.
  }
}

/** The owner comes first: giving a file away takes set-user-id bits off. */
async function fill(handle: FileHandle, like: BigIntStats, content: Uint8Array): Promise<void> {
  const own = await handle.stat({ bigint: true });
  if (own.uid !== like.uid || own.gid !== like.gid) {
    requireKeepable(like);
    await handle.chown(Number(like.uid), Number(like.gid));
  }
  await handle.chmod(Number(like.mode & PERMISSIONS));
  await handle.writeFile(content);
  await handle.sync();
}

async function sweep({ folder, name }: Within): Promise<{ readonly kind: 'swept' }> {
  for (const other of await folder.names(MAX_NAMES)) {
    if (other === temporaryName(name, other.slice(-SUFFIX_LENGTH - END.length, -END.length))) {
      await unlink(folder.at(other)).catch(() => undefined); // Another run was first.
    }
  }
  return { kind: 'swept' };
}

function temporaryName(name: string, suffix: string): string {
  return `.${name}.keyturn-${suffix}${END}`;
}

/** O_NONBLOCK: a named pipe would hold up whoever opens it. */
async function openPlain({ folder, name }: Within): Promise<FileHandle> {
  const handle = await open(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    requirePlain(await handle.stat({ bigint: true }));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function requirePlain(stats: BigIntStats): void {
  if (!stats.isFile()) throw new Unfit('forbidden', 'is no plain file');
  // A rename would leave the old secret under the other name.
  if (stats.nlink > 1n) throw new Unfit('forbidden', 'has a second name (a hard link)');
}

function requireKeepable({ uid, gid }: BigIntStats): void {
  const own = process.geteuid?.() ?? 0;
  if (own === 0) return;
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])];
  if (Number(uid) === own && groups.includes(Number(gid))) return;
  throw new Unfit('forbidden', `belongs to ${uid}:${gid}, which this user (${own}) cannot keep`);
}

/** Who, which, how long, and when it was last touched, in nanoseconds. */
function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

class Unfit extends Error {
  readonly reason: FileFault['reason'];
  constructor(reason: FileFault['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

async function faultless<Answer>(work: Promise<Answer>): Promise<Answer | FileFault> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Unfit)
      return { kind: 'failed', reason: error.reason, message: error.message };
    const code = isNativeError(error) && 'code' in error ? String(error.code) : 'unknown';
    const [reason, message] = SAID_BY_SYSTEM[code] ?? ['busy', `gave the system's error ${code}`];
    return { kind: 'failed', reason, message };
  }
}

const SAID_BY_SYSTEM: Readonly<Record<string, readonly [FileFault['reason'], string]>> = {
  ENOENT: ['missing', 'is not there, or its folder is not'],
  EACCES: ['forbidden', 'may not be read or replaced by this user'],
  EPERM: ['forbidden', 'may not be read or replaced by this user'],
  EROFS: ['forbidden', 'lies on a read-only file system'],
  EBUSY: ['forbidden', 'is mounted by itself: mount its folder instead'],
  ELOOP: ['forbidden', 'is a symbolic link'],
  ENOTDIR: ['forbidden', 'has a symbolic link or a file among its folders'],
  ENXIO: ['forbidden', 'is no plain file'],
  ENAMETOOLONG: ['forbidden', 'has too long a name'],
};

/** One at a time for each path: two that replace the same file would lose the change of one. */
function queueByPath() {
  const last = new Map<string, Promise<unknown>>();
  return <Answer>(path: string, work: () => Promise<Answer>): Promise<Answer> => {
    const mine = (last.get(path) ?? Promise.resolve()).then(work);
    last.set(path, mine);
    const forget = () => {
      if (last.get(path) === mine) last.delete(path);
    };
    mine.then(forget, forget);
    return mine;
  };
}
