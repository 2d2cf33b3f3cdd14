import { type Kysely, type Selectable, sql } from 'kysely';
import type { KeyId } from '../../keys/id.js';
import { addedUse, type ConsumerCount, type ConsumerUse } from '../consumers.js';
import type { Database } from '../schema.js';
import type { SqlEngine } from './engine.js';
import { prepared } from './prepared.js';

/** Of one key, those seen last first. */
export async function listConsumers(
  engine: SqlEngine,
  keyId: KeyId,
  limit: number,
): Promise<readonly ConsumerUse[]> {
  const { rows } = await selectLast(engine, engine.db, { keyId, limit });
  return rows.map(consumerUse);
}

const selectLast = prepared(
  ({ keyId, limit }: { readonly keyId: KeyId; readonly limit: number }, { db }) =>
    db
      .selectFrom('consumers')
      .selectAll()
      .where('key_id', '=', keyId)
      .orderBy('last_at', 'desc')
      .orderBy('secret_number')
      .orderBy('consumer')
      .orderBy('outcome')
      .limit(limit),
);

/** All uses of these consumers. */
export async function consumersOf(
  { db }: SqlEngine,
  keyId: KeyId,
  ids: readonly string[],
): Promise<readonly ConsumerUse[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('consumers')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('consumer', 'in', ids)
    .orderBy('secret_number')
    .orderBy('consumer')
    .orderBy('outcome')
    .execute();
  return rows.map(consumerUse);
}

/** A row as the rooms know it. */
export function consumerUse(row: Selectable<Database['consumers']>): ConsumerUse {
  return {
    keyspaceId: row.keyspace_id,
    keyId: row.key_id,
    secretNumber: row.secret_number,
    outcome: row.outcome,
    consumer: {
      id: row.consumer,
      network: row.network,
      clientId: row.client_id,
      label: row.label,
    },
    count: row.count,
    firstAt: row.first_at,
    lastAt: row.last_at,
    longestGapMs: row.longest_gap_ms,
  };
}

/**
 * Adds what was seen, in one statement: the rows travel as one JSON text. Only of keys that are
 * still there.
 */
export async function addConsumers(
  engine: SqlEngine,
  trx: Kysely<Database>,
  counts: readonly ConsumerCount[],
): Promise<void> {
  if (counts.length === 0) return;
  const rows = summed(counts).map((use) => [
    use.keyId,
    use.secretNumber,
    use.consumer.id,
    use.outcome,
    use.keyspaceId,
    use.consumer.network,
    use.consumer.clientId,
    use.consumer.label,
    use.count,
    use.firstAt,
    use.lastAt,
    use.longestGapMs,
  ]);
  await sql`
    insert into consumers (key_id, secret_number, consumer, outcome, keyspace_id, network,
      client_id, label, count, first_at, last_at, longest_gap_ms)
    select value ->> 0, cast(value ->> 1 as integer), value ->> 2, value ->> 3, value ->> 4,
      value ->> 5, value ->> 6, value ->> 7, cast(value ->> 8 as bigint),
      cast(value ->> 9 as bigint), cast(value ->> 10 as bigint), cast(value ->> 11 as bigint)
    from ${engine.elementsOf(JSON.stringify(rows))}
    where exists (select 1 from keys where keys.id = value ->> 0)
    order by place
    on conflict (key_id, secret_number, consumer, outcome)
    do update set
      count = consumers.count + excluded.count,
      longest_gap_ms = case
        when excluded.first_at - consumers.last_at > consumers.longest_gap_ms
          and excluded.first_at - consumers.last_at > excluded.longest_gap_ms
          then excluded.first_at - consumers.last_at
        when excluded.longest_gap_ms > consumers.longest_gap_ms then excluded.longest_gap_ms
        else consumers.longest_gap_ms end,
      first_at = case
        when excluded.first_at < consumers.first_at then excluded.first_at
        else consumers.first_at end,
      last_at = case
        when excluded.last_at > consumers.last_at then excluded.last_at
        else consumers.last_at end`.execute(trx);
}

/** One row a place, since PostgreSQL upserts none twice; sorted, so that no two flushes deadlock. */
function summed(counts: readonly ConsumerCount[]): readonly ConsumerUse[] {
  const uses = new Map<string, ConsumerUse>();
  for (const one of counts) {
    const place = `${one.keyId} ${one.secretNumber} ${one.consumer.id} ${one.outcome}`;
    uses.set(place, addedUse(uses.get(place), one));
  }
  return [...uses].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, use]) => use);
}
