import { type Expression, expressionBuilder, type SqlBool } from 'kysely';
import type { ChainHead } from '../../audit/chain.js';
import type { PersonalValue } from '../../audit/event.js';
import type { KeyspaceId } from '../../keys/id.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import type { OwnerRecord } from '../../keys/owner.js';
import type { IdempotencyRecord } from '../change.js';
import type { StoreCounts } from '../counts.js';
import type { Database } from '../schema.js';
import type { EventFilter, PageCut, StoredEvent } from '../store.js';
import type { Within } from '../within.js';
import type { SqlEngine } from './engine.js';
import { keyspaceRecord, ownerRecord, storedEvent } from './rows.js';
import { isWithin } from './within.js';

/** Oldest first. */
export async function listKeyspaces({ db }: SqlEngine): Promise<readonly KeyspaceRecord[]> {
  const rows = await db
    .selectFrom('keyspaces')
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(keyspaceRecord);
}

export async function getOwner(
  { db }: SqlEngine,
  keyspaceId: KeyspaceId,
  id: string,
): Promise<OwnerRecord | undefined> {
  const row = await db
    .selectFrom('owners')
    .selectAll()
    .where('keyspace_id', '=', keyspaceId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : ownerRecord(row);
}

/** By id, in the order of its bytes. */
export async function listOwners(
  { db }: SqlEngine,
  { within, after, limit }: PageCut & { readonly within: Within },
): Promise<readonly OwnerRecord[]> {
  const rows = await db
    .selectFrom('owners')
    .selectAll()
    .where(isWithin('owners.keyspace_id', within))
    .$if(after !== null, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .orderBy('keyspace_id')
    .limit(limit)
    .execute();
  return rows.map(ownerRecord);
}

export async function listEvents(
  { db }: SqlEngine,
  filter: EventFilter,
): Promise<readonly StoredEvent[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where((eb) => eb.and(eventConditions(filter)))
    .orderBy('sequence', filter.order === 'newest' ? 'desc' : 'asc')
    .limit(filter.limit)
    .execute();
  return rows.map(storedEvent);
}

function eventConditions(filter: EventFilter): readonly Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'events'>();
  const { within, subjectId, type, fromMs, toMs, afterSequence, order } = filter;
  const conditions: Expression<SqlBool>[] = [isWithin('events.keyspace_id', within)];
  if (subjectId !== undefined) conditions.push(eb('subject_id', '=', subjectId));
  if (type !== undefined) conditions.push(eb(eb.cast<string>('type', 'text'), '=', type));
  if (fromMs !== undefined) conditions.push(eb('occurred_at', '>=', fromMs));
  if (toMs !== undefined) conditions.push(eb('occurred_at', '<', toMs));
  if (afterSequence !== undefined) {
    conditions.push(eb('sequence', order === 'newest' ? '<' : '>', afterSequence));
  }
  return conditions;
}

export async function chainHead(
  { db }: SqlEngine,
  keyspaceId: KeyspaceId,
): Promise<ChainHead | undefined> {
  const row = await db
    .selectFrom('chain_heads')
    .select(['number', 'hash'])
    .where('keyspace_id', '=', keyspaceId)
    .executeTakeFirst();
  return row;
}

export async function listChains({ db }: SqlEngine): Promise<readonly KeyspaceId[]> {
  const rows = await db
    .selectFrom('chain_heads')
    .select('keyspace_id')
    .union(db.selectFrom('events').select('keyspace_id'))
    .orderBy('keyspace_id')
    .execute();
  return rows.map((row) => row.keyspace_id);
}

/** In the order of the commitments; those that were erased are left out. */
export async function personalValues(
  { db }: SqlEngine,
  commitments: readonly string[],
): Promise<readonly PersonalValue[]> {
  const wanted = [...new Set(commitments)];
  if (wanted.length === 0) return [];
  const rows = await db
    .selectFrom('personal_values')
    .select(['commitment', 'salt', 'value'])
    .select(['keyspace_id as keyspaceId', 'event_id as eventId', 'owner_id as ownerId'])
    .where('commitment', 'in', wanted)
    .execute();
  const found = new Map(rows.map((row) => [row.commitment, row]));
  return wanted.flatMap((commitment) => found.get(commitment) ?? []);
}

export async function hasPersonal(
  { db }: SqlEngine,
  keyspaceId: KeyspaceId,
  ownerId: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('personal_values')
    .select('commitment')
    .where('keyspace_id', '=', keyspaceId)
    .where('owner_id', '=', ownerId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function findIdempotent(
  { db }: SqlEngine,
  id: string,
  nowMs: number,
): Promise<IdempotencyRecord | undefined> {
  const row = await db
    .selectFrom('idempotency_records')
    .select(['id', 'body_hash as bodyHash', 'answer', 'expires_at as expiresAt'])
    .where('id', '=', id)
    .where('expires_at', '>', nowMs)
    .executeTakeFirst();
  return row;
}

export async function counts({ db }: SqlEngine): Promise<StoreCounts> {
  const row = await db
    .selectNoFrom((eb) => [
      eb
        .selectFrom('keys')
        .select((k) => k.fn.countAll<number>().as('n'))
        .as('keys'),
      eb
        .selectFrom('keyspaces')
        .select((k) => k.fn.countAll<number>().as('n'))
        .as('keyspaces'),
      eb
        .selectFrom('owners')
        .select((k) => k.fn.countAll<number>().as('n'))
        .as('owners'),
      eb
        .selectFrom('events')
        .select((k) => k.fn.countAll<number>().as('n'))
        .as('events'),
    ])
    .executeTakeFirstOrThrow();
  const { keys, keyspaces, owners, events } = row;
  return { keys: keys ?? 0, keyspaces: keyspaces ?? 0, owners: owners ?? 0, events: events ?? 0 };
}
