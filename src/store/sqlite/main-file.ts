import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type StoreCorruptError, StoreUnavailableError } from '../../errors.js';
import type { SqliteDatabase } from './driver.js';
import { overwrittenFault } from './files.js';
import type { Target } from './open.js';

/** What the file itself says, without the log beside it. Neither ever becomes less. */
interface Position {
  /** The last change that was brought over from the log. */
  readonly head: number;
  /** https://sqlite.org/pragma.html#pragma_schema_version: a copy by `vacuum` counts one more. */
  readonly layout: number;
}

/**
 * Sees that another file was written over an open one. SQLite does not: it asks the log alone
 * whether anything has changed, and goes on with pages of both. Only checkpoints may write the file,
 * and those bring it forwards.
 */
export class MainFile {
  readonly #target: Pick<Target, 'driver' | 'path'>;
  #stamp: string;
  #position: Position | undefined;
  #fault: StoreCorruptError | undefined;

  constructor(target: Pick<Target, 'driver' | 'path'>) {
    this.#target = target;
    this.#stamp = stampOf(target.path);
    try {
      this.#position = this.#read();
    } catch {
      // Node.js before 22.15 takes no URI, and so cannot leave the log out: nothing is watched.
      this.#position = undefined;
    }
  }

  /**
   * @param layoutOf what SQLite takes the file's layout to be, with the log.
   * @throws {StoreCorruptError} another file was written over it, now or before.
   * @throws {StoreUnavailableError} it cannot be told yet: it is being written.
   */
  requireKept(layoutOf: () => number): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#position === undefined) return;
    const stamp = stampOf(this.#target.path);
    if (stamp === this.#stamp) return;
    const found = this.#found();
    if (isLess(found, this.#position) || found.layout > layoutOf()) {
      this.#fault = overwrittenFault(this.#target.path);
      throw this.#fault;
    }
    this.#position = found;
    this.#stamp = stamp;
  }

  #found(): Position {
    try {
      return this.#read();
    } catch (cause) {
      const text = `The database ${this.#target.path} cannot be read. Try again in a moment.`;
      throw new StoreUnavailableError(text, { cause });
    }
  }

  /** By SQLite, not by the file system: whoever closes a file drops this process's locks on it. */
  #read(): Position {
    const { driver, path } = this.#target;
    const url = `${pathToFileURL(path).href}?immutable=1`; // https://sqlite.org/uri.html: no log.
    const database = new driver.DatabaseSync(url, { readOnly: true });
    try {
      return { head: headIn(database), layout: layoutIn(database) };
    } finally {
      database.close();
    }
  }
}

/** The layout that a connection goes by. */
export function layoutIn(database: SqliteDatabase): number {
  const row = database.prepare('pragma schema_version').get<{ readonly schema_version: number }>();
  return row?.schema_version ?? 0;
}

/** All of a new database is in the log: its file has no tables yet. */
function headIn(database: SqliteDatabase): number {
  const isThere = database
    .prepare("select 1 as found from sqlite_master where name = 'change_sequence'")
    .get<{ readonly found: number }>();
  if (isThere === undefined) return 0;
  const row = database
    .prepare('select value from change_sequence where id = 1')
    .get<{ readonly value: number }>();
  return row?.value ?? 0;
}

function isLess(found: Position, before: Position): boolean {
  return found.head < before.head || found.layout < before.layout;
}

/** Differs after every write: also after one that gave the file its old size and time back. */
function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? '' : `${found.ctimeNs}:${found.mtimeNs}:${found.size}`;
}
