import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { endsConnection, postgresFault } from './faults.js';
import type { Gate } from './gate.js';

interface DialectOptions {
  readonly pool: Pool;
  readonly gate: Gate;
  /** For messages. */
  readonly where: string;
}

/** Kysely over a pool, with PostgreSQL's faults in our words. */
export function postgresDialect(options: DialectOptions): Dialect {
  return {
    createDriver: () => new PoolDriver(options),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  };
}

/** Its own, because a broken connection must not go back to the pool, nor end the process. */
class PoolDriver implements Driver {
  readonly #options: DialectOptions;

  constructor(options: DialectOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<PooledConnection> {
    const { pool, gate, where } = this.#options;
    gate.enter();
    try {
      return new PooledConnection(await pool.connect(), where);
    } catch (fault) {
      gate.leave();
      throw postgresFault(fault, where);
    }
  }

  async beginTransaction(connection: PooledConnection): Promise<void> {
    await connection.run('begin');
  }

  async commitTransaction(connection: PooledConnection): Promise<void> {
    await connection.run('commit');
  }

  async rollbackTransaction(connection: PooledConnection): Promise<void> {
    if (connection.isBroken) return; // The server rolls back what has lost its connection.
    await connection.run('rollback');
  }

  async releaseConnection(connection: PooledConnection): Promise<void> {
    connection.release();
    this.#options.gate.leave();
  }

  /** The store ends the pool itself: not all that uses it is Kysely. */
  async destroy(): Promise<void> {}
}

class PooledConnection implements DatabaseConnection {
  readonly #client: PoolClient;
  readonly #where: string;
  #isBroken = false;

  constructor(client: PoolClient, where: string) {
    this.#client = client;
    this.#where = where;
    client.on('error', this.#markBroken); // Nobody else listens while it is out of the pool.
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.run(sql, parameters);
    const countsRows = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE';
    return countsRows ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows };
  }

  /** In one piece: our lists come in pages. */
  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }

  async run(sql: string, parameters: readonly unknown[] = []) {
    try {
      return await this.#client.query(sql, [...parameters]);
    } catch (cause) {
      const fault = postgresFault(cause, this.#where);
      if (endsConnection(fault)) this.#markBroken();
      throw fault;
    }
  }

  release(): void {
    this.#client.off('error', this.#markBroken);
    this.#client.release(this.#isBroken);
  }

  readonly #markBroken = (): void => {
    this.#isBroken = true;
  };
}
