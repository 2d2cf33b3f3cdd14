import type { ChannelId, InstanceId, KeyId, KeyspaceId, NoticeId } from '../keys/id.js';
import type { PageCut } from './store.js';
import type { Within } from './within.js';

/**
 * Where operators are told. Its settings name a connection of the operator's configuration, or mail
 * addresses, and hold no credential. Times are milliseconds UTC.
 * @public
 */
export interface ChannelRecord {
  readonly id: ChannelId;
  readonly keyspaceId: KeyspaceId;
  /** Of its keyspace, unique. */
  readonly name: string;
  readonly kind: 'mail' | 'slack' | 'webhook';
  /** JSON text, in the words of its kind. */
  readonly settings: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** From 1; each change adds one. */
  readonly version: number;
}

/**
 * `waiting`: to be sent; `sent`: taken by the other side; `dead`: given up, until a person retries.
 */
export type NoticeState = 'waiting' | 'sent' | 'dead';

/**
 * A notice about one key to one recipient, as it waits in the outbox. Times are milliseconds UTC.
 * @public
 */
export interface OutboxRecord {
  readonly id: NoticeId;
  readonly keyspaceId: KeyspaceId;
  /** The same for each repeat of what it tells to whom; unique. */
  readonly idempotencyKey: string;
  /** The name of a channel, or `owner-mail`. */
  readonly recipient: string;
  /** Whose key it is; null: nobody's. */
  readonly ownerId: string | null;
  /** What it tells: `started`, `done` … */
  readonly kind: string;
  /** JSON text. No address, no name of a person, no link. */
  readonly notice: string;
  /** The link of a claim, sealed with a key that is not in the store; erased once it is sent. */
  readonly sealed: string | null;
  readonly state: NoticeState;
  /** How often it was tried. */
  readonly tryCount: number;
  /** When it was tried first, since a person last retried it; null: it was not. */
  readonly firstTryAt: number | null;
  /** When it is tried next; null: never by itself. */
  readonly nextAt: number | null;
  /** The key of what it was sent in, with others perhaps; null: that is not decided. */
  readonly sentAs: string | null;
  /** It was sent in a digest. */
  readonly isDigest: boolean;
  /** Why it was not taken last; null: it was, or was never tried. */
  readonly failure: { readonly class: string; readonly message: string } | null;
  readonly createdAt: number;
  readonly sentAt: number | null;
}

/** Which channels to list, by id. */
export interface ChannelFilter extends PageCut {
  readonly within: Within;
}

/** Which notices to list, the newest first. Absent: any. */
export interface NoticeFilter extends PageCut {
  readonly within: Within;
  readonly state?: NoticeState | undefined;
}

/**
 * What became of notices that were held; those that somebody else holds by now stay as they are.
 * @public
 */
export interface NoticeOutcome
  extends Pick<
    OutboxRecord,
    | 'id'
    | 'state'
    | 'tryCount'
    | 'firstTryAt'
    | 'nextAt'
    | 'sentAs'
    | 'isDigest'
    | 'failure'
    | 'sentAt'
  > {
  /** Held on, for who has yet to send it. */
  readonly isHeldOn: boolean;
}

/**
 * What became of a notice.
 * @public
 */
export type Told = Pick<OutboxRecord, 'state' | 'sentAt'>;

/** What a recipient was sent of late. */
export interface SentRow {
  readonly sentAs: string;
  readonly sentAt: number;
  readonly isDigest: boolean;
}

/**
 * Channels, and the outbox.
 */
export interface NoticeStore {
  getChannel(id: ChannelId, within: Within): Promise<ChannelRecord | undefined>;
  channelNamed(keyspaceId: KeyspaceId, name: string): Promise<ChannelRecord | undefined>;
  listChannels(filter: ChannelFilter): Promise<readonly ChannelRecord[]>;

  getNotice(id: NoticeId, within: Within): Promise<OutboxRecord | undefined>;
  listNotices(filter: NoticeFilter): Promise<readonly OutboxRecord[]>;
  /**
   * Takes notices that are due, and with them what waits for the same recipients and is not on its
   * way, and what is bound to them: people are told of it together. What one that died held is taken over when its lease has
   * lapsed. `dueMs`: by when they are due. `retryMs`, not after it: by when those that were tried
   * before are. `limit`: of what is due. `urgentKinds`: take nothing but these, and what
   * is of an emergency; absent: all.
   */
  leaseNotices(query: {
    readonly owner: InstanceId;
    readonly nowMs: number;
    readonly dueMs: number;
    readonly retryMs: number;
    readonly urgentKinds?: readonly string[] | undefined;
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<readonly OutboxRecord[]>;
  /** `told`: what is to be told of it, in the same transaction; what was told already is not. */
  settleNotices(
    owner: InstanceId,
    outcomes: readonly NoticeOutcome[],
    told?: readonly OutboxRecord[],
  ): Promise<void>;
  /** What is to be told and is no change of anything; what was told already is passed over. */
  insertNotices(notices: readonly OutboxRecord[]): Promise<void>;
  /** Since then, one row for each thing that was sent. */
  sentSince(to: {
    readonly keyspaceId: KeyspaceId;
    readonly recipient: string;
    readonly ownerId: string | null;
    readonly sinceMs: number;
    readonly limit: number;
  }): Promise<readonly SentRow[]>;
  /** What became of notices so far, by idempotency key; of what was never told or is forgotten, none. */
  tellingsOf(idempotencyKeys: readonly string[]): Promise<ReadonlyMap<string, Told>>;
  /** Hashes of the networks from which each key was accepted; nobody used one that is absent. */
  networksOf(keyIds: readonly KeyId[]): Promise<ReadonlyMap<KeyId, ReadonlySet<string>>>;
}

/**
 * How long what was sent is kept, for who asks whether somebody was told.
 */
export const SENT_MEMORY_MS = 30 * 24 * 3_600_000;

/**
 * Whoever was warned that a key is unused: how long that is kept. Longer than the longest grace, of a
 * year, with the runway after a change of its policy.
 */
export const WARNING_MEMORY_MS = 400 * 24 * 3_600_000;

/**
 * The kind of notice that the end of a key is reckoned from.
 */
export const WARNING_KIND = 'unused';

/**
 * In the text of a notice that is of an emergency.
 */
export const EMERGENCY_FIELD = '"isEmergency":true';

/**
 * What is taken beside what is due, at most: the rest of a flood is told of later.
 */
export const MAX_COMPANIONS = 5_000;
