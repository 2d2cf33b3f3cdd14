import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { ConfigInvalidError } from './errors.js';
import { oncePerProcess } from './once-per-process.js';

/** A change that was seen in a database. */
export interface Epoch {
  /** Of which database: the id of its management keyspace, which no other has. */
  readonly database: string;
  readonly sequence: number;
  /** The change's last event. */
  readonly event: string;
  /** When it was made, by the database's clock, in milliseconds UTC. */
  readonly at: number;
}

/** A line of the file. After a `reset` nothing before it counts. */
interface Line extends Epoch {
  readonly reset?: true;
}

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
    return lastOf(await this.#lines(), database);
  }

  /** Remembers a change. Many at once are one line: the last. @throws the file system's fault. */
  async reach(epoch: Epoch): Promise<void> {
    if (!isLater(epoch, this.#known)) return;
    if (isLater(epoch, this.#wanted)) this.#wanted = epoch;
    while (isLater(epoch, this.#known)) {
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

  /** Forgets every change before this one: what was lost with them is accepted. */
  async reset(epoch: Epoch): Promise<void> {
    await this.#append({ ...epoch, reset: true });
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
      throw new ConfigInvalidError(
        `The file ${this.path}, which remembers the last change, cannot be written. Give this ` +
          'user the right to write it and its folder, or name another with --epoch-file.',
        { cause },
      );
    }
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
    const lines = await this.#lines();
    const databases = [...new Set(lines.map(({ database }) => database))];
    const kept = databases.flatMap((database) => lastOf(lines, database) ?? []);
    const fresh = `${this.path}-new`;
    const file = await open(fresh, 'w', OWNER_ONLY);
    try {
      await file.writeFile(kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.path);
  }

  async #lines(): Promise<readonly Line[]> {
    const text = await readFile(this.path, 'utf8').catch((cause: unknown) => {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
      throw new ConfigInvalidError(
        `The file ${this.path}, which remembers the last change, cannot be read. Give this user ` +
          'the right to read it.',
        { cause },
      );
    });
    return text.split('\n').flatMap(lineIn);
  }
}

/** The furthest since the last reset: two processes may have written in another order. */
function lastOf(lines: readonly Line[], database: string): Epoch | undefined {
  let last: Epoch | undefined;
  for (const line of lines) {
    if (line.database !== database) continue;
    if (line.reset === true || isLater(line, last)) last = line;
  }
  if (last === undefined) return undefined;
  const { sequence, event, at } = last;
  return { database, sequence, event, at };
}

function isLater(epoch: Epoch, than: Epoch | undefined): boolean {
  return than === undefined || epoch.database !== than.database || epoch.sequence > than.sequence;
}

/** Nothing for the last line of a process that was killed while it wrote. */
function lineIn(text: string): readonly Line[] {
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? [line] : [];
  } catch {
    return [];
  }
}

function isLine(value: unknown): value is Line {
  if (typeof value !== 'object' || value === null) return false;
  const { database, sequence, event, at }: Partial<Record<keyof Line, unknown>> = value;
  return (
    typeof database === 'string' &&
    typeof event === 'string' &&
    Number.isSafeInteger(sequence) &&
    Number.isSafeInteger(at)
  );
}
