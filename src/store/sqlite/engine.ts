import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Digest } from '../../keys/digest.js';
import type { Ports } from '../../ports.js';
import type { FoundSecret } from '../found-secret.js';
import type { Database } from '../schema.js';
import type { SqlEngine } from '../sql/engine.js';
import type { SqliteDatabase } from './driver.js';
import { sqliteFault } from './faults.js';
import { fileAt, replacedFault } from './files.js';
import { HotStatements } from './hot.js';
import { layoutIn, type MainFile } from './main-file.js';
import type { Turns } from './turns.js';

interface Connected {
  readonly database: SqliteDatabase;
  readonly db: Kysely<Database>;
  readonly turns: Turns;
}

interface EngineOptions {
  readonly path: string;
  readonly givenPath: string;
  /** Which file was opened. */
  readonly file: string | undefined;
  /** Undefined: nobody writes it. */
  readonly mainFile?: MainFile | undefined;
  readonly ports: Pick<Ports, 'clock'>;
  /** Changes go through the one, reads through the other: none sees a row before its commit. */
  readonly writer: Connected;
  readonly reader: Connected;
  /** Ends this server's right to the file. */
  readonly letGo: () => void;
}

/** What is SQLite's own. Its clock is the machine's: a file has none. */
export class SqliteEngine implements SqlEngine {
  readonly kind = 'sqlite';
  readonly hasRowLocks = false;
  readonly #options: EngineOptions;
  readonly #hot: HotStatements;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#hot = new HotStatements(options.reader.database, options.path);
  }

  get db() {
    return this.#options.reader.db;
  }

  get where() {
    return `sqlite:${this.#options.path}`;
  }

  requireSame(): void {
    const { givenPath, file, mainFile } = this.#options;
    if (fileAt(givenPath) !== file) throw replacedFault(givenPath);
    mainFile?.requireKept(() => this.#layout());
  }

  #layout(): number {
    const { reader, path } = this.#options;
    try {
      return layoutIn(reader.database);
    } catch (fault) {
      throw sqliteFault(fault, path);
    }
  }

  async transaction<T>(run: (trx: Kysely<Database>) => Promise<T>): Promise<T> {
    this.requireSame();
    return this.#options.writer.db.transaction().execute(run);
  }

  now(processMs = this.processMs()): RawBuilder<number> {
    return sql`${processMs}`;
  }

  processMs(): number {
    return this.#options.ports.clock.nowMs();
  }

  hasTag(tag: string): RawBuilder<SqlBool> {
    return sql`exists (select 1 from json_each(keys.tags) where value = ${tag})`;
  }

  elementsOf(json: string): RawBuilder<unknown> {
    return sql`(select value, key as place from json_each(${json}))`;
  }

  /** Other processes see the change by `pragma data_version`. */
  async notify(): Promise<void> {}

  /** The log still has the pages as they were. */
  async forget(): Promise<void> {
    const { database, turns } = this.#options.writer;
    await turns.take();
    emptyLog(database);
    turns.give();
  }

  findByDigest(digest: Digest): FoundSecret | undefined {
    return this.#hot.findByDigest(digest);
  }

  mayHaveChanged(): boolean {
    this.requireSame();
    return this.#hot.mayHaveChanged();
  }

  onWake(): () => void {
    return () => undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { writer, reader, letGo } = this.#options;
    await writer.turns.take(); // Whoever is in a transaction finishes it first.
    emptyLog(writer.database);
    reader.database.close();
    writer.database.close();
    letGo();
    writer.turns.give(); // Who waits now hears that the store was closed.
  }
}

/**
 * Leaves everything in the database file itself, so that a copy of it is whole. Node's own SQLite
 * does so by closing; @photostructure/sqlite only when its statements have been collected.
 */
function emptyLog(database: SqliteDatabase): void {
  try {
    database.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // The disk may be full or read-only by now. The log is part of the database: nothing is lost.
  }
}
