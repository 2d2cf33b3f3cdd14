import type { ChainHead } from '../../audit/chain.js';
import type { PersonalValue } from '../../audit/event.js';
import type { Digest } from '../../keys/digest.js';
import type { EventId, InstanceId, KeyId, KeyspaceId } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import type { OwnerRecord } from '../../keys/owner.js';
import type { FoundSecret } from '../found-secret.js';
import type { IdempotencyRecord, InstanceRow, StoredEvent } from '../store.js';
import type { UsageCount } from '../usage.js';

/** All state of one `memory:` store. Every value in it is frozen: a change replaces it. */
export interface Tables {
  readonly keyspaces: Map<KeyspaceId, KeyspaceRecord>;
  readonly keys: Map<KeyId, KeyRecord>;
  /** The hot index: one entry a secret, whatever its state. */
  readonly found: Map<Digest, FoundSecret>;
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
  /** When each written batch was made. */
  readonly batches: Map<string, number>;
  readonly instances: Map<InstanceId, InstanceRow>;
}

export function emptyTables(): Tables {
  return {
    keyspaces: new Map(),
    keys: new Map(),
    found: new Map(),
    owners: new Map(),
    personal: new Map(),
    idempotency: new Map(),
    setupLinks: new Map(),
    events: [],
    sequences: new Map(),
    heads: new Map(),
    usage: new Map(),
    lastUses: new Map(),
    batches: new Map(),
    instances: new Map(),
  };
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
