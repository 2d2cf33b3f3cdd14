import type { KeyId } from '../../keys/id.js';
import {
  BUCKET_MS,
  onlyKeyspaceOf,
  type UsageBatch,
  type UsageCount,
  type UsageQuery,
  type UsageRow,
} from '../usage.js';
import { isWithin } from './lists.js';
import { addConsumer } from './rotations.js';
import { addShadow } from './shadow.js';
import { frozen, type Tables } from './tables.js';

/** A row while it is summed; its place is that of `UsageQuery.after`. */
interface Sum {
  readonly startAt: number;
  readonly keyId: string;
  readonly secret: number;
  readonly keyspaceId: string;
  readonly row: UsageRow & { readonly outcomes: Record<string, number> };
}

/** Adds a batch's counts, unless this batch was added before. */
export function addUsage(tables: Tables, batch: UsageBatch): void {
  if (tables.batches.has(batch.id)) return;
  tables.batches.set(batch.id, batch.at);
  if (batch.shadow !== undefined) addShadow(tables, batch.shadow);
  for (const seen of batch.consumers ?? []) addConsumer(tables, seen);
  for (const count of batch.counts) {
    const { keyId, outcome } = count;
    if (keyId !== null && !tables.keys.has(keyId)) continue; // It was deleted meanwhile.
    addCount(tables, count);
    if (outcome === 'valid' && keyId !== null) moveLastUse(tables, keyId, count);
  }
}

function addCount(tables: Tables, added: UsageCount): void {
  const { keyspaceId, keyId, secretNumber, hourAt, outcome } = added;
  const place = `${hourAt} ${keyspaceId} ${keyId ?? ''} ${secretNumber} ${outcome}`;
  const count = (tables.usage.get(place)?.count ?? 0) + added.count;
  tables.usage.set(place, frozen({ ...added, count }));
}

function moveLastUse(tables: Tables, keyId: KeyId, { secretNumber, lastAt }: UsageCount): void {
  const before = tables.lastUses.get(keyId);
  if ((before?.get(secretNumber) ?? 0) >= lastAt) return;
  tables.lastUses.set(keyId, new Map([...(before ?? []), [secretNumber, lastAt]]));
}

/** The sums that were asked for, by start, key, secret and keyspace. */
export function sumUsage(tables: Tables, query: UsageQuery): readonly UsageRow[] {
  const sums = new Map<string, Sum>();
  for (const count of tables.usage.values()) {
    if (isAsked(tables, query, count)) addToSum(sums, query, count);
  }
  const { after } = query;
  return [...sums.values()]
    .filter((sum) => after === null || compare(sum, after) > 0)
    .sort(compare)
    .slice(0, query.limit)
    .map((sum) => sum.row);
}

function isAsked(tables: Tables, query: UsageQuery, count: UsageCount): boolean {
  const { keyId, owner } = query;
  if (count.hourAt < query.fromMs || count.hourAt >= query.toMs) return false;
  if (!isWithin(query.within, count.keyspaceId)) return false;
  if (keyId !== undefined && count.keyId !== keyId) return false;
  return owner === undefined || ownerOf(tables, count.keyId) === owner;
}

function ownerOf(tables: Tables, keyId: KeyId | null): string | null {
  return keyId === null ? null : (tables.keys.get(keyId)?.owner ?? null);
}

function addToSum(sums: Map<string, Sum>, query: UsageQuery, count: UsageCount): void {
  const fresh = emptySum(query, count);
  const place = `${fresh.startAt} ${fresh.keyId} ${fresh.secret} ${fresh.keyspaceId}`;
  const { outcomes } = (sums.get(place) ?? fresh).row;
  outcomes[count.outcome] = (outcomes[count.outcome] ?? 0) + count.count;
  if (!sums.has(place)) sums.set(place, fresh);
}

function emptySum(query: UsageQuery, count: UsageCount): Sum {
  const { per, by } = query;
  const startAt = count.hourAt - (count.hourAt % BUCKET_MS[per]);
  const keyId = by === 'total' ? null : count.keyId;
  const secretNumber = by === 'secret' && keyId !== null ? count.secretNumber : null;
  const keyspaceId = by === 'total' ? onlyKeyspaceOf(query) : count.keyspaceId;
  return {
    startAt,
    keyId: keyId ?? '',
    secret: secretNumber ?? 0,
    keyspaceId: keyspaceId ?? '',
    row: { startAt, keyspaceId, keyId, secretNumber, outcomes: {} },
  };
}

function compare(left: Omit<Sum, 'row'>, right: Omit<Sum, 'row'>): number {
  if (left.startAt !== right.startAt) return left.startAt - right.startAt;
  if (left.keyId !== right.keyId) return left.keyId < right.keyId ? -1 : 1;
  if (left.secret !== right.secret) return left.secret - right.secret;
  if (left.keyspaceId === right.keyspaceId) return 0;
  return left.keyspaceId < right.keyspaceId ? -1 : 1;
}
