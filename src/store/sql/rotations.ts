import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { Digest } from '../../keys/digest.js';
import type { KeyId, RotationId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import type {
  Lease,
  LeasedRotation,
  LeaseQuery,
  RotationCounts,
  RotationFilter,
  RotationRecord,
  RotationStep,
  Sighting,
} from '../rotation.js';
import type { Database } from '../schema.js';
import type { Within } from '../within.js';
import type { SqlEngine } from './engine.js';
import { hasChanged } from './has-changed.js';
import { prepared } from './prepared.js';
import { rotationRecord, rotationRow } from './rotation-rows.js';
import { requireWritableNow } from './standing.js';
import { isWithin } from './within.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;
type Trx = Kysely<Database>;

export async function getRotation(
  { db }: SqlEngine,
  id: RotationId,
  within: Within,
): Promise<RotationRecord | undefined> {
  const row = await db
    .selectFrom('rotations')
    .selectAll()
    .where('id', '=', id)
    .where(isWithin('rotations.keyspace_id', within))
    .executeTakeFirst();
  return row === undefined ? undefined : rotationRecord(row);
}

export async function openRotationOf(
  engine: SqlEngine,
  keyId: KeyId,
): Promise<RotationRecord | undefined> {
  const { rows } = await selectOpen(engine, engine.db, { keyId });
  return rows[0] === undefined ? undefined : rotationRecord(rows[0]);
}

const selectOpen = prepared(({ keyId }: { readonly keyId: KeyId }, { db }) =>
  db
    .selectFrom('rotations')
    .selectAll()
    .where('key_id', '=', keyId)
    .where(sql<SqlBool>`is_open = 1`),
);

export async function findClaim(
  { db }: SqlEngine,
  digest: Digest,
): Promise<RotationRecord | undefined> {
  const row = await db
    .selectFrom('rotations')
    .selectAll()
    .where('claim_digest', '=', digest)
    .executeTakeFirst();
  return row === undefined ? undefined : rotationRecord(row);
}

/** Newest first: ids sort by time. */
export async function listRotations(
  { db }: SqlEngine,
  filter: RotationFilter,
): Promise<readonly RotationRecord[]> {
  const rows = await db
    .selectFrom('rotations')
    .selectAll()
    .where((eb) => eb.and(conditionsOf(filter)))
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .execute();
  return rows.map(rotationRecord);
}

function conditionsOf(filter: RotationFilter): readonly Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'rotations'>();
  const { within, after, keyId, state, isOpen } = filter;
  const conditions: Expression<SqlBool>[] = [isWithin('rotations.keyspace_id', within)];
  if (after !== null) conditions.push(sql<SqlBool>`rotations.id < ${after}`);
  if (keyId !== undefined) conditions.push(eb('key_id', '=', keyId));
  if (state !== undefined) conditions.push(eb('state', '=', state));
  if (isOpen !== undefined) conditions.push(eb('is_open', '=', isOpen ? 1 : 0));
  return conditions;
}

/** See Store.countRotations. The index `rotations_by_step` holds all that it reads. */
export async function countRotations({ db }: SqlEngine): Promise<RotationCounts> {
  const rows = await db
    .selectFrom('rotations')
    .select(['step', 'state'])
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.count<number>('late_at').as('late')])
    .where(sql<SqlBool>`is_open = 1`)
    .groupBy(['step', 'state'])
    .execute();
  const byStep = new Map<RotationStep, number>();
  for (const { step, count } of rows) byStep.set(step, (byStep.get(step) ?? 0) + count);
  const waiting = rows.filter(({ state }) => state === 'needs_operator');
  return {
    byStep,
    needsOperator: waiting.reduce((sum, { count }) => sum + count, 0),
    late: rows.reduce((sum, { late }) => sum + late, 0),
  };
}

/**
 * See Store.leaseRotations. Who comes at the same time passes over what is being taken, and takes
 * the rest.
 */
export async function leaseRotations(
  engine: SqlEngine,
  { owner, id, nowMs, leaseMs, mostMs, limit }: LeaseQuery,
): Promise<readonly LeasedRotation[]> {
  const farMs = nowMs + mostMs;
  const isMeant =
    id === undefined ? sql`(next_at <= ${nowMs} or next_at > ${farMs})` : sql`rotations.id = ${id}`;
  const isFree = sql`(lease_until <= ${nowMs} or lease_until > ${farMs})`;
  const isDue = sql<SqlBool>`is_open = 1 and ${isMeant} and ${isFree}`;
  const due = await engine.db.selectFrom('rotations').select('id').where(isDue).limit(1).execute();
  if (due.length === 0) return []; // Most looks find nothing, and need not write.
  return engine.transaction(async (trx) => {
    await requireWritableNow(engine, trx);
    const taken = trx
      .selectFrom('rotations')
      .select('id')
      .where(isDue)
      .orderBy('next_at')
      .limit(limit)
      .$if(engine.hasRowLocks, (query) => query.forUpdate().skipLocked());
    const rows = await trx
      .updateTable('rotations')
      .set((eb) => ({
        lease_owner: owner,
        lease_until: nowMs + leaseMs,
        fence: eb('fence', '+', 1),
      }))
      .where('id', 'in', taken)
      .returningAll()
      .execute();
    return rows.map((row) => ({
      rotation: rotationRecord(row),
      lease: { owner, fence: row.fence },
    }));
  });
}

