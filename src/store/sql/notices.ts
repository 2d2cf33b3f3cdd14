import { type Kysely, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { ChannelId, InstanceId, KeyId, KeyspaceId, NoticeId } from '../../keys/id.js';
import {
  type ChannelFilter,
  EMERGENCY_FIELD,
  MAX_COMPANIONS,
  type NoticeFilter,
  type NoticeOutcome,
  type NoticeStore,
  type OutboxRecord,
  type SentRow,
  type Told,
} from '../notices.js';
import type { Database } from '../schema.js';
import type { OutboxTable } from '../schema-notices.js';
import type { Within } from '../within.js';
import type { SqlEngine } from './engine.js';
import { channelRecord, outboxRecord } from './notice-rows.js';
import { insertNotices } from './notice-writes.js';
import { requireWritableNow } from './standing.js';
import { isWithin } from './within.js';

/** A statement binds no more values than any of the databases takes. */
const MAX_NAMED = 500;

type Trx = Kysely<Database>;

/** Both databases' part of `Store.notices`. */
export class SqlNotices implements NoticeStore {
  readonly #engine: SqlEngine;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  async getChannel(id: ChannelId, within: Within) {
    const row = await this.#engine.db
      .selectFrom('channels')
      .selectAll()
      .where('id', '=', id)
      .where(isWithin('channels.keyspace_id', within))
      .executeTakeFirst();
    return row === undefined ? undefined : channelRecord(row);
  }

  async channelNamed(keyspaceId: KeyspaceId, name: string) {
    const row = await this.#engine.db
      .selectFrom('channels')
      .selectAll()
      .where('keyspace_id', '=', keyspaceId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined ? undefined : channelRecord(row);
  }

  async listChannels({ within, after, limit }: ChannelFilter) {
    let query = this.#engine.db
      .selectFrom('channels')
      .selectAll()
      .where(isWithin('channels.keyspace_id', within));
    if (after !== null) query = query.where(sql<SqlBool>`id > ${after}`);
    const rows = await query.orderBy('id').limit(limit).execute();
    return rows.map(channelRecord);
  }

  async getNotice(id: NoticeId, within: Within) {
    const row = await this.#engine.db
      .selectFrom('outbox')
      .selectAll()
      .where('id', '=', id)
      .where(isWithin('outbox.keyspace_id', within))
      .executeTakeFirst();
    return row === undefined ? undefined : outboxRecord(row);
  }

  async listNotices({ within, state, after, limit }: NoticeFilter) {
    let query = this.#engine.db
      .selectFrom('outbox')
      .selectAll()
      .where(isWithin('outbox.keyspace_id', within));
    // In the words of the index `outbox_dead`: by a value that is bound it could not be used.
    if (state === 'dead') query = query.where(sql<SqlBool>`state = 'dead'`);
    else if (state !== undefined) query = query.where('state', '=', state);
    if (after !== null) query = query.where(sql<SqlBool>`id < ${after}`);
    const rows = await query.orderBy('id', 'desc').limit(limit).execute();
    return rows.map(outboxRecord);
  }

  async leaseNotices({
    owner,
    nowMs,
    dueMs,
    retryMs,
    urgentKinds,
    leaseMs,
    limit,
  }: Parameters<NoticeStore['leaseNotices']>[0]): Promise<readonly OutboxRecord[]> {
    const isMeant = isUrgent(urgentKinds);
    const isDue = sql<SqlBool>`${isMeant} and state = 'waiting' and next_at <= ${dueMs}
      and (try_count = 0 or next_at <= ${retryMs}) and lease_until <= ${nowMs}`;
    const { db, hasRowLocks } = this.#engine;
    const due = await db.selectFrom('outbox').select('id').where(isDue).limit(1).execute();
    if (due.length === 0) return []; // Most looks find nothing, and need not write.
    return this.#engine.transaction(async (trx) => {
      await requireWritableNow(this.#engine, trx);
      const taken = trx
        .selectFrom('outbox')
        .select('id')
        .where(isDue)
        .orderBy('next_at')
        .orderBy('id')
        .limit(limit)
        .$if(hasRowLocks, (query) => query.forUpdate().skipLocked());
      const lease = { lease_owner: owner, lease_until: nowMs + leaseMs };
      const rows = await trx
        .updateTable('outbox')
        .set(lease)
        .where('id', 'in', taken)
        .returningAll()
        .execute();
      const more = await companionsOf(trx, rows, { nowMs, lease, hasRowLocks, isMeant });
      const records = [...rows, ...more].map(outboxRecord);
      return records.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    });
  }

  async settleNotices(
    owner: InstanceId,
    outcomes: readonly NoticeOutcome[],
    told: readonly OutboxRecord[] = [],
  ): Promise<void> {
    if (outcomes.length === 0) return;
    const inOrder = outcomes.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    await this.#engine.transaction(async (trx) => {
      await requireWritableNow(this.#engine, trx);
      for (const outcome of inOrder) await settle(trx, owner, outcome);
      await insertNotices(trx, [{ kind: 'insert_notices', notices: told }]);
    });
  }

  async insertNotices(notices: readonly OutboxRecord[]): Promise<void> {
    if (notices.length === 0) return;
    await this.#engine.transaction(async (trx) => {
      await requireWritableNow(this.#engine, trx);
      await insertNotices(trx, [{ kind: 'insert_notices', notices }]);
    });
  }

  async sentSince({
    keyspaceId,
    recipient,
    ownerId,
    sinceMs,
    limit,
  }: Parameters<NoticeStore['sentSince']>[0]): Promise<readonly SentRow[]> {
    const rows = await this.#engine.db
      .selectFrom('outbox')
      .select(({ fn }) => [
        'sent_as',
        fn.max('sent_at').as('sent_at'),
        fn.max('is_digest').as('is_digest'),
      ])
      .where('keyspace_id', '=', keyspaceId)
      .where('recipient', '=', recipient)
      .where('owner_id', 'is not distinct from', ownerId)
      .where('sent_at', '>', sinceMs)
      .groupBy('sent_as')
      .orderBy('sent_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      sentAs: row.sent_as ?? '',
      sentAt: Number(row.sent_at),
      isDigest: Number(row.is_digest) > 0,
    }));
  }

  /** By the unique index on the idempotency keys. */
  async tellingsOf(idempotencyKeys: readonly string[]) {
    const tellings = new Map<string, Told>();
    for (let from = 0; from < idempotencyKeys.length; from += MAX_NAMED) {
      const rows = await this.#engine.db
        .selectFrom('outbox')
        .select(['idempotency_key', 'state', 'sent_at'])
        .where('idempotency_key', 'in', idempotencyKeys.slice(from, from + MAX_NAMED))
        .execute();
      for (const { idempotency_key: key, state, sent_at: sentAt } of rows) {
        tellings.set(key, { state, sentAt: sentAt === null ? null : Number(sentAt) });
      }
    }
    return tellings;
  }

  /** By the primary key of the consumers: it begins with the key. */
  async networksOf(keyIds: readonly KeyId[]) {
    const networks = new Map<KeyId, Set<string>>();
    if (keyIds.length === 0) return networks;
    const rows = await this.#engine.db
      .selectFrom('consumers')
      .select(['key_id', 'network'])
      .distinct()
      .where('key_id', 'in', keyIds)
      .where('outcome', '=', 'valid')
      .execute();
    for (const { key_id: keyId, network } of rows) {
      const known = networks.get(keyId) ?? new Set();
      networks.set(keyId, network === null ? known : known.add(network));
    }
    return networks;
  }
}

