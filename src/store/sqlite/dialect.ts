import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Timers } from '../../ports.js';
import { whenFree } from './connection.js';
import type { SqliteDatabase, SqliteStatement } from './driver.js';
import { sqliteFault } from './faults.js';
import type { Turns } from './turns.js';

/** A busy writer lets other processes have the file after so many transactions … */
const TRANSACTIONS_A_TURN = 4;
/** … for so long. Without it, a second process waited up to 5 s. */
const PAUSE_MS = 1;
/** Statements that are kept prepared: all that a store has, and some of varying length. */
const MAX_PREPARED = 200;

interface DialectOptions {
  readonly database: SqliteDatabase;
  readonly path: string;
  readonly timers: Timers;
  readonly turns: Turns;
}

/** Kysely over a connection of `node:sqlite`, whose transactions take the writer's place first. */
export function sqliteDialect(options: DialectOptions): Dialect {
  return {
    createDriver: () => new ConnectionDriver(options),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** SQLite rolls back schema changes too, so a migration is a transaction, and its own lock. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class ConnectionDriver implements Driver {
  readonly #options: DialectOptions;
  readonly #connection: Connection;
  #transactionCount = 0;

  constructor(options: DialectOptions) {
    this.#options = options;
    this.#connection = new Connection(options);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#options.turns.take();
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    const { database, path, timers } = this.#options;
    this.#transactionCount += 1;
    if (this.#transactionCount % TRANSACTIONS_A_TURN === 0) await timers.sleep(PAUSE_MS);
    await whenFree(timers, path, () => database.exec('begin immediate'));
  }

  async commitTransaction(): Promise<void> {
    const { database, path } = this.#options;
    try {
      database.exec('commit');
    } catch (fault) {
      throw sqliteFault(fault, path);
    }
  }

  async rollbackTransaction(): Promise<void> {
    try {
      this.#options.database.exec('rollback');
    } catch {
      // A full disk ends the transaction by itself; the fault that led here is the one to tell.
    }
  }

  async releaseConnection(): Promise<void> {
    this.#options.turns.give();
  }

  /** The store closes its connections itself: Kysely's own end has no fault of ours. */
  async destroy(): Promise<void> {}
}

class Connection implements DatabaseConnection {
  readonly #database: SqliteDatabase;
  readonly #path: string;
  readonly #timers: Timers;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor({ database, path, timers }: DialectOptions) {
    this.#database = database;
    this.#path = path;
    this.#timers = timers;
  }

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    return whenFree(this.#timers, this.#path, () => {
      const statement = this.#prepare(sql);
      if (countsRows(query)) {
        return { rows: [], numAffectedRows: BigInt(statement.run(...parameters).changes) };
      }
      return { rows: statement.all<R>(...parameters) };
    });
  }

  #prepare(sql: string): SqliteStatement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear();
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }

  /** In one piece: our lists come in pages, and the driver has read them already. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }
}

/** Whether the answer is a number of rows, and not rows. */
function countsRows(query: CompiledQuery['query']): boolean {
  switch (query.kind) {
    case 'InsertQueryNode':
    case 'UpdateQueryNode':
    case 'DeleteQueryNode':
      return query.returning === undefined;
    default:
      return false;
  }
}
