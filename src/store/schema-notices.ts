import type { ChannelId, KeyspaceId, NoticeId } from '../keys/id.js';
import type { ChannelRecord, NoticeState } from './notices.js';

export interface ChannelsTable {
  id: ChannelId;
  keyspace_id: KeyspaceId;
  name: string;
  kind: ChannelRecord['kind'];
  settings: string;
  created_at: number;
  updated_at: number;
  version: number;
}

/** Notices that wait to be sent, or were. */
export interface OutboxTable {
  id: NoticeId;
  keyspace_id: KeyspaceId;
  idempotency_key: string;
  recipient: string;
  owner_id: string | null;
  kind: string;
  notice: string;
  sealed: string | null;
  state: NoticeState;
  try_count: number;
  first_try_at: number | null;
  next_at: number | null;
  sent_as: string | null;
  is_digest: number;
  failure_class: string | null;
  failure_message: string | null;
  created_at: number;
  sent_at: number | null;
  lease_owner: string | null;
  lease_until: number;
}
