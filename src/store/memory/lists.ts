import type { KeyId, KeyspaceId } from '../../keys/id.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import type { OwnerRecord } from '../../keys/owner.js';
import { isLive } from '../../keys/secret.js';
import type { StoreCounts } from '../counts.js';
import type { KeyAge } from '../key-age.js';
import type { EventFilter, FeedPage, PageCut, StoredEvent } from '../store.js';
import type { Within } from '../within.js';
import type { Tables } from './tables.js';

/** Whether a keyspace is one of those that a statement may touch. */
export function isWithin(within: Within, keyspaceId: KeyspaceId): boolean {
  return within === 'all' || within.includes(keyspaceId);
}

export function isAnyOr<T>(wanted: T | undefined, value: T | null): boolean {
  return wanted === undefined || value === wanted;
}

/** Oldest first. */
export function keyAges({ keys }: Tables, { after, limit }: PageCut): readonly KeyAge[] {
  return [...keys.values()]
    .filter(({ id }) => after === null || id > after)
    .sort((left, right) => (left.id < right.id ? -1 : 1))
    .slice(0, limit)
    .map(({ id, keyspaceId, policy, state, expiresAt, secrets }) => ({
      id,
      keyspaceId,
      policy,
      state,
      expiresAt,
      secrets: secrets
        .filter((secret) => isLive(secret.state))
        .map(({ state: now, createdAt, deadline }) => ({ state: now, createdAt, deadline })),
    }));
}

export function lastUses(
  tables: Tables,
  ids: readonly KeyId[],
): ReadonlyMap<KeyId, ReadonlyMap<number, number>> {
  const found = new Map<KeyId, ReadonlyMap<number, number>>();
  for (const id of ids) {
    const uses = tables.lastUses.get(id);
    if (uses !== undefined) found.set(id, new Map(uses));
  }
  return found;
}

/** Oldest first. */
export function listKeyspaces({ keyspaces }: Tables): readonly KeyspaceRecord[] {
  return [...keyspaces.values()].sort(
    (left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1),
  );
}

/** By id, in the order of its UTF-8 bytes, which is the databases' order. */
export function listOwners(
  tables: Tables,
  { within, after, limit }: PageCut & { readonly within: Within },
): readonly OwnerRecord[] {
  const order = (left: string, right: string) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right));
  return [...tables.owners.values()]
    .filter((owner) => isWithin(within, owner.keyspaceId))
    .filter((owner) => after === null || order(owner.id, after) > 0)
    .sort((left, right) => order(left.id, right.id) || order(left.keyspaceId, right.keyspaceId))
    .slice(0, limit);
}

export function listEvents(tables: Tables, filter: EventFilter): readonly StoredEvent[] {
  const isAsked = eventTest(filter);
  const found: StoredEvent[] = [];
  const { events } = tables;
  for (let index = 0; index < events.length && found.length < filter.limit; index += 1) {
    const event = events[filter.order === 'oldest' ? index : events.length - 1 - index];
    if (event !== undefined && isAsked(event)) found.push(event);
  }
  return found;
}

function eventTest(filter: EventFilter): (event: StoredEvent) => boolean {
  const { within, subjectId, type, order } = filter;
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = filter;
  const start = order === 'oldest' ? 0 : Number.POSITIVE_INFINITY;
  const { afterSequence = start } = filter;
  return ({ sequence, keyspaceId, subject, type: ownType, at }) =>
    isWithin(within, keyspaceId) &&
    isAnyOr(subjectId, subject.id) &&
    isAnyOr<string>(type, ownType) &&
    at >= fromMs &&
    at < toMs &&
    (order === 'oldest' ? sequence > afterSequence : sequence < afterSequence);
}

/** What happened after a sequence number, for the feed. */
export function changesSince(
  { events }: Tables,
  sequence: number,
  limit: number,
): Omit<FeedPage, 'databaseMs' | 'standing'> {
  const head = events.length;
  if (head - sequence > limit) return { head, changes: [], isTruncated: true };
  const changes = events.slice(sequence).map((event) => ({
    sequence: event.sequence,
    keyspaceId: event.keyspaceId,
    subjectKind: event.subject.kind,
    subjectId: event.subject.id,
  }));
  return { head, changes, isTruncated: false };
}

/** Whether any value beside the trail is this owner's. */
export function hasPersonal(
  { personal }: Tables,
  keyspaceId: KeyspaceId,
  ownerId: string,
): boolean {
  return [...personal.values()].some(
    (value) => value.keyspaceId === keyspaceId && value.ownerId === ownerId,
  );
}

export function countsOf({ keys, keyspaces, owners, events }: Tables): StoreCounts {
  return {
    keys: keys.size,
    keyspaces: keyspaces.size,
    owners: owners.size,
    events: events.length,
  };
}
