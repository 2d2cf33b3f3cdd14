import type { Tables } from './tables.js';

// No instance repeats a flush a day later: it has long been stopped, or its batch has been taken.
const BATCH_MEMORY_MS = 24 * 60 * 60_000;
// One that was killed says no goodbye; its last word is kept for a week, for who looks into it.
const INSTANCE_MEMORY_MS = 7 * 24 * 60 * 60_000;

/** Drops what nobody will ask for again. */
export function sweep(tables: Tables, nowMs: number): void {
  for (const [id, { expiresAt }] of tables.idempotency) {
    if (expiresAt <= nowMs) tables.idempotency.delete(id);
  }
  for (const [digest, expiresAt] of tables.setupLinks) {
    if (expiresAt <= nowMs) tables.setupLinks.delete(digest);
  }
  for (const [id, madeAt] of tables.batches) {
    if (madeAt <= nowMs - BATCH_MEMORY_MS) tables.batches.delete(id);
  }
  for (const [id, { seenAt }] of tables.instances) {
    if (seenAt <= nowMs - INSTANCE_MEMORY_MS) tables.instances.delete(id);
  }
}
