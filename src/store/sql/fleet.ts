import type { InstanceId } from '../../keys/id.js';
import { CONSUMER_MEMORY_MS } from '../consumers.js';
import { SENT_MEMORY_MS, WARNING_KIND, WARNING_MEMORY_MS } from '../notices.js';
import { SHADOW_MEMORY_MS } from '../shadow.js';
import type { FeedChange, FeedPage, InstanceRow } from '../store.js';
import type { SqlEngine } from './engine.js';
import { sweepPeople } from './people-writes.js';
import { requireReadable, schemaColumns } from './schema-guard.js';
import { requireWritableNow, standingIn } from './standing.js';

// No instance repeats a flush a day later: it has long been stopped, or its batch has been taken.
const BATCH_MEMORY_MS = 24 * 60 * 60_000;
// One that was killed says no goodbye; its last word is kept for a week, for who looks into it.
const INSTANCE_MEMORY_MS = 7 * 24 * 60 * 60_000;

/**
 * See Store.changesSince. Head, changes and clock come from one statement: a change that is not
 * in the page cannot be before its head. The schema's state comes with them.
 * @throws {SchemaNewerError} and its like: the database is no longer one of this program's.
 */
export async function changesSince(
  engine: SqlEngine,
  sequence: number,
  limit: number,
): Promise<FeedPage> {
  engine.requireSame();
  const rows = await engine.db
    .selectFrom('change_sequence')
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('events')
          .select(['sequence', 'keyspace_id', 'subject_kind', 'subject_id'])
          .where('sequence', '>', sequence)
          .orderBy('sequence')
          .limit(limit + 1)
          .as('later'),
      (join) => join.onTrue(),
    )
    .selectAll('change_sequence') // The mode, too, where the schema has it already.
    .select(['later.sequence', 'keyspace_id', 'subject_kind', 'subject_id'])
    .select([engine.now().as('database_ms'), ...schemaColumns])
    // By its key: of a table without statistics PostgreSQL expects 2 040 rows, and then compiles
    // the plan, 600 ms for a statement of one (explain analyze, 15.19).
    .where('change_sequence.id', '=', 1)
    .orderBy('later.sequence')
    .execute();
  const [first] = rows;
  requireReadable(first, engine.where);
  const changes = rows.flatMap((row) => changeOf(row) ?? []);
  const isTruncated = changes.length > limit;
  return {
    head: first?.value ?? 0,
    changes: isTruncated ? [] : changes,
    isTruncated,
    databaseMs: first?.database_ms ?? 0,
    standing: standingIn(first),
  };
}

interface LaterRow {
  readonly sequence: FeedChange['sequence'] | null;
  readonly keyspace_id: FeedChange['keyspaceId'] | null;
  readonly subject_kind: FeedChange['subjectKind'] | null;
  readonly subject_id: FeedChange['subjectId'] | null;
}

/** Nothing for the empty right side of the join. */
function changeOf(row: LaterRow): FeedChange | undefined {
  const { sequence, keyspace_id: keyspaceId, subject_kind: subjectKind } = row;
  const { subject_id: subjectId } = row;
  if (sequence === null || keyspaceId === null) return undefined;
  if (subjectKind === null || subjectId === null) return undefined;
  return { sequence, keyspaceId, subjectKind, subjectId };
}

export async function heartbeat(
  engine: SqlEngine,
  { id, confirmedSequence, flushedUntil }: Omit<InstanceRow, 'seenAt'>,
): Promise<void> {
  const row = {
    seen_at: engine.now(),
    confirmed_sequence: confirmedSequence,
    flushed_until: flushedUntil,
  };
  await engine.transaction(async (trx) => {
    await trx
      .insertInto('instances')
      .values({ id, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  });
}

export async function goodbye(engine: SqlEngine, id: InstanceId): Promise<void> {
  await engine.transaction(async (trx) => {
    await trx.deleteFrom('instances').where('id', '=', id).execute();
  });
}

export async function listInstances({ db }: SqlEngine): Promise<readonly InstanceRow[]> {
  return db
    .selectFrom('instances')
    .select('id')
    .select(['seen_at as seenAt', 'confirmed_sequence as confirmedSequence'])
    .select('flushed_until as flushedUntil')
    .orderBy('id')
    .execute();
}

/** Drops what nobody will ask for again. */
export async function sweep(engine: SqlEngine, nowMs: number): Promise<void> {
  await engine.transaction(async (trx) => {
    await requireWritableNow(engine, trx);
    await trx.deleteFrom('idempotency_records').where('expires_at', '<=', nowMs).execute();
    await trx.deleteFrom('setup_links').where('expires_at', '<=', nowMs).execute();
    await sweepPeople(trx, nowMs);
    await trx
      .deleteFrom('usage_batches')
      .where('made_at', '<=', nowMs - BATCH_MEMORY_MS)
      .execute();
    const shadowEndedAt = nowMs - SHADOW_MEMORY_MS;
    await trx.deleteFrom('shadow_checks').where('start_at', '<=', shadowEndedAt).execute();
    await trx.deleteFrom('shadow_disagreements').where('last_at', '<=', shadowEndedAt).execute();
    await trx
      .deleteFrom('consumers')
      .where('last_at', '<=', nowMs - CONSUMER_MEMORY_MS)
      .where(({ not, exists, selectFrom }) => {
        // Of these a rotation has yet to decide who has moved.
        const open = selectFrom('rotations').select('id').where('is_open', '=', 1);
        return not(exists(open.whereRef('rotations.key_id', '=', 'consumers.key_id')));
      })
      .execute();
    await trx
      .deleteFrom('outbox')
      .where('sent_at', '<=', nowMs - SENT_MEMORY_MS)
      .where(({ eb, or }) => {
        const isForgotten = eb('sent_at', '<=', nowMs - WARNING_MEMORY_MS);
        return or([eb('kind', '<>', WARNING_KIND), isForgotten]);
      })
      .execute();
    await trx
      .deleteFrom('instances')
      .where('seen_at', '<=', nowMs - INSTANCE_MEMORY_MS)
      .execute();
  });
}
