import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.js';
import {
  type Disagreement,
  type DisagreementPlace,
  fitted,
  MAX_DISAGREEMENTS,
  partsOf,
  placeIdOf,
  type ShadowCount,
  type ShadowTally,
} from '../shadow.js';
import type { SqlEngine } from './engine.js';

type Trx = Kysely<Database>;

/** Adds what a flush brings, within its transaction. */
export async function addShadow(engine: SqlEngine, trx: Trx, tally: ShadowTally): Promise<void> {
  if (tally.counts.length > 0) await addCounts(engine, trx, tally.counts);
  if (tally.disagreements.length > 0) await addDisagreements(engine, trx, tally.disagreements);
}

/** Sorted, so that no two flushes deadlock. */
async function addCounts(
  engine: SqlEngine,
  trx: Trx,
  counts: readonly ShadowCount[],
): Promise<void> {
  const rows = counts
    .map(({ keyspaceId, startAt, outcome, count }) => [keyspaceId, startAt, outcome, count])
    .toSorted((left, right) => (left.join(' ') < right.join(' ') ? -1 : 1));
  await sql`
    insert into shadow_checks (keyspace_id, start_at, outcome, count)
    select value ->> 0, cast(value ->> 1 as bigint), value ->> 2, cast(value ->> 3 as bigint)
    from ${engine.elementsOf(JSON.stringify(rows))}
    order by place
    on conflict (keyspace_id, start_at, outcome)
    do update set count = shadow_checks.count + excluded.count`.execute(trx);
}

/** Two flushes at once may each see room: the bound is passed by what they bring, and no more. */
async function addDisagreements(
  engine: SqlEngine,
  trx: Trx,
  added: readonly Disagreement[],
): Promise<void> {
  const known = await knownOf(engine, trx, added);
  let room = MAX_DISAGREEMENTS - (await rowCountIn(trx));
  const rows = fitted(added, (id) => known.has(id) || room-- > 0).map((row) => [
    ...partsOf(row),
    row.count,
    row.firstAt,
    row.lastAt,
  ]);
  await sql`
    insert into shadow_disagreements
      (keyspace_id, key_id, hint, label, code, count, first_at, last_at)
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
      cast(value ->> 5 as bigint), cast(value ->> 6 as bigint), cast(value ->> 7 as bigint)
    from ${engine.elementsOf(JSON.stringify(rows))}
    order by place
    on conflict (keyspace_id, key_id, hint, label, code)
    do update set count = shadow_disagreements.count + excluded.count,
      first_at = case when excluded.first_at < shadow_disagreements.first_at
        then excluded.first_at else shadow_disagreements.first_at end,
      last_at = case when excluded.last_at > shadow_disagreements.last_at
        then excluded.last_at else shadow_disagreements.last_at end`.execute(trx);
}

async function knownOf(
  engine: SqlEngine,
  trx: Trx,
  places: readonly DisagreementPlace[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<DisagreementPlace>`
    select keyspace_id as "keyspaceId", key_id as "keyId", hint, label, code
    from shadow_disagreements
    join ${engine.elementsOf(JSON.stringify(places.map(partsOf)))}
      on keyspace_id = value ->> 0 and key_id = value ->> 1 and hint = value ->> 2
      and label = value ->> 3 and code = value ->> 4`.execute(trx);
  return new Set(rows.map(placeIdOf));
}

async function rowCountIn(trx: Trx): Promise<number> {
  const row = await trx
    .selectFrom('shadow_disagreements')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}
