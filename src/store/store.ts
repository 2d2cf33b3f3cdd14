import type { ChainHead } from '../audit/chain.js';
import type { AuditEvent, EventDraft, PersonalValue, Subject } from '../audit/event.js';
import type { Digest } from '../keys/digest.js';
import type { InstanceId, KeyId, KeyspaceId } from '../keys/id.js';
import type { KeyRecord, KeyState } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { OwnerRecord } from '../keys/owner.js';
import type { SecretRecord } from '../keys/secret.js';
import type { FoundSecret } from './found-secret.js';
import type { UsageBatch, UsageQuery, UsageRow } from './usage.js';
import type { Within } from './within.js';

/** A page is cut at an id: ids sort by time, so pages stay stable while keys are added. */
export interface PageCut {
  /** ≤ 200. */
  readonly limit: number;
  /** The last id of the page before. */
  readonly after: string | null;
}

/** Which keys to list, newest first. Absent: any. */
export interface KeyFilter extends PageCut {
  readonly within: Within;
  /** Part of a name, owner, hint, id or tag; letter case does not count. */
  readonly search?: string | undefined;
  readonly owner?: string | undefined;
  readonly state?: KeyState | undefined;
  readonly environment?: string | undefined;
  readonly tag?: string | undefined;
  readonly makerId?: KeyId | undefined;
  /** Judges `expired`. */
  readonly nowMs: number;
}

/** Which events to list, newest first unless `order` says otherwise. */
export interface EventFilter {
  readonly within: Within;
  readonly subjectId?: string | undefined;
  readonly type?: string | undefined;
  /** Inclusive, in milliseconds UTC. */
  readonly fromMs?: number | undefined;
  /** Exclusive. */
  readonly toMs?: number | undefined;
  readonly limit: number;
  /** The last sequence number of the page before. */
  readonly afterSequence?: number | undefined;
  readonly order: 'newest' | 'oldest';
}

/**
 * An event with its place in the sequence of all changes.
 * @public
 */
export type StoredEvent = AuditEvent & { readonly sequence: number };

/**
 * One write of a change. Every update is guarded by the version that was read.
 * @public
 */
export type Write =
  | { readonly kind: 'insert_key'; readonly key: KeyRecord }
  | {
      readonly kind: 'update_key';
      readonly key: KeyRecord;
      readonly expectedVersion: number;
      readonly changedSecrets: readonly SecretRecord[];
    }
  | {
      readonly kind: 'delete_key';
      readonly keyId: KeyId;
      readonly keyspaceId: KeyspaceId;
      readonly expectedVersion: number;
    }
  | { readonly kind: 'insert_keyspace'; readonly keyspace: KeyspaceRecord }
  | {
      readonly kind: 'update_keyspace';
      readonly keyspace: KeyspaceRecord;
      readonly expectedVersion: number;
    }
  /** `expectedVersion` 0: there must be none yet. */
  | { readonly kind: 'put_owner'; readonly owner: OwnerRecord; readonly expectedVersion: number }
  | { readonly kind: 'erase_personal'; readonly keyspaceId: KeyspaceId; readonly ownerId: string }
  | { readonly kind: 'insert_setup_link'; readonly digest: Digest; readonly expiresAt: number }
  /** Uses up every link there is, and is refused once a management key works. */
  | { readonly kind: 'use_setup_link'; readonly digest: Digest; readonly nowMs: number };

/**
 * What a repeated request gets again. Never holds a plaintext.
 * @public
 */
export interface IdempotencyRecord {
  /** Caller, operation and the client's own key, hashed: no two callers can meet. */
  readonly id: string;
  readonly bodyHash: string;
  /** JSON text. */
  readonly answer: string;
  readonly expiresAt: number;
}

/**
 * A change and its events: all of it is written, or none. There is no other way to write, so no
 * change can be without its event.
 * @public
 */
export interface Change {
  readonly writes: readonly Write[];
  /**
   * At least one for what is written; the first one's id tells whether this change was already
   * made. Without a write there need be none: then an answer is kept, and nothing else.
   */
  readonly events: readonly EventDraft[];
  readonly personal: readonly PersonalValue[];
  /** The caller's own key must still be active, and have the rights that were read. */
  readonly caller: ChangeCaller | null;
  readonly idempotency: IdempotencyRecord | null;
}

/**
 * On whose behalf a change is made. Whatever else of its key changes meanwhile, its name or its
 * owner, is no concern of the change.
 * @public
 */
export interface ChangeCaller {
  readonly keyId: KeyId;
  /** Null: it needs none but to end itself. */
  readonly rights: Pick<KeyRecord, 'scopes' | 'expiresAt' | 'restrictions'> | null;
}

/**
 * What to write where a key has another version than the change expects: decided from its row
 * while that is locked, so that nobody else can come first. `plan` may be called more than once;
 * what it throws takes all of it back.
 * @public
 */
export interface Replan {
  readonly keyId: KeyId;
  readonly plan: (key: KeyRecord) => Change;
}