interface Leasing {
  readonly nowMs: number;
  readonly lease: { readonly lease_owner: InstanceId; readonly lease_until: number };
  readonly hasRowLocks: boolean;
  readonly isMeant: RawBuilder<SqlBool>;
}

/** In a JSON text no name can look like a field: its quotes are escaped. */
function isUrgent(kinds: readonly string[] | undefined): RawBuilder<SqlBool> {
  if (kinds === undefined) return sql<SqlBool>`1 = 1`;
  const isEmergency = sql<SqlBool>`notice like ${`%${EMERGENCY_FIELD}%`}`;
  if (kinds.length === 0) return isEmergency;
  return sql<SqlBool>`(kind in (${sql.join(kinds)}) or ${isEmergency})`;
}

/** What waits for who is told by these rows and is not on its way, and what is bound to them. */
async function companionsOf(
  trx: Trx,
  rows: readonly Selectable<OutboxTable>[],
  { nowMs, lease, hasRowLocks, isMeant }: Leasing,
): Promise<readonly Selectable<OutboxTable>[]> {
  const owners = [...new Set(rows.map(({ owner_id }) => owner_id).filter((id) => id !== null))];
  const ofChannels = rows.filter(({ owner_id }) => owner_id === null);
  const channels = [...new Set(ofChannels.map(({ recipient }) => recipient))];
  const keyspaces = [...new Set(rows.map(({ keyspace_id }) => keyspace_id))];
  const bound = [...new Set(rows.map(({ sent_as }) => sent_as).filter((name) => name !== null))];
  if (rows.length === 0) return [];
  const ids = trx
    .selectFrom('outbox')
    .select('id')
    .where(isMeant)
    .where(sql<SqlBool>`state = 'waiting' and lease_until <= ${nowMs}`)
    .where('keyspace_id', 'in', keyspaces)
    .where(({ eb, and, or }) => {
      const isOfOwner = owners.length === 0 ? [] : [eb('owner_id', 'in', owners)];
      const isOfChannel =
        channels.length === 0
          ? []
          : [and([eb('owner_id', 'is', null), eb('recipient', 'in', channels)])];
      const isAlike = and([eb('sent_as', 'is', null), or([...isOfOwner, ...isOfChannel])]);
      return bound.length === 0 ? isAlike : or([isAlike, eb('sent_as', 'in', bound)]);
    })
    .orderBy('id')
    .limit(MAX_COMPANIONS)
    .$if(hasRowLocks, (query) => query.forUpdate().skipLocked());
  return trx.updateTable('outbox').set(lease).where('id', 'in', ids).returningAll().execute();
}

async function settle(
  trx: Trx,
  owner: InstanceId,
  { id, isHeldOn, ...outcome }: NoticeOutcome,
): Promise<void> {
  await trx
    .updateTable('outbox')
    .set({
      state: outcome.state,
      try_count: outcome.tryCount,
      first_try_at: outcome.firstTryAt,
      next_at: outcome.nextAt,
      sent_as: outcome.sentAs,
      is_digest: Number(outcome.isDigest),
      failure_class: outcome.failure?.class ?? null,
      failure_message: outcome.failure?.message ?? null,
      sent_at: outcome.sentAt,
      ...(outcome.state === 'sent' && { sealed: null }),
      ...(!isHeldOn && { lease_owner: null, lease_until: 0 }),
    })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .where('lease_owner', '=', owner)
    .execute();
}
