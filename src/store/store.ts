import type { ChainHead } from '../audit/chain.js';
import type { AuditEvent, PersonalValue, Subject } from '../audit/event.js';
import type { Digest } from '../keys/digest.js';
import type { InstanceId, KeyId, KeyspaceId, PersonId, RotationId } from '../keys/id.js';
import type { KeyRecord, KeyState } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { OwnerRecord } from '../keys/owner.js';
import type { AutomationStore } from './automation.js';
import type { Change, CommitResult, IdempotencyRecord, Replan } from './change.js';
import type { ConsumerUse } from './consumers.js';
import type { StoreCounts } from './counts.js';
import type { FoundSecret } from './found-secret.js';
import type {
  ForeignCandidate,
  ForeignQuery,
  ImportedKey,
  KeyOrigin,
  SecretUpgrade,
  TakenMark,
} from './imported.js';
import type { KeyAge } from './key-age.js';
import type { KeySort } from './key-sort.js';
import type { LateCounts, LateUse, WeighedUse } from './late-use.js';
import type { NoticeStore } from './notices.js';
import type { PeopleStore } from './people.js';
import type {
  LeasedRotation,
  LeaseQuery,
  PolicyRecord,
  RotationCounts,
  RotationFilter,
  RotationRecord,
  Sighting,
} from './rotation.js';
import type { ShadowQuery, ShadowReading } from './shadow.js';
import type { StoreStanding } from './standing.js';
import type { UsageBatch, UsageQuery, UsageRow } from './usage.js';
import type { Within } from './within.js';

/**
 * A page is cut at an id: ids sort by time, so pages stay stable while keys are added.
 * @public
 */
export interface PageCut {
  /** ≤ 200. */
  readonly limit: number;
  /** The last id of the page before. */
  readonly after: string | null;
}

/**
 * Which keys to list, newest first. Absent: any.
 * @public
 */
export interface KeyFilter extends PageCut {
  readonly within: Within;
  /**
   * Each of its words begins a word of the name, owner, hint, id, a tag or the metadata; letter case
   * does not count.
   */
  readonly search?: string | undefined;
  readonly owner?: string | undefined;
  readonly state?: KeyState | undefined;
  readonly environment?: string | undefined;
  readonly tag?: string | undefined;
  readonly makerId?: KeyId | PersonId | undefined;
  /** The policy that they name. */
  readonly policy?: string | undefined;
  /** With a secret that is accepted and older than one of these lets it be. */
  readonly tooOld?: readonly TooOld[] | undefined;
  /** Judges `expired`. */
  readonly nowMs: number;
  /** Absent: by id, the newest first. */
  readonly sort?: KeySort | undefined;
}

/**
 * Up to when a secret was made that is too old now, by a policy. Keys that name none follow `default`.
 * @public
 */
export interface TooOld {
  readonly keyspaceId: KeyspaceId;
  readonly policy: string;
  /** Inclusive, in milliseconds UTC. */
  readonly madeUntil: number;
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
  /** What the database may be used for. */
  readonly standing: StoreStanding;
}

/**
 * `flushedUntil` of an instance that writes each check down before it answers it: whenever it dies,
 * nothing that it has answered is lost.
 * @public
 */
export const EVER_WRITTEN = Number.MAX_SAFE_INTEGER;

/**
 * A running instance, as the others see it.
 * @public
 */
export interface InstanceRow {
  readonly id: InstanceId;
  readonly seenAt: number;
  readonly confirmedSequence: number;
  /** Up to when all that it has answered is in the store, in milliseconds UTC. */
  readonly flushedUntil: number;
}

/**
 * All state. Three implementations hold the same contract (test/contract).
 * Any method may throw StoreUnavailableError (no answer came: a write may or may not have
 * happened), StoreUnwritableError or StoreCorruptError; `commit`, `recordUsage` and `sweep` also what
 * `requireWritable` says of its standing.
 * @public
 */
export interface Store {
  readonly kind: 'sqlite' | 'postgres' | 'memory';
  /** What rotates keys by itself. */
  readonly automation: AutomationStore;
  readonly notices: NoticeStore;
  readonly people: PeopleStore;

  /** The hot read: by unique index. Without a promise where the driver has none. */
  findByDigest(digest: Digest): FoundSecret | undefined | Promise<FoundSecret | undefined>;

  /** What a text that was made elsewhere may be; by digests and prefix, in one statement. */
  findForeign(query: ForeignQuery): Promise<readonly ForeignCandidate[]>;
  /** The keys that were imported under these ids of their source. */
  findImported(
    keyspaceId: KeyspaceId,
    sourceIds: readonly string[],
  ): Promise<readonly ImportedKey[]>;
  /** Where each of the keys came from, of those that were imported. */
  originsOf(ids: readonly KeyId[]): Promise<ReadonlyMap<KeyId, KeyOrigin>>;
  /** Which of the marks some secret has as its digest, or had a key that was deleted. */
  marksTaken(marks: readonly string[]): Promise<readonly TakenMark[]>;

