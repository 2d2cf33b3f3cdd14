import { type Kysely, type SqlBool, sql } from 'kysely';
import type { DestinationId, EventId, KeyId } from '../../keys/id.js';
import type {
  AutomationStore,
  DestinationFilter,
  DestinationRecord,
  Planning,
  RecordedWarning,
  Reviewing,
  SlotRow,
} from '../automation.js';
import type { Conflict, Write } from '../change.js';
import type { Database } from '../schema.js';
import type { Within } from '../within.js';
import {
  destinationRecord,
  destinationRow,
  jobsIn,
  NOT_PLANNED,
  slotRecord,
  slotRow,
} from './automation-rows.js';
import type { SqlEngine } from './engine.js';
import { hasChanged } from './has-changed.js';
import { requireWritableNow } from './standing.js';
import { isWithin } from './within.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;
type Trx = Kysely<Database>;

// The ids of what is kept of how far it is.
const PLANNING = 1;
const REVIEWING = 2;

/** Both databases' part of `Store.automation`. */
export class SqlAutomation implements AutomationStore {
  readonly #engine: SqlEngine;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  async getDestination(id: DestinationId, within: Within) {
    const row = await this.#engine.db
      .selectFrom('destinations')
      .selectAll()
      .where('id', '=', id)
      .where(isWithin('destinations.keyspace_id', within))
      .executeTakeFirst();
    return row === undefined ? undefined : destinationRecord(row);
  }

  async listDestinations({ within, keyId, after, limit }: DestinationFilter) {
    let query = this.#engine.db
      .selectFrom('destinations')
      .selectAll()
      .where(isWithin('destinations.keyspace_id', within));
    if (keyId !== undefined) query = query.where('key_id', '=', keyId);
    if (after !== null) query = query.where(sql<SqlBool>`id > ${after}`);
    const rows = await query.orderBy('id').limit(limit).execute();
    return rows.map(destinationRecord);
  }

  async destinationsOf(keyId: KeyId): Promise<readonly DestinationRecord[]> {
    const rows = await this.#engine.db
      .selectFrom('destinations')
      .selectAll()
      .where('key_id', '=', keyId)
      .orderBy('position')
      .orderBy('id')
      .execute();
    return rows.map(destinationRecord);
  }

  async dueSlots(nowMs: number, limit: number): Promise<readonly SlotRow[]> {
    const rows = await this.#engine.db
      .selectFrom('slots')
      .selectAll()
      .where('start_at', '<=', nowMs)
      .orderBy('start_at')
      .orderBy('key_id')
      .limit(limit)
      .execute();
    return rows.map(slotRecord);
  }

  async slotsOf(keyIds: readonly KeyId[]): Promise<readonly SlotRow[]> {
    if (keyIds.length === 0) return [];
    const { db } = this.#engine;
    const rows = await db.selectFrom('slots').selectAll().where('key_id', 'in', keyIds).execute();
    return rows.map(slotRecord);
  }

  async usedDueTimes(
    keyIds: readonly KeyId[],
    untilMs: number,
  ): Promise<ReadonlyMap<KeyId, number>> {
    if (keyIds.length === 0) return new Map();
    const rows = await this.#engine.db
      .selectFrom('rotations')
      .select(({ fn }) => ['key_id', fn.max('due_at').as('due_at')])
      .where('key_id', 'in', keyIds)
      .where('due_at', 'is not', null)
      .where((eb) => eb.or([eb('due_at', '<=', untilMs), eb('created_at', '<=', untilMs)]))
      .groupBy('key_id')
      .execute();
    return new Map(rows.map(({ key_id, due_at }) => [key_id, Number(due_at)]));
  }

  async planning(): Promise<Planning> {
    return this.#progressOf(PLANNING);
  }

  async savePlanning({
    slots,
    without,
    before,
    after,
  }: Parameters<AutomationStore['savePlanning']>[0]): Promise<boolean> {
    return this.#engine.transaction(async (trx) => {
      await requireWritableNow(this.#engine, trx);
      if (!(await isTaken(trx, PLANNING, { before, after }))) return false;
      if (without.length > 0) {
        await trx.deleteFrom('slots').where('key_id', 'in', without).execute();
      }
      await putSlots(trx, slots);
      return true;
    });
  }

  async reviewing(): Promise<Reviewing> {
    const { sequence: startedAt, jobs } = await this.#progressOf(REVIEWING);
    return { startedAt, jobs };
  }

  async saveReviewing({
    before,
    after,
  }: Parameters<AutomationStore['saveReviewing']>[0]): Promise<boolean> {
    return this.#engine.transaction(async (trx) => {
      await requireWritableNow(this.#engine, trx);
      const change = { before: progressIn(before), after: progressIn(after) };
      return isTaken(trx, REVIEWING, change);
    });
  }

  async recordedAt(ids: readonly EventId[]): Promise<ReadonlyMap<EventId, number>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#engine.db
      .selectFrom('events')
      .select(['id', 'occurred_at'])
      .where('id', 'in', ids)
      .execute();
    return new Map(rows.map(({ id, occurred_at: at }) => [id, at]));
  }

  /** By the index on the subjects of events: a key has few events. */
  async warningsOf(keyIds: readonly KeyId[]) {
    const warnings = new Map<KeyId, readonly RecordedWarning[]>();
    if (keyIds.length === 0) return warnings;
    const ranked = this.#engine.db
      .selectFrom('events')
      .select([
        'id',
        'occurred_at',
        'subject_id',
        sql<number>`row_number() over (partition by subject_id order by sequence desc)`.as('rank'),
      ])
      .where('subject_id', 'in', keyIds)
      .where('type', '=', 'key.unused')
      .as('ranked');
    const rows = await this.#engine.db
      .selectFrom(ranked)
      .select(['id', 'occurred_at', 'subject_id', 'rank'])
      .where('rank', '<=', 2)
      .orderBy('rank')
      .execute();
    const known = new Map(keyIds.map((keyId) => [String(keyId), keyId]));
    for (const { id, occurred_at: recordedAt, subject_id } of rows) {
      const keyId = known.get(subject_id);
      if (keyId === undefined) continue;
      warnings.set(keyId, [...(warnings.get(keyId) ?? []), { id, recordedAt }]);
    }
    return warnings;
  }

  async #progressOf(id: number): Promise<Planning> {
    const row = await this.#engine.db
      .selectFrom('planning')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? NOT_PLANNED : { sequence: row.sequence, jobs: jobsIn(row.jobs) };
  }
}