/**
 * Why nothing was written.
 * @public
 */
export type Conflict = 'version' | 'exists' | 'caller' | 'idempotency' | 'setup_link';

/**
 * A change's sequence is that of its last event: what an instance must have confirmed to know of
 * all of it. Repeating the change answers the same one.
 * @public
 */
export type CommitResult =
  | { readonly ok: true; readonly sequence: number }
  | { readonly ok: false; readonly conflict: Conflict };

/**
 * One change, as other instances hear of it.
 * @public
 */
export interface FeedChange {
  readonly sequence: number;
  readonly keyspaceId: KeyspaceId;
  readonly subjectKind: Subject['kind'];
  readonly subjectId: string;
}

/**
 * What a poll brings.
 * @public
 */
export interface FeedPage {
  /** The last change that is committed. */
  readonly head: number;
  /** In order, after the asked sequence; empty if there were more than `limit`. */
  readonly changes: readonly FeedChange[];
  /** More changes than the limit: drop everything that is cached. */
  readonly isTruncated: boolean;
  /** The database's clock, in milliseconds UTC. */
  readonly databaseMs: number;
}

/**
 * A running instance, as the others see it.
 * @public
 */
export interface InstanceRow {
  readonly id: InstanceId;
  readonly seenAt: number;
  readonly confirmedSequence: number;
  readonly flushedUntil: number;
}

/** The sums by which `doctor` and `move` compare two stores. */
export interface StoreCounts {
  readonly keys: number;
  readonly keyspaces: number;
  readonly owners: number;
  readonly events: number;
}

/**
 * All state. Three implementations hold the same contract (test/contract).
 * Any method may throw StoreUnavailableError (no answer came: a write may or may not have
 * happened), StoreUnwritableError or StoreCorruptError.
 * @public
 */
export interface Store {
  readonly kind: 'sqlite' | 'postgres' | 'memory';

  /** The hot read: by unique index. Without a promise where the driver has none. */
  findByDigest(digest: Digest): FoundSecret | undefined | Promise<FoundSecret | undefined>;

  getKey(id: KeyId, within: Within): Promise<KeyRecord | undefined>;
  listKeys(filter: KeyFilter): Promise<readonly KeyRecord[]>;
  /** When each of the keys' secrets was last used, by key and secret number. */
  lastUses(ids: readonly KeyId[]): Promise<ReadonlyMap<KeyId, ReadonlyMap<number, number>>>;
  listKeyspaces(): Promise<readonly KeyspaceRecord[]>;
  getOwner(keyspaceId: KeyspaceId, id: string): Promise<OwnerRecord | undefined>;
  /**
   * By id, in the order of its UTF-8 bytes. Two keyspaces may share an id: ask for one at a time
   * where a page must have no gap.
   */
  listOwners(filter: PageCut & { readonly within: Within }): Promise<readonly OwnerRecord[]>;
  listEvents(filter: EventFilter): Promise<readonly StoredEvent[]>;
  chainHead(keyspaceId: KeyspaceId): Promise<ChainHead | undefined>;
  /** Every keyspace that an event or a chain's head names, whether its row is there or not. */
  listChains(): Promise<readonly KeyspaceId[]>;
  personalValues(commitments: readonly string[]): Promise<readonly PersonalValue[]>;
  /** Whether any value beside the trail is this owner's. */
  hasPersonal(keyspaceId: KeyspaceId, ownerId: string): Promise<boolean>;
  findIdempotent(id: string, nowMs: number): Promise<IdempotencyRecord | undefined>;
  usage(query: UsageQuery): Promise<readonly UsageRow[]>;
  counts(): Promise<StoreCounts>;

  /**
   * Writes a change with its events in one transaction: guards, rows, then the chain's head and
   * the sequence last, in that order everywhere. Repeating a change that was made answers ok.
   * With `replan` no other writer of its key can make it lose: then its plan is written instead.
   */
  commit(change: Change, replan?: Replan): Promise<CommitResult>;
  /** Adds counts and moves last uses forward; repeating a batch (by its id) adds nothing. */
  recordUsage(batch: UsageBatch): Promise<void>;

  /** Changes after a sequence number; at most `limit`. */
  changesSince(sequence: number, limit: number): Promise<FeedPage>;
  /**
   * False only if certainly nothing changed since the last call; cheap enough for every 100 ms.
   * Stores without such a sign always answer true.
   */
  mayHaveChanged(): boolean;
  /** Calls back when another instance may have committed. @returns how to stop. */
  onWake(wake: () => void): () => void;
  heartbeat(instance: Omit<InstanceRow, 'seenAt'>): Promise<void>;
  goodbye(id: InstanceId): Promise<void>;
  listInstances(): Promise<readonly InstanceRow[]>;

  /** Rows that nobody will ask for again: late idempotency records, batches, set-up links. */
  sweep(nowMs: number): Promise<void>;
  close(): Promise<void>;
}
