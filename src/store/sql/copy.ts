import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { StateConflictError } from '../../errors.js';
import type { Database } from '../schema.js';
import { OPEN } from '../standing.js';
import type { SqlEngine } from './engine.js';
import { setStanding, standingIn } from './standing.js';

/** Each database's own: nothing of these is copied. */
type Own = 'keyturn_schema' | 'change_sequence' | 'instances';

/**
 * A table whose rows are copied.
 * @public
 */
export type CopiedTable = Exclude<keyof Database, Own>;

/** By what each table is read in pieces; those that others refer to come first. */
const KEYS: Readonly<Record<CopiedTable, readonly string[]>> = {
  keyspaces: ['id'],
  keyspace_logos: ['keyspace_id'],
  keys: ['id'],
  key_terms: ['term', 'key_id'],
  imported_keys: ['key_id'],
  secrets: ['key_id', 'number'],
  deleted_secrets: ['mark'],
  secret_uses: ['key_id', 'number'],
  owners: ['keyspace_id', 'id'],
  events: ['sequence'],
  chain_heads: ['keyspace_id'],
  personal_values: ['commitment'],
  idempotency_records: ['id'],
  usage_counts: ['key_id', 'secret_number', 'hour_at', 'outcome', 'keyspace_id'],
  usage_batches: ['id'],
  shadow_checks: ['keyspace_id', 'start_at', 'outcome'],
  shadow_disagreements: ['keyspace_id', 'key_id', 'hint', 'label', 'code'],
  setup_links: ['digest'],
  rotations: ['id'],
  consumers: ['key_id', 'secret_number', 'consumer', 'outcome'],
  policies: ['keyspace_id', 'name'],
  destinations: ['id'],
  slots: ['key_id'],
  planning: ['id'],
  channels: ['id'],
  outbox: ['id'],
  people: ['id'],
  identities: ['issuer', 'subject'],
  sessions: ['id'],
  invitations: ['digest'],
  sign_in_tries: ['place'],
};

/**
 * Every table that is copied, in an order that no reference is in the way of.
 * @public
 */
export const COPIED_TABLES: readonly CopiedTable[] = Object.keys(KEYS).filter(isCopied);

/** Rows of a statement: the widest table has 21 columns, and SQLite binds 32 766 values. */
const BATCH_ROWS = 500;

/** A row as both databases write it: numbers, texts and null. */
type Row = Readonly<Record<string, unknown>>;

/**
 * A whole database, row by row, for who moves it. What is filled says by whom: of two who fill it
 * at once, the one that began first is stopped.
 */
export class TableCopy {
  readonly #engine: SqlEngine;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  /** All rows of a table, in pieces. Nothing may be changed meanwhile. */
  async *read(table: CopiedTable): AsyncGenerator<readonly Row[]> {
    const names = KEYS[table];
    const keys = sql.join(names.map((name) => sql.ref(name)));
    for (let last: Row | undefined; ; ) {
      const { rows }: { readonly rows: readonly Row[] } = await sql<Row>`
        select * from ${sql.table(table)}
        where ${isAfter(names, last)}
        order by ${keys}
        limit ${sql.lit(BATCH_ROWS)}`.execute(this.#engine.db);
      if (rows.length > 0) yield rows;
      last = rows.at(-1);
      if (rows.length < BATCH_ROWS) return;
    }
  }

  /** How many rows each table has. */
  counts(): Promise<ReadonlyMap<CopiedTable, number>> {
    return countsIn(this.#engine.db);
  }

  /** Opens, as if new, what was to be filled and has no row. @returns whether it was so. */
  giveUpEmpty(): Promise<boolean> {
    return this.#engine.transaction(async (trx) => {
      const { mode } = await lockSequence(this.#engine, trx);
      if (mode !== 'filling') return false;
      const counts = await countsIn(trx);
      if ([...counts.values()].some((count) => count > 0)) return false;
      await setStanding(trx, OPEN);
      return true;
    });
  }

  /** Begins to fill it, from nothing: what an earlier try has left is taken away. */
  async begin(by: string, nowMs: number): Promise<void> {
    await this.#engine.transaction(async (trx) => {
      await lockSequence(this.#engine, trx);
      await setStanding(trx, { mode: 'filling', detail: by, sinceAt: nowMs });
    });
    for (const table of COPIED_TABLES.toReversed()) {
      while ((await this.#clearSome(table, by)) > 0);
    }
    await this.finish(by, 0);
  }

  /** Adds rows: all of them, or none. @throws {StateConflictError} another fills it now. */
  async write(by: string, table: CopiedTable, rows: readonly Row[]): Promise<void> {
    const names = Object.keys(rows[0] ?? {});
    const columns = sql.join(names.map((name) => sql.ref(name)));
    const values = rows.map((row) => sql`(${sql.join(names.map((name) => row[name]))})`);
    await this.#fill(by, async (trx) => {
      await sql`insert into ${sql.table(table)} (${columns}) values ${sql.join(values)}`.execute(
        trx,
      );
    });
  }

  /** Says up to which change it is filled; 0: not yet. */
  async finish(by: string, sequence: number): Promise<void> {
    await this.#fill(by, async (trx) => {
      await trx
        .updateTable('change_sequence')
        .set({ value: sequence })
        .where('id', '=', 1)
        .execute();
    });
  }

  /** In pieces that no time-out meets. */
  async #clearSome(table: CopiedTable, by: string): Promise<number> {
    const keys = sql.join(KEYS[table].map((name) => sql.ref(name)));
    return this.#fill(by, async (trx) => {
      const { rows } = await sql`
        delete from ${sql.table(table)}
        where (${keys}) in (select ${keys} from ${sql.table(table)} limit ${sql.lit(BATCH_ROWS)})
        returning 1 as gone`.execute(trx);
      return rows.length;
    });
  }

  #fill<T>(by: string, run: (trx: Kysely<Database>) => Promise<T>): Promise<T> {
    return this.#engine.transaction(async (trx) => {
      const { mode, detail } = await lockSequence(this.#engine, trx);
      if (mode === 'filling' && detail === by) return run(trx);
      throw new StateConflictError(
        'Another keyturn move fills this database now, or it was given up. Look with keyturn doctor.',
      );
    });
  }
}

async function countsIn(db: Kysely<Database>): Promise<ReadonlyMap<CopiedTable, number>> {
  const counts = new Map<CopiedTable, number>();
  for (const table of COPIED_TABLES) {
    const { rows } = await sql<{ readonly n: number }>`
      select count(*) as n from ${sql.table(table)}`.execute(db);
    counts.set(table, rows[0]?.n ?? 0);
  }
  return counts;
}

async function lockSequence(engine: SqlEngine, trx: Kysely<Database>) {
  const row = await trx
    .selectFrom('change_sequence')
    .selectAll()
    .where('id', '=', 1)
    .$if(engine.hasRowLocks, (query) => query.forUpdate())
    .executeTakeFirst();
  return standingIn(row);
}

function isAfter(names: readonly string[], last: Row | undefined): RawBuilder<SqlBool> {
  if (last === undefined) return sql`1 = 1`;
  const keys = sql.join(names.map((name) => sql.ref(name)));
  return sql`(${keys}) > (${sql.join(names.map((name) => last[name]))})`;
}

function isCopied(name: string): name is CopiedTable {
  return name in KEYS;
}