function progressIn({ startedAt, jobs }: Reviewing): Planning {
  return { sequence: startedAt, jobs };
}

/** Of two who plan at once, the later one finds that it is too late. */
async function isTaken(
  trx: Trx,
  id: number,
  { before, after }: { readonly before: Planning; readonly after: Planning },
): Promise<boolean> {
  const row = { id, sequence: after.sequence, jobs: JSON.stringify(after.jobs) };
  await trx
    .insertInto('planning')
    .values({ id, sequence: NOT_PLANNED.sequence, jobs: '[]' })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const result = await trx
    .updateTable('planning')
    .set(row)
    .where('id', '=', id)
    .where('sequence', '=', before.sequence)
    .where('jobs', '=', JSON.stringify(before.jobs))
    .executeTakeFirst();
  return hasChanged(result);
}

/** Of keys that are still there. */
async function putSlots(trx: Trx, slots: readonly SlotRow[]): Promise<void> {
  if (slots.length === 0) return;
  const ids = slots.map(({ keyId }) => keyId);
  const there = await trx.selectFrom('keys').select('id').where('id', 'in', ids).execute();
  const known = new Set(there.map(({ id }) => id));
  const rows = slots.filter(({ keyId }) => known.has(keyId)).map(slotRow);
  if (rows.length === 0) return;
  await trx
    .insertInto('slots')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('key_id').doUpdateSet((eb) => ({
        due_at: eb.ref('excluded.due_at'),
        start_at: eb.ref('excluded.start_at'),
      })),
    )
    .execute();
}

/** Makes or changes a destination of a key that is there. */
export async function putDestination(
  trx: Trx,
  { destination, expectedVersion }: Of<'put_destination'>,
): Promise<Conflict | undefined> {
  const row = destinationRow(destination);
  const { id, key_id, keyspace_id, created_at, ...changes } = row;
  const taken = await trx
    .selectFrom('destinations')
    .select('id')
    .where('key_id', '=', key_id)
    .where('name', '=', row.name)
    .where('id', '<>', id)
    .executeTakeFirst();
  if (taken !== undefined) return 'exists';
  if (expectedVersion === 0) {
    const inserted = await trx
      .insertInto('destinations')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    return inserted === undefined ? 'exists' : undefined;
  }
  const result = await trx
    .updateTable('destinations')
    .set(changes)
    .where('id', '=', id)
    .where('keyspace_id', '=', keyspace_id)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return hasChanged(result) ? undefined : 'version';
}

export async function deleteDestination(
  trx: Trx,
  { destination, expectedVersion }: Of<'delete_destination'>,
): Promise<Conflict | undefined> {
  const result = await trx
    .deleteFrom('destinations')
    .where('id', '=', destination.id)
    .where('keyspace_id', '=', destination.keyspaceId)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return result.numDeletedRows > 0n ? undefined : 'version';
}
