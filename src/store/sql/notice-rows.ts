import type { Insertable, Selectable } from 'kysely';
import type { ChannelRecord, OutboxRecord } from '../notices.js';
import type { ChannelsTable, OutboxTable } from '../schema-notices.js';

export function channelRow(channel: ChannelRecord): Insertable<ChannelsTable> {
  return {
    id: channel.id,
    keyspace_id: channel.keyspaceId,
    name: channel.name,
    kind: channel.kind,
    settings: channel.settings,
    created_at: channel.createdAt,
    updated_at: channel.updatedAt,
    version: channel.version,
  };
}

export function channelRecord(row: Selectable<ChannelsTable>): ChannelRecord {
  return {
    id: row.id,
    keyspaceId: row.keyspace_id,
    name: row.name,
    kind: row.kind,
    settings: row.settings,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export function outboxRow(notice: OutboxRecord): Insertable<OutboxTable> {
  return {
    id: notice.id,
    keyspace_id: notice.keyspaceId,
    idempotency_key: notice.idempotencyKey,
    recipient: notice.recipient,
    owner_id: notice.ownerId,
    kind: notice.kind,
    notice: notice.notice,
    sealed: notice.sealed,
    state: notice.state,
    try_count: notice.tryCount,
    first_try_at: notice.firstTryAt,
    next_at: notice.nextAt,
    sent_as: notice.sentAs,
    is_digest: Number(notice.isDigest),
    failure_class: notice.failure?.class ?? null,
    failure_message: notice.failure?.message ?? null,
    created_at: notice.createdAt,
    sent_at: notice.sentAt,
    lease_owner: null,
    lease_until: 0,
  };
}

export function outboxRecord(row: Selectable<OutboxTable>): OutboxRecord {
  const { failure_class: of, failure_message: message } = row;
  return {
    id: row.id,
    keyspaceId: row.keyspace_id,
    idempotencyKey: row.idempotency_key,
    recipient: row.recipient,
    ownerId: row.owner_id,
    kind: row.kind,
    notice: row.notice,
    sealed: row.sealed,
    state: row.state,
    tryCount: row.try_count,
    firstTryAt: row.first_try_at,
    nextAt: row.next_at,
    sentAs: row.sent_as,
    isDigest: row.is_digest > 0,
    failure: of === null || message === null ? null : { class: of, message },
    createdAt: row.created_at,
    sentAt: row.sent_at,
  };
}
