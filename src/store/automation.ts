import type { DestinationId, EventId, KeyId, KeyspaceId } from '../keys/id.js';
import type { PageCut } from './store.js';
import type { Within } from './within.js';

/**
 * A place that holds a key's secret, as stored. Its settings name a connection, a root or a command of
 * the operator's configuration, and hold no credential. Times are milliseconds UTC.
 * @public
 */
export interface DestinationRecord {
  readonly id: DestinationId;
  readonly keyId: KeyId;
  readonly keyspaceId: KeyspaceId;
  /** Of its key, unique. */
  readonly name: string;
  /** `dotenv`, `vault`: what opens it. */
  readonly kind: string;
  /** JSON text, in the words of its kind. */
  readonly settings: string;
  /** Of a key's destinations, the lower is written first. */
  readonly position: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** From 1; each change adds one. */
  readonly version: number;
}

/** Which destinations to list, by id. Absent: any. */
export interface DestinationFilter extends PageCut {
  readonly within: Within;
  readonly keyId?: KeyId | undefined;
}

/**
 * The next slot of a key: when its secret is due, and when the rotation for it begins. In
 * milliseconds UTC. It is reckoned from the key and its policy, and so no change.
 * @public
 */
export interface SlotRow {
  readonly keyId: KeyId;
  readonly keyspaceId: KeyspaceId;
  readonly dueAt: number;
  readonly startAt: number;
}

/**
 * A policy whose keys have to be planned anew or reviewed, and how far that is.
 * @public
 */
export interface PlanningJob {
  readonly keyspaceId: KeyspaceId;
  readonly policy: string;
  /** The last key of the page before; null: at the beginning. */
  readonly after: string | null;
}

/**
 * How far the planning of slots is. All instances plan, and what they plan is the same.
 * @public
 */
export interface Planning {
  /** Changes up to it are planned, or stand in a job. */
  readonly sequence: number;
  readonly jobs: readonly PlanningJob[];
}

/**
 * How far the review of keys is that are old, unused or soon due. All instances review, and what they
 * find is the same.
 * @public
 */
export interface Reviewing {
  /** When the last one began, in milliseconds UTC. */
  readonly startedAt: number;
  /** Policies whose keys are yet to be looked at; empty: it is over. */
  readonly jobs: readonly PlanningJob[];
}

/**
 * That a key is unused was recorded, in milliseconds UTC.
 * @public
 */
export interface RecordedWarning {
  readonly id: EventId;
  readonly recordedAt: number;
}

/** What rotates keys by itself, beside the changes that it makes. */
export interface AutomationStore {
  getDestination(id: DestinationId, within: Within): Promise<DestinationRecord | undefined>;
  listDestinations(filter: DestinationFilter): Promise<readonly DestinationRecord[]>;
  /** All of a key, in the order in which they are written. */
  destinationsOf(keyId: KeyId): Promise<readonly DestinationRecord[]>;

  /** Slots that have begun, the earliest first. */
  dueSlots(nowMs: number, limit: number): Promise<readonly SlotRow[]>;
  /** The slots of these keys. */
  slotsOf(keyIds: readonly KeyId[]): Promise<readonly SlotRow[]>;
  /**
   * The last due time that a rotation of each of these keys was begun for, of those that have come by
   * `untilMs`, or were begun by then: others are of a clock that was ahead.
   */
  usedDueTimes(keyIds: readonly KeyId[], untilMs: number): Promise<ReadonlyMap<KeyId, number>>;
  planning(): Promise<Planning>;
  /**
   * Keeps what was planned: slots, keys that have none, and how far it is, if nobody else was further.
   * @returns whether it was kept.
   */
  savePlanning(planned: {
    readonly slots: readonly SlotRow[];
    readonly without: readonly KeyId[];
    readonly before: Planning;
    readonly after: Planning;
  }): Promise<boolean>;
  reviewing(): Promise<Reviewing>;
  /** @returns whether it was kept: nobody else was further. */
  saveReviewing(change: {
    readonly before: Reviewing;
    readonly after: Reviewing;
  }): Promise<boolean>;
  /** When each of these events was recorded, in milliseconds UTC, of those that were. */
  recordedAt(ids: readonly EventId[]): Promise<ReadonlyMap<EventId, number>>;
  /** The last two events of each of these keys that say that nobody uses it, the newest first. */
  warningsOf(keyIds: readonly KeyId[]): Promise<ReadonlyMap<KeyId, readonly RecordedWarning[]>>;
}
