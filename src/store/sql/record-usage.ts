import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.js';
import type { UsageBatch, UsageCount } from '../usage.js';
import { addConsumers } from './consumers.js';
import type { SqlEngine } from './engine.js';
import { addShadow } from './record-shadow.js';
import { requireWritableNow } from './standing.js';

/** Rows a statement: between two, a process with SQLite answers what came in meanwhile. */
const CHUNK_ROWS = 500;

/** Key, secret number, hour, outcome, keyspace, count. */
type CountRow = readonly [string, number, number, string, string, number];
/** Key, secret number, last use. */
type UseRow = readonly [string, number, number];

/** See Store.recordUsage. The batch's id goes in first: a repeat finds it and adds nothing. */
export async function recordUsage(engine: SqlEngine, batch: UsageBatch): Promise<void> {
  const counts = summed(batch.counts);
  const uses = latestUses(batch.counts);
  await engine.transaction(async (trx) => {
    await requireWritableNow(engine, trx);
    const isNew = await trx
      .insertInto('usage_batches')
      .values({ id: batch.id, made_at: batch.at })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (isNew === undefined) return;
    for (const rows of chunksOf(counts)) {
      await addCounts(engine, trx, rows);
      await setImmediate();
    }
    for (const rows of chunksOf(uses)) {
      await moveLastUses(engine, trx, rows);
      await setImmediate();
    }
    if (batch.shadow !== undefined) await addShadow(engine, trx, batch.shadow);
    for (const rows of chunksOf(batch.consumers ?? [])) {
      await addConsumers(engine, trx, rows);
      await setImmediate();
    }
  });
}

/**
 * Only for keys that are still there, or for none: what was counted of a key in the second before it
 * was deleted must not come back. The rows travel as one JSON text: thousands of bound values would
 * cost more than the writing.
 */
async function addCounts(
  engine: SqlEngine,
  trx: Kysely<Database>,
  rows: readonly CountRow[],
): Promise<void> {
  await sql`
    insert into usage_counts (key_id, secret_number, hour_at, outcome, keyspace_id, count)
    select value ->> 0, cast(value ->> 1 as integer), cast(value ->> 2 as bigint),
      value ->> 3, value ->> 4, cast(value ->> 5 as bigint)
    from ${engine.elementsOf(JSON.stringify(rows))}
    where value ->> 0 = '' or exists (select 1 from keys where keys.id = value ->> 0)
    order by place
    on conflict (key_id, secret_number, hour_at, outcome, keyspace_id)
    do update set count = usage_counts.count + excluded.count`.execute(trx);
}

/** Only forward, and only for keys that are still there. */
async function moveLastUses(
  engine: SqlEngine,
  trx: Kysely<Database>,
  rows: readonly UseRow[],
): Promise<void> {
  await sql`
    insert into secret_uses (key_id, number, last_used_at)
    select value ->> 0, cast(value ->> 1 as integer), cast(value ->> 2 as bigint)
    from ${engine.elementsOf(JSON.stringify(rows))}
    where exists (select 1 from keys where keys.id = value ->> 0)
    order by place
    on conflict (key_id, number)
    do update set last_used_at = excluded.last_used_at
    where excluded.last_used_at > secret_uses.last_used_at`.execute(trx);
}

/** One row a place, since PostgreSQL upserts none twice; sorted, so that no two flushes deadlock. */
function summed(counts: readonly UsageCount[]): readonly CountRow[] {
  const rows = new Map<string, CountRow>();
  for (const { keyId, secretNumber, hourAt, outcome, keyspaceId, count } of counts) {
    const id = keyId ?? '';
    const place = `${id} ${secretNumber} ${hourAt} ${outcome} ${keyspaceId}`;
    const sum = count + (rows.get(place)?.[5] ?? 0);
    rows.set(place, [id, secretNumber, hourAt, outcome, keyspaceId, sum]);
  }
  return inOrder(rows);
}

/** Only what was valid is a use. */
function latestUses(counts: readonly UsageCount[]): readonly UseRow[] {
  const rows = new Map<string, UseRow>();
  for (const { keyId, secretNumber, outcome, lastAt } of counts) {
    if (keyId === null || outcome !== 'valid') continue;
    const place = `${keyId} ${secretNumber}`;
    const latest = Math.max(lastAt, rows.get(place)?.[2] ?? 0);
    rows.set(place, [keyId, secretNumber, latest]);
  }
  return inOrder(rows);
}

function inOrder<Row>(rows: ReadonlyMap<string, Row>): readonly Row[] {
  return [...rows].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
}

function* chunksOf<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    yield rows.slice(start, start + CHUNK_ROWS);
  }
}
