import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Pool } from 'pg';
import { StoreUnavailableError } from '../../errors.js';
import type { Digest } from '../../keys/digest.js';
import type { Ports } from '../../ports.js';
import type { FoundSecret } from '../found-secret.js';
import type { Database } from '../schema.js';
import type { SqlEngine } from '../sql/engine.js';
import type { Address } from './address.js';
import { RetryableFault } from './faults.js';
import type { Gate } from './gate.js';
import { HotStatements } from './hot.js';
import { CHANNEL, type Listener } from './listener.js';

/** A deadlock takes PostgreSQL 1 s to see: after so many, something else is wrong. */
const MAX_ATTEMPTS = 5;
const RETRY_PAUSE_MS = 10;

interface EngineOptions {
  readonly address: Address;
  readonly pool: Pool;
  readonly gate: Gate;
  readonly db: Kysely<Database>;
  readonly listener: Listener;
  readonly ports: Pick<Ports, 'clock' | 'timers'>;
}

/** What is PostgreSQL's own. */
export class PostgresEngine implements SqlEngine {
  readonly kind = 'postgres';
  readonly hasRowLocks = true;
  readonly #options: EngineOptions;
  readonly #hot: HotStatements;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#hot = new HotStatements(options);
  }

  get db() {
    return this.#options.db;
  }

  get where() {
    return this.#options.address.where;
  }

  /** A server is asked by its address each time. */
  requireSame(): void {}

  async transaction<T>(run: (trx: Kysely<Database>) => Promise<T>): Promise<T> {
    const { db, ports, address } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await db.transaction().execute(run);
      } catch (fault) {
        if (!(fault instanceof RetryableFault)) throw fault;
        if (attempt === MAX_ATTEMPTS) throw contended(address.where, fault);
        await ports.timers.sleep(RETRY_PAUSE_MS * attempt);
      }
    }
  }

  now(): RawBuilder<number> {
    return sql`cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint)`;
  }

  processMs(): number {
    return this.#options.ports.clock.nowMs();
  }

  hasTag(tag: string): RawBuilder<SqlBool> {
    return sql`cast(keys.tags as jsonb) @> cast(${JSON.stringify([tag])} as jsonb)`;
  }

  elementsOf(json: string): RawBuilder<unknown> {
    return sql`json_array_elements(cast(${json} as json)) with ordinality as elements(value, place)`;
  }

  async notify(trx: Kysely<Database>, sequence: number): Promise<void> {
    await sql`select pg_notify(${CHANNEL}, ${String(sequence)})`.execute(trx);
  }

  /** Its vacuum does so by itself. */
  async forget(): Promise<void> {}

  findByDigest(digest: Digest): Promise<FoundSecret | undefined> {
    return this.#hot.findByDigest(digest);
  }

  /** There is no sign that costs less than the poll itself. */
  mayHaveChanged(): boolean {
    return true;
  }

  onWake(wake: () => void): () => void {
    return this.#options.listener.onWake(wake);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { listener, gate, pool } = this.#options;
    await listener.close();
    await gate.close();
    await pool.end();
  }
}

function contended(where: string, cause: Error): StoreUnavailableError {
  return new StoreUnavailableError(
    `PostgreSQL at ${where} took a change back ${MAX_ATTEMPTS} times, because others were in ` +
      'its way. Try again.',
    { cause },
  );
}
