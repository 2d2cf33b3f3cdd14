import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { KeyId, KeyspaceId } from '../../keys/id.js';
import { BUCKET_MS, onlyKeyspaceOf, type UsageQuery, type UsageRow } from '../usage.js';
import type { SqlEngine } from './engine.js';
import { isWithin } from './within.js';

/** One outcome of one bucket, as the database sums it. */
interface OutcomeRow {
  readonly start_at: number;
  readonly key_id: KeyId | '';
  readonly secret_number: number;
  readonly keyspace_id: KeyspaceId | '';
  readonly outcome: string;
  readonly count: number;
  /** Which bucket of the page, from 1. */
  readonly place: number;
}

/** See Store.usage. The database sums and cuts the page; outcomes are folded here. */
export async function usage({ db }: SqlEngine, query: UsageQuery): Promise<readonly UsageRow[]> {
  const { startAt, keyId, secretNumber, keyspaceId } = placeOf(query);
  const { after, limit } = query;
  const isLater: RawBuilder<SqlBool> =
    after === null
      ? sql`1 = 1`
      : sql`(start_at, key_id, secret_number, keyspace_id)
          > (${after.startAt}, ${after.keyId}, ${after.secret}, ${after.keyspaceId})`;
  // Ranked by bucket, since a page is cut between buckets and never inside one.
  const { rows } = await sql<OutcomeRow>`
    with placed as (
      select ${startAt} as start_at, ${keyId} as key_id, ${secretNumber} as secret_number,
        ${keyspaceId} as keyspace_id, outcome, count
      from usage_counts
      where ${sql.join(conditionsOf(query), sql` and `)}
    ), summed as (
      select start_at, key_id, secret_number, keyspace_id, outcome,
        cast(sum(count) as bigint) as count
      from placed
      where ${isLater}
      group by start_at, key_id, secret_number, keyspace_id, outcome
    ), ranked as (
      select summed.*,
        dense_rank() over (order by start_at, key_id, secret_number, keyspace_id) as place
      from summed
    )
    select * from ranked where place <= ${limit} order by place, outcome`.execute(db);
  return folded(rows, query);
}

interface Place {
  readonly startAt: RawBuilder<number>;
  readonly keyId: RawBuilder<string>;
  readonly secretNumber: RawBuilder<number>;
  readonly keyspaceId: RawBuilder<string>;
}

/** What tells one bucket from the next. */
function placeOf(query: UsageQuery): Place {
  const { per, by } = query;
  const isTotal = by === 'total';
  return {
    startAt: sql`hour_at - hour_at % ${sql.lit(BUCKET_MS[per])}`,
    keyId: isTotal ? sql`cast('' as text)` : sql`key_id`,
    secretNumber: by === 'secret' ? sql`secret_number` : sql`0`,
    keyspaceId: isTotal ? sql`cast(${onlyKeyspaceOf(query) ?? ''} as text)` : sql`keyspace_id`,
  };
}

function conditionsOf(query: UsageQuery): readonly RawBuilder<SqlBool>[] {
  const { within, keyId, owner, fromMs, toMs } = query;
  const conditions = [
    isWithin('usage_counts.keyspace_id', within),
    sql<SqlBool>`hour_at >= ${fromMs}`,
    sql<SqlBool>`hour_at < ${toMs}`,
  ];
  if (keyId !== undefined) conditions.push(sql`key_id = ${keyId}`);
  if (owner !== undefined) {
    conditions.push(sql`key_id in (select id from keys where owner = ${owner})`);
  }
  return conditions;
}

function folded(rows: readonly OutcomeRow[], query: UsageQuery): readonly UsageRow[] {
  const buckets = new Map<number, UsageRow & { readonly outcomes: Record<string, number> }>();
  for (const row of rows) {
    const bucket = buckets.get(row.place) ?? { ...emptyRow(row, query), outcomes: {} };
    bucket.outcomes[row.outcome] = row.count;
    buckets.set(row.place, bucket);
  }
  return [...buckets.values()];
}

function emptyRow(row: OutcomeRow, { by }: UsageQuery): Omit<UsageRow, 'outcomes'> {
  const keyId = row.key_id === '' ? null : row.key_id;
  return {
    startAt: row.start_at,
    keyspaceId: row.keyspace_id === '' ? null : row.keyspace_id,
    keyId,
    secretNumber: by === 'secret' && keyId !== null ? row.secret_number : null,
  };
}
