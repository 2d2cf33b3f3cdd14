import { CONSUMER_MEMORY_MS } from '../consumers.js';
import { SENT_MEMORY_MS, WARNING_KIND, WARNING_MEMORY_MS } from '../notices.js';
import { sweepPeople } from './people.js';
import { sweepShadow } from './shadow.js';
import type { Tables } from './tables.js';

// No instance repeats a flush a day later: it has long been stopped, or its batch has been taken.
const BATCH_MEMORY_MS = 24 * 60 * 60_000;
// One that was killed says no goodbye; its last word is kept for a week, for who looks into it.
const INSTANCE_MEMORY_MS = 7 * 24 * 60 * 60_000;

/** Drops what nobody will ask for again. */
export function sweep(tables: Tables, nowMs: number): void {
  drop(tables.idempotency, ({ expiresAt }) => expiresAt <= nowMs);
  drop(tables.setupLinks, (expiresAt) => expiresAt <= nowMs);
  drop(tables.batches, (madeAt) => madeAt <= nowMs - BATCH_MEMORY_MS);
  const open = [...tables.rotations.values()].filter(({ isOpen }) => isOpen);
  const weighed = new Set(open.map(({ keyId }) => keyId));
  const isForgotten = (lastAt: number) => lastAt <= nowMs - CONSUMER_MEMORY_MS;
  drop(tables.consumers, ({ keyId, lastAt }) => isForgotten(lastAt) && !weighed.has(keyId));
  for (const place of tables.watches.keys()) {
    if (!tables.consumers.has(place)) tables.watches.delete(place);
  }
  drop(tables.instances, ({ seenAt }) => seenAt <= nowMs - INSTANCE_MEMORY_MS);
  drop(tables.outbox, ({ kind, sentAt }) => {
    const memoryMs = kind === WARNING_KIND ? WARNING_MEMORY_MS : SENT_MEMORY_MS;
    return sentAt !== null && sentAt <= nowMs - memoryMs;
  });
  sweepShadow(tables, nowMs);
  sweepPeople(tables, nowMs);
}

function drop<K, V>(table: Map<K, V>, isOld: (value: V) => boolean): void {
  for (const [key, value] of table) if (isOld(value)) table.delete(key);
}
