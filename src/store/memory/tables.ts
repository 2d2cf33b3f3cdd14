import type { ChainHead } from '../../audit/chain.js';
import type { PersonalValue } from '../../audit/event.js';
import type { Digest } from '../../keys/digest.js';
import type {
  ChannelId,
  DestinationId,
  EventId,
  InstanceId,
  KeyId,
  KeyspaceId,
  NoticeId,
  PersonId,
  RotationId,
  SessionId,
} from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import type { OwnerRecord } from '../../keys/owner.js';
import type { DestinationRecord, Planning, Reviewing, SlotRow } from '../automation.js';
import type { IdempotencyRecord } from '../change.js';
import type { ConsumerUse } from '../consumers.js';
import type { FoundSecret } from '../found-secret.js';
import type { KeyOrigin } from '../imported.js';
import type { LateUser } from '../late-use.js';
import type { ChannelRecord, OutboxRecord } from '../notices.js';
import type {
  IdentityRecord,
  InvitationRecord,
  PersonRecord,
  SessionRecord,
  TryRow,
} from '../people.js';
import type { PolicyRecord, RotationRecord } from '../rotation.js';
import type { Disagreement, ShadowCount } from '../shadow.js';
import { OPEN, type StoreStanding } from '../standing.js';
import type { InstanceRow, StoredEvent } from '../store.js';
import type { UsageCount } from '../usage.js';

/** Who holds a rotation, and until when; a fence stays when it is let go of. */
export interface Hold {
  readonly owner: InstanceId | null;
  readonly fence: number;
  /** 0: nobody holds it. */
  readonly untilMs: number;
}

/** How far the watch has looked at a consumer's refused checks, and what it made of them. */
export interface Watched {
  readonly watchedAt: number;
  readonly lateAs: LateUser | null;
}

/** All state of one `memory:` store. Every value in it is frozen: a change replaces it. */
export interface Tables {
  readonly keyspaces: Map<KeyspaceId, KeyspaceRecord>;
  /** In base64. */
  readonly logos: Map<KeyspaceId, string>;
  readonly keys: Map<KeyId, KeyRecord>;
  /** The hot index: one entry a secret, whatever its state. */
  readonly found: Map<Digest, FoundSecret>;
  /** What is left of keys that were deleted: of which keyspace each mark is. */
  readonly deleted: Map<string, KeyspaceId>;
  /** Where imported keys came from … */
  readonly origins: Map<KeyId, KeyOrigin>;
  /** … by keyspace and the source's id for them … */
  readonly sources: Map<string, KeyId>;
  /** … and by prefix. */
  readonly lookups: Map<string, readonly KeyId[]>;
  /** By `ownerPlace`. */
  readonly owners: Map<string, OwnerRecord>;
  /** By commitment. */
  readonly personal: Map<string, PersonalValue>;
  readonly idempotency: Map<string, IdempotencyRecord>;
  /** When each unused link expires. */
  readonly setupLinks: Map<Digest, number>;
  /** In the order of their sequence numbers, from 1 and without gaps. */
  readonly events: StoredEvent[];
  /** The last sequence number of the change that began with this event. */
  readonly sequences: Map<EventId, number>;
  readonly heads: Map<KeyspaceId, ChainHead>;
  /** By `usagePlace`. */
  readonly usage: Map<string, UsageCount>;
  readonly lastUses: Map<KeyId, ReadonlyMap<number, number>>;
  /** Comparisons with an older check, by keyspace, minute and outcome … */
  readonly shadowCounts: Map<string, ShadowCount>;
  /** … and what was decided in two ways, by `placeIdOf`. */
  readonly disagreements: Map<string, Disagreement>;
  /** When each written batch was made. */
  readonly batches: Map<string, number>;
  readonly instances: Map<InstanceId, InstanceRow>;
  readonly rotations: Map<RotationId, RotationRecord>;
  readonly holds: Map<RotationId, Hold>;
  readonly consumers: Map<string, ConsumerUse>;
  /** By the consumer's place. */
  readonly watches: Map<string, Watched>;
  readonly policies: Map<string, PolicyRecord>;
  readonly destinations: Map<DestinationId, DestinationRecord>;
  readonly channels: Map<ChannelId, ChannelRecord>;
  readonly outbox: Map<NoticeId, HeldNotice>;
  readonly people: Map<PersonId, PersonRecord>;
  /** By issuer and subject. */
  readonly identities: Map<string, IdentityRecord>;
  readonly sessions: Map<SessionId, SessionRecord>;
  readonly invitations: Map<Digest, InvitationRecord>;
  /** Wrong passwords, by place. */
  readonly tries: Map<string, TryRow>;
  readonly slots: Map<KeyId, SlotRow>;
  /** One, under `now`; none: nothing was planned. */
  readonly planning: Map<'now', Planning>;
  /** One, under `now`; none: nothing was reviewed. */
  readonly reviewing: Map<'now', Reviewing>;
  /** One, under `now`; none: open. */
  readonly standing: Map<'now', StoreStanding>;
}

/** A notice, and who is sending it. */
export interface HeldNotice extends OutboxRecord {
  readonly leaseOwner: InstanceId | null;
  readonly leaseUntil: number;
}

export function emptyTables(): Tables {
  return {
    keyspaces: new Map(),
    logos: new Map(),
    keys: new Map(),
    found: new Map(),
    deleted: new Map(),
    origins: new Map(),
    sources: new Map(),
    lookups: new Map(),
    owners: new Map(),
    personal: new Map(),
    idempotency: new Map(),
    setupLinks: new Map(),
    events: [],
    sequences: new Map(),
    heads: new Map(),
    usage: new Map(),
    lastUses: new Map(),
    shadowCounts: new Map(),
    disagreements: new Map(),
    batches: new Map(),
    instances: new Map(),
    rotations: new Map(),
    holds: new Map(),
    consumers: new Map(),
    watches: new Map(),
    policies: new Map(),
    destinations: new Map(),
    channels: new Map(),
    outbox: new Map(),
    people: new Map(),
    identities: new Map(),
    sessions: new Map(),
    invitations: new Map(),
    tries: new Map(),
    slots: new Map(),
    planning: new Map(),
    reviewing: new Map(),
    standing: new Map(),
  };
}

/** What the store may be used for. */
export function standingOf({ standing }: Tables): StoreStanding {
  return standing.get('now') ?? OPEN;
}

/** An owner's id is the host's own text, unique in its keyspace only. */
export function ownerPlace(keyspaceId: KeyspaceId, ownerId: string): string {
  return `${keyspaceId} ${ownerId}`;
}

/** A copy that nobody can change: neither who handed it in, nor who it is handed to. */
export function frozen<T>(value: T): T {
  return frozenThrough(structuredClone(value));
}

function frozenThrough<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) frozenThrough(inner);
  return Object.freeze(value);
}
