import { type Insertable, type Kysely, sql } from 'kysely';
import type { KeyId } from '../../keys/id.js';
import type { Database, UsageCountsTable } from '../schema.js';
import type { UsageBatch, UsageCount } from '../usage.js';
import type { SqlEngine } from './engine.js';

/** Rows a statement: six values each stay far below what a statement can bind (32 766). */
const CHUNK_ROWS = 500;

type CountRow = Insertable<UsageCountsTable>;
type UseRow = Insertable<Database['secret_uses']>;

/** See Store.recordUsage. The batch's id goes in first: a repeat finds it and adds nothing. */
export async function recordUsage(engine: SqlEngine, batch: UsageBatch): Promise<void> {
  const counts = summed(batch.counts);
  const uses = latestUses(batch.counts);
  await engine.transaction(async (trx) => {
    const isNew = await trx
      .insertInto('usage_batches')
      .values({ id: batch.id, made_at: batch.at })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (isNew === undefined) return;
    for (const rows of chunksOf(counts)) await addCounts(trx, rows);
    for (const rows of chunksOf(uses)) await moveLastUses(trx, rows);
  });
}

async function addCounts(trx: Kysely<Database>, rows: readonly CountRow[]): Promise<void> {
  await trx
    .insertInto('usage_counts')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['key_id', 'secret_number', 'hour_at', 'outcome', 'keyspace_id'])
        .doUpdateSet((eb) => ({ count: eb('usage_counts.count', '+', eb.ref('excluded.count')) })),
    )
    .execute();
}

/** Only forward, and only for keys that are still there. */
async function moveLastUses(trx: Kysely<Database>, rows: readonly UseRow[]): Promise<void> {
  const found = await trx
    .selectFrom('keys')
    .select('id')
    .where(
      'id',
      'in',
      rows.map((row) => row.key_id),
    )
    .execute();
  const ids = new Set(found.map((row) => row.id));
  const kept = rows.filter((row) => ids.has(row.key_id));
  if (kept.length === 0) return;
  await trx
    .insertInto('secret_uses')
    .values(kept)
    .onConflict((conflict) =>
      conflict
        .columns(['key_id', 'number'])
        .doUpdateSet((eb) => ({ last_used_at: eb.ref('excluded.last_used_at') }))
        .where(sql.ref('excluded.last_used_at'), '>', sql.ref('secret_uses.last_used_at')),
    )
    .execute();
}

/** One row a place, since PostgreSQL upserts none twice; sorted, so that no two flushes deadlock. */
function summed(counts: readonly UsageCount[]): readonly CountRow[] {
  const rows = new Map<string, CountRow>();
  for (const { keyId, secretNumber, hourAt, outcome, keyspaceId, count } of counts) {
    const place = `${keyId ?? ''} ${secretNumber} ${hourAt} ${outcome} ${keyspaceId}`;
    rows.set(place, {
      key_id: keyId ?? '',
      secret_number: secretNumber,
      hour_at: hourAt,
      outcome,
      keyspace_id: keyspaceId,
      count: count + (rows.get(place)?.count ?? 0),
    });
  }
  return inOrder(rows);
}

/** Only what was valid is a use. */
function latestUses(counts: readonly UsageCount[]): readonly UseRow[] {
  const rows = new Map<string, UseRow>();
  for (const { keyId, secretNumber, outcome, lastAt } of counts) {
    if (keyId === null || outcome !== 'valid') continue;
    const place = `${keyId} ${secretNumber}`;
    const latest = Math.max(lastAt, rows.get(place)?.last_used_at ?? 0);
    rows.set(place, useRow(keyId, secretNumber, latest));
  }
  return inOrder(rows);
}

function useRow(keyId: KeyId, number: number, lastAt: number): UseRow {
  return { key_id: keyId, number, last_used_at: lastAt };
}

function inOrder<Row>(rows: ReadonlyMap<string, Row>): readonly Row[] {
  return [...rows].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
}

function* chunksOf<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    yield rows.slice(start, start + CHUNK_ROWS);
  }
}