  getKey(id: KeyId, within: Within): Promise<KeyRecord | undefined>;
  listKeys(filter: KeyFilter): Promise<readonly KeyRecord[]>;
  /**
   * Makes keys that were changed since be found by their words, at most `limit` of them. It is no change,
   * so there is no event: until then they are found, too, and take longer.
   * @returns how many.
   */
  indexKeys(limit: number): Promise<number>;
  /** As much of every key as says how old it is, oldest first; `limit` is at most 2 000. */
  keyAges(cut: PageCut): Promise<readonly KeyAge[]>;
  /** When each of the keys' secrets was last used, by key and secret number. */
  lastUses(ids: readonly KeyId[]): Promise<ReadonlyMap<KeyId, ReadonlyMap<number, number>>>;
  listKeyspaces(): Promise<readonly KeyspaceRecord[]>;
  /** A keyspace's logo in base64, as it was given; undefined: it has none. */
  getLogo(keyspaceId: KeyspaceId): Promise<string | undefined>;
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
  /** What was compared with an older check; a page of the disagreements, by place. */
  comparisons(query: ShadowQuery): Promise<ShadowReading>;
  counts(): Promise<StoreCounts>;
  standing(): Promise<StoreStanding>;

  /**
   * Writes a change with its events in one transaction: guards, rows, then the chain's head and
   * the sequence last, in that order everywhere. Repeating a change that was made answers ok.
   * With `replan` no other writer of its key can make it lose: then its plan is written instead.
   */
  commit(change: Change, replan?: Replan): Promise<CommitResult>;
  /**
   * Stores the same secret under its SHA-256, where it is still stored as it was read and its key
   * is active. It is no change: the secret, its state and its version stay, so there is no event.
   * @returns whether it was stored.
   */
  upgradeSecret(upgrade: SecretUpgrade): Promise<boolean>;
  /** Adds counts and moves last uses forward; repeating a batch (by its id) adds nothing. */
  recordUsage(batch: UsageBatch): Promise<void>;

  getRotation(id: RotationId, within: Within): Promise<RotationRecord | undefined>;
  /** The one that holds the key's place; undefined: none. */
  openRotationOf(keyId: KeyId): Promise<RotationRecord | undefined>;
  findClaim(digest: Digest): Promise<RotationRecord | undefined>;
  listRotations(filter: RotationFilter): Promise<readonly RotationRecord[]>;
  /** From an index of those that are open: what has ended costs nothing. */
  countRotations(): Promise<RotationCounts>;
  /** Takes what is due and held by nobody; each has a higher fence than ever before. */
  leaseRotations(query: LeaseQuery): Promise<readonly LeasedRotation[]>;
  /**
   * Keeps what was seen of rotations that stay where they are, and lets go of them. It is no
   * change, so there is no event. What is no longer held under its lease is passed over.
   */
  recordSightings(sightings: readonly Sighting[]): Promise<void>;
  /** How many secrets of a keyspace are refused on trial, or were and nobody has looked since. */
  countBrownouts(keyspaceId: KeyspaceId): Promise<number>;
  /** Of one key, at most `limit`, those seen last first. */
  listConsumers(keyId: KeyId, limit: number): Promise<readonly ConsumerUse[]>;
  /** All uses of these consumers, however many others there are. */
  consumersOf(keyId: KeyId, ids: readonly string[]): Promise<readonly ConsumerUse[]>;
  /**
   * Refused uses since the watch has looked last, in the order of their last use; what it has
   * weighed is not among them until it is used again.
   */
  unwatchedUses(limit: number): Promise<readonly LateUse[]>;
  /** Those of a secret that are known to have come after its end, latest first. */
  lateUsesOf(of: {
    readonly keyId: KeyId;
    readonly secretNumber: number;
    readonly limit: number;
  }): Promise<readonly LateUse[]>;
  countLate(keyId: KeyId, secretNumber: number): Promise<LateCounts>;
  /** Keeps what the watch has found. It is no change, so there is no event. */
  weighUses(weighed: readonly WeighedUse[]): Promise<void>;
  getPolicy(keyspaceId: KeyspaceId, name: string): Promise<PolicyRecord | undefined>;
  /** Of one keyspace, by name; `after` is a name. */
  listPolicies(keyspaceId: KeyspaceId, cut: PageCut): Promise<readonly PolicyRecord[]>;
  /** How many keys that are not revoked name a policy; it stops counting at `most`. */
  countNaming(policy: Pick<PolicyRecord, 'keyspaceId' | 'name'>, most: number): Promise<number>;

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

  /** Rows that nobody will ask for again: late idempotency records, batches, set-up links, … */
  sweep(nowMs: number): Promise<void>;
  close(): Promise<void>;
}
