import { chownSync, existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseInUseError, StoreCorruptError, StoreUnavailableError } from '../../errors.js';
import { formatTime } from '../../keys/duration.js';
import type { StoreOptions } from '../open.js';
import { sync, writeCopy } from './backup.js';
import { connect, whenFree } from './connection.js';
import type { SqliteDatabase } from './driver.js';
import { isBlank, pathOf, realPathOf, requireContent } from './files.js';
import { isOwnedNow, ownDatabase } from './lock.js';
import { openReadOnly, type Target, targetOf } from './open.js';

/** Of what a restored file takes the place; the rest of the name is when. */
const ASIDE = '.before-restore-';
const LOGS = ['-wal', '-shm'];
/** A list that is being read ends soon: about 5 s in all. */
const READER_ATTEMPTS = 50;
const READER_PAUSE_MS = 100;

/** What takes a database's place, and what has to be written down of that. */
interface Replacing {
  readonly file: string;
  readonly aside: string;
  readonly undertake: () => Promise<void>;
  readonly takeBack: () => Promise<void>;
}

/**
 * Puts a backup in the place of a database. What was there stays beside it, under another name.
 * At every moment one of the two, whole, has the database's name.
 * @param aside what it is called then: see `asideOf`.
 * @param undertake done when nothing but the exchange is left to do; `takeBack`, where that fails
 * and has begun nothing. No other restore is under way meanwhile.
 * @returns where the file before it is now; null: there was none.
 * @throws {DatabaseInUseError} a server has the database open.
 * @public
 */
export async function replaceSqlite(
  options: StoreOptions,
  { file, aside, undertake, takeBack }: Replacing,
): Promise<string | null> {
  const target = await targetOf(options.url, options.ports);
  const backup = realPathOf(pathOf(`sqlite:${file}`));
  requireContent(backup);
  if (isOwnedNow(target)) throw inUse(target.path);
  const letGo = await ownDatabase(target);
  const staged = `${target.path}-restore`;
  try {
    stage({ ...target, path: backup }, staged);
    giveTo(staged, target.path);
    await undertake();
    const isAside = await swap(target, { staged, aside }).catch(async (fault: unknown) => {
      if (!isBegun(aside)) await takeBack();
      throw fault;
    });
    sync(dirname(target.path));
    return isAside ? aside : null;
  } finally {
    rmSync(staged, { force: true });
    letGo();
  }
}

/**
 * What a file is called that a restore puts aside now.
 * @public
 */
export function asideOf({ url, ports }: StoreOptions): string {
  return `${realPathOf(pathOf(url))}${ASIDE}${stampOf(ports.clock.nowMs())}`;
}

function isBegun(aside: string): boolean {
  return ['', ...LOGS].some((end) => existsSync(`${aside}${end}`));
}

/** Beside the database, so that it takes its place in one step. */
function stage(backup: Target, staged: string): void {
  const database = openReadOnly(backup);
  try {
    writeCopy(database, staged);
  } finally {
    database.close();
  }
}

/** @returns whether there was anything to put aside. */
async function swap(
  target: Target,
  { staged, aside }: { readonly staged: string; readonly aside: string },
): Promise<boolean> {
  const { path } = target;
  if (isBlank(path)) {
    renameSync(staged, path);
    return false;
  }
  try {
    await whileNobodyWrites(target, () => {
      // All of it is in the file; a log that stayed would be taken for that of the next one.
      for (const end of LOGS) rmSync(`${path}${end}`, { force: true });
      putInPlace(staged, { path, aside });
    });
  } catch (fault) {
    if (!(fault instanceof StoreCorruptError)) throw fault;
    // What is damaged is put aside as it lies there, with its log.
    for (const end of LOGS) {
      if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${aside}${end}`);
    }
    putInPlace(staged, { path, aside });
  }
  return true;
}

/** The file gets a second name first; its own, the other file takes in one step. */
function putInPlace(
  staged: string,
  { path, aside }: { readonly path: string; readonly aside: string },
): void {
  linkSync(path, aside);
  renameSync(staged, path);
}

/** A tool that has the file open can commit nothing meanwhile, and finds it replaced after. */
async function whileNobodyWrites(target: Target, run: () => void): Promise<void> {
  const { driver, path, ports } = target;
  const holder = await connect(driver, path, ports.timers);
  const other = await connect(driver, path, ports.timers);
  try {
    await whenFree(ports.timers, path, () => holder.exec('begin immediate'));
    for (let attempt = 1; !isAllInFile(other); attempt += 1) {
      if (attempt === READER_ATTEMPTS) throw inUseByReader(path);
      await ports.timers.sleep(READER_PAUSE_MS);
    }
    run();
  } finally {
    // SQLite sees that the file has moved, and leaves the log of the next one alone.
    other.close();
    holder.close();
  }
}

/** https://sqlite.org/pragma.html#pragma_wal_checkpoint: pages in the log, and those brought over. */
function isAllInFile(database: SqliteDatabase): boolean {
  const row = database
    .prepare('pragma wal_checkpoint(passive)')
    .get<{ readonly log: number; readonly checkpointed: number }>();
  return row !== undefined && row.log === row.checkpointed;
}

/** Root may restore; the server that runs as another user still has to open the file. */
function giveTo(staged: string, path: string): void {
  const before = statSync(path, { throwIfNoEntry: false });
  if (before === undefined || process.getuid?.() !== 0) return;
  chownSync(staged, before.uid, before.gid);
}

/** `20261126T051000123`: sorts by time. */
function stampOf(nowMs: number): string {
  return formatTime(nowMs).replace(/[-:.Z]/g, '');
}

function inUse(path: string): DatabaseInUseError {
  return new DatabaseInUseError(
    `A Keyturn server has the database ${path} open. Stop it, restore, and start it again.`,
  );
}

function inUseByReader(path: string): StoreUnavailableError {
  return new StoreUnavailableError(
    `Another program reads the database ${path} and does not end. See which one has it open ` +
      '(lsof), then try again.',
  );
}
