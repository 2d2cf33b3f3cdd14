import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  type Disagreement,
  NO_OUTCOMES,
  partsOf,
  type ShadowOutcome,
  type ShadowQuery,
  type ShadowReading,
} from '../shadow.js';
import type { SqlEngine } from './engine.js';
import { isWithin } from './within.js';

interface OutcomeRow {
  readonly outcome: ShadowOutcome;
  readonly count: number;
  readonly start_at: number;
}

/** See Store.comparisons. */
export async function comparisons({ db }: SqlEngine, query: ShadowQuery): Promise<ShadowReading> {
  const { within, sinceMs, limit, after } = query;
  const summed = await sql<OutcomeRow>`
    select outcome, cast(sum(count) as bigint) as count, min(start_at) as start_at
    from shadow_checks
    where ${isWithin('shadow_checks.keyspace_id', within)} and start_at >= ${sinceMs}
    group by outcome`.execute(db);
  const outcomes = { ...NO_OUTCOMES };
  for (const { outcome, count } of summed.rows) outcomes[outcome] = count;
  const isMet = sql<SqlBool>`${isWithin('shadow_disagreements.keyspace_id', within)}
    and last_at >= ${sinceMs}`;
  const counted = await sql<{ readonly count: number }>`
    select cast(count(*) as bigint) as count from shadow_disagreements where ${isMet}`.execute(db);
  const { rows } = await sql<Disagreement>`
    select keyspace_id as "keyspaceId", key_id as "keyId", hint, label, code, count,
      first_at as "firstAt", last_at as "lastAt"
    from shadow_disagreements
    where ${isMet} and ${isAfter(after)}
    order by keyspace_id, key_id, hint, label, code
    limit ${limit}`.execute(db);
  const starts = summed.rows.map((row) => row.start_at);
  return {
    outcomes,
    startAt: starts.length === 0 ? null : Math.min(...starts),
    rowCount: counted.rows[0]?.count ?? 0,
    rows,
  };
}

function isAfter(after: ShadowQuery['after']): RawBuilder<SqlBool> {
  if (after === null) return sql`1 = 1`;
  return sql`(keyspace_id, key_id, hint, label, code) > (${sql.join(partsOf(after))})`;
}
