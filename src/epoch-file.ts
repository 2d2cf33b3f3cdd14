import { constants } from 'node:fs';
import { access, type FileHandle, open, readFile, readlink, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import {
  type Entry,
  type Epoch,
  entriesIn,
  isDamagedFor,
  isLater,
  keptOf,
  type Line,
  lastOf,
  lastResetOf,
} from './epoch-lines.js';
import { ConfigInvalidError } from './errors.js';
import { oncePerProcess } from './once-per-process.js';

const OWNER_ONLY = 0o600;
const MAX_BYTES = 1024 * 1024; // About 8 000 changes; then only the last of each database is kept.
/** Which files are being shortened: a process may have one open twice. */
const shortening = oncePerProcess('keyturn.epoch-shortening', () => new Set<string>());
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY;

/**
 * Remembers, outside a database and its backups, the last change that was seen in it: so that one
 * that was put back can be told. A line a change, appended and synced before the change is
 * answered: a file that is only ever added to has no half-written state that could be taken for
 * another, and two processes may add to it at once.
 */
export class EpochFile {
  readonly path: string;
  /** One process only may shorten the file: the server. */
  readonly #mayShorten: boolean;
  #known: Epoch | undefined;
  #wanted: Epoch | undefined;
  #writing: Promise<void> | undefined;

  constructor(path: string, { mayShorten }: { readonly mayShorten: boolean }) {
    this.path = path;
    this.#mayShorten = mayShorten;
  }

  /** The last change that was seen in this database; undefined: none ever was. */
  async read(database: string): Promise<Epoch | undefined> {
    const last = lastOf(await this.#entries(), database);
    if (last === undefined) return undefined;
    const { sequence, event, at } = last;
    return { database, sequence, event, at };
  }

  /** Where this database's memory last began anew; undefined: it never did. */
  async lastReset(database: string): Promise<Epoch | undefined> {
    return lastResetOf(await this.#entries(), database);
  }

  /** Whether a later change of this database may have stood where the file is damaged. */
  async isDamaged(database: string): Promise<boolean> {
    return isDamagedFor(await this.#entries(), database);
  }

  /** Whether nobody knows its last change, as the file is damaged, or was and is not accepted. */
  async hasHole(database: string): Promise<boolean> {
    const entries = await this.#entries();
    return isDamagedFor(entries, database) || lastOf(entries, database)?.unknown === true;
  }

  /** Makes it where it is missing. @throws {ConfigInvalidError} nothing could be remembered. */
  async requireWritable(): Promise<void> {
    await (await this.#open()).close();
  }

  /** The same without making it, for who only looks. @throws {ConfigInvalidError} */
  async inspectWritable(): Promise<void> {
    try {
      await access(this.path, constants.R_OK | constants.W_OK).catch(async (fault: unknown) => {
        if (!isMissing(fault)) throw fault;
        const target = await readlink(this.path).catch(() => '');
        const place = resolve(dirname(this.path), target === '' ? this.path : target);
        await access(dirname(place), constants.W_OK | constants.X_OK);
      });
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** Remembers a change. Many at once are one line: the last. @throws the file system's fault. */
  async reach(epoch: Epoch): Promise<void> {
    while (isLater(epoch, this.#known)) {
      // Again, too: what was wanted may have been forgotten meanwhile.
      if (isLater(epoch, this.#wanted)) this.#wanted = epoch;
      this.#writing ??= this.#writeWanted().finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  /** The last change that this process remembered; 0: none. */
  knownOf(database: string): number {
    return this.#known?.database === database ? this.#known.sequence : 0;
  }

  /** What this process remembers counts no more; what stands in the file does. */
  forget(): void {
    this.#known = undefined;
    this.#wanted = undefined;
  }

  /**
   * Forgets every change before this one: what was lost with them is accepted, or the database
   * itself says now that it is unknown.
   */
  async reset(epoch: Epoch, what: 'accepted' | 'unknown' = 'accepted'): Promise<void> {
    const line: Line = { ...epoch, reset: true };
    await this.#append(what === 'unknown' ? { ...line, unknown: true } : line);
    this.#known = epoch;
    this.#wanted = undefined;
  }

  async #writeWanted(): Promise<void> {
    const epoch = this.#wanted;
    if (epoch === undefined) return;
    await this.#append(epoch);
    if (isLater(epoch, this.#known)) this.#known = epoch;
  }

  async #append(line: Line): Promise<void> {
    // A line break first: what a process left unfinished when it was killed stands alone.
    const text = `\n${JSON.stringify(line)}\n`;
    for (;;) {
      const file = await this.#open();
      try {
        await file.appendFile(text);
        await file.sync();
        const { ino, size } = await file.stat();
        // Somebody may have shortened the file meanwhile, and so put another in its place.
        if (!(await this.#isAt(ino))) continue;
        if (this.#mayShorten && size > MAX_BYTES) await this.#shorten();
        return;
      } finally {
        await file.close();
      }
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.path, APPEND, OWNER_ONLY);
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  #unwritable(cause: unknown): ConfigInvalidError {
    return new ConfigInvalidError(
      `The file ${this.path}, which remembers the last change, cannot be written. Make its folder, ` +
        'give this user the right to write both, or name another with --epoch-file.',
      { cause },
    );
  }

  async #isAt(ino: number): Promise<boolean> {
    const file = await open(this.path, constants.O_RDONLY).catch(() => undefined);
    if (file === undefined) return false;
    try {
      return (await file.stat()).ino === ino;
    } finally {
      await file.close();
    }
  }

  async #shorten(): Promise<void> {
    if (shortening.has(this.path)) return;
    shortening.add(this.path);
    await this.#keepLasts().finally(() => shortening.delete(this.path));
  }

  async #keepLasts(): Promise<void> {
    const kept = keptOf(await this.#entries());
    const fresh = `${this.path}-new`;
    const file = await open(fresh, 'w', OWNER_ONLY);
    try {
      await file.writeFile(kept.map((line) => `${line}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.path);
  }

  async #entries(): Promise<readonly Entry[]> {
    const text = await readFile(this.path, 'utf8').catch((cause: unknown) => {
      if (isMissing(cause)) return '';
      throw new ConfigInvalidError(
        `The file ${this.path}, which remembers the last change, cannot be read. Give this user ` +
          'the right to read it.',
        { cause },
      );
    });
    return entriesIn(text);
  }
}

function isMissing(fault: unknown): boolean {
  return isNativeError(fault) && 'code' in fault && fault.code === 'ENOENT';
}