/** See Store.recordSightings. */
export async function recordSightings(
  engine: SqlEngine,
  sightings: readonly Sighting[],
): Promise<void> {
  if (sightings.length === 0) return;
  const inOrder = sightings.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  await engine.transaction(async (trx) => {
    await requireWritableNow(engine, trx);
    for (const { lease, ...seen } of inOrder) {
      const held = { ...lease, processMs: engine.processMs() };
      await recordSighting(engine, trx, { ...seen, ...held });
    }
  });
}

const recordSighting = prepared((seen: Omit<Sighting, 'lease'> & Held, engine) => {
  const isUnchanged = sql`version = ${seen.version}`;
  return engine.db
    .updateTable('rotations')
    .set({
      next_at: sql`case when ${isUnchanged} then ${seen.nextAt} else next_at end`,
      evidence: sql`case when ${isUnchanged} then ${seen.evidence} else evidence end`,
      lease_owner: sql`null`,
      lease_until: sql`0`,
    })
    .where('id', '=', seen.id)
    .where(sql<SqlBool>`is_open = 1 and ${isHeld(engine, seen)}`);
});

interface Held extends Lease {
  readonly processMs: number;
}

/** It is held under this lease, by the database's clock: who slept past it changes nothing. */
function isHeld(engine: SqlEngine, { owner, fence, processMs }: Held) {
  return sql<SqlBool>`lease_owner = ${owner} and fence = ${fence}
    and lease_until > ${engine.now(processMs)}`;
}

export async function insertRotations(
  trx: Trx,
  writes: readonly Of<'insert_rotation'>[],
): Promise<undefined> {
  const rows = writes.map(({ rotation, lease }) => {
    const held = { lease_owner: lease?.owner ?? null, lease_until: lease?.untilMs ?? 0 };
    return { ...rotationRow(rotation), ...held, fence: lease?.fence ?? 0 };
  });
  await trx.insertInto('rotations').values(rows).execute();
}

/** Whoever holds it keeps it, unless there is nothing more to do. */
export async function updateRotation(
  engine: SqlEngine,
  trx: Trx,
  { rotation, expectedVersion, lease }: Of<'update_rotation'>,
): Promise<Conflict | undefined> {
  const values = { ...rotationRow(rotation), expectedVersion };
  const result =
    lease === null
      ? await writeFree(engine, trx, values)
      : await writeHeld(engine, trx, { ...values, ...lease, processMs: engine.processMs() });
  return hasChanged(result) ? undefined : 'version';
}

interface Rewritten extends ReturnType<typeof rotationRow> {
  readonly expectedVersion: number;
}

const writeFree = prepared((values: Rewritten, engine) => rewritten(engine, values));

const writeHeld = prepared(({ owner, fence, processMs, ...values }: Rewritten & Held, engine) =>
  rewritten(engine, values).where(isHeld(engine, { owner, fence, processMs })),
);

function rewritten({ db }: SqlEngine, { expectedVersion, ...row }: Rewritten) {
  const { id, key_id, keyspace_id, created_at, ...changes } = row;
  const isOpen = sql`${changes.is_open} = 1`;
  return db
    .updateTable('rotations')
    .set({
      ...changes,
      lease_owner: sql`case when ${isOpen} then lease_owner end`,
      lease_until: sql`case when ${isOpen} then lease_until else 0 end`,
    })
    .where('id', '=', id)
    .where('version', '=', expectedVersion)
    .where(sql<SqlBool>`is_open = 1`); // What is closed stays as it is.
}

/** Its version is another, so that what was seen before does not put the next look off. */
export async function wakeRotation(
  trx: Trx,
  { keyId, nowMs }: Of<'wake_rotation'>,
): Promise<undefined> {
  await trx
    .updateTable('rotations')
    .set((eb) => ({ next_at: nowMs, version: eb('version', '+', 1) }))
    .where('key_id', '=', keyId)
    .where(sql<SqlBool>`is_open = 1`)
    .execute();
}
