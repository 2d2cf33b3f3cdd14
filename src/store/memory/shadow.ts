import {
  byPlace,
  fitted,
  MAX_DISAGREEMENTS,
  NO_OUTCOMES,
  placeIdOf,
  SHADOW_MEMORY_MS,
  type ShadowQuery,
  type ShadowReading,
  type ShadowTally,
  sumOf,
} from '../shadow.js';
import { isWithin } from './lists.js';
import { frozen, type Tables } from './tables.js';

/** Adds what a flush brings. */
export function addShadow(tables: Tables, { counts, disagreements }: ShadowTally): void {
  const { shadowCounts, disagreements: rows } = tables;
  for (const added of counts) {
    const place = `${added.keyspaceId} ${added.startAt} ${added.outcome}`;
    const count = added.count + (shadowCounts.get(place)?.count ?? 0);
    shadowCounts.set(place, frozen({ ...added, count }));
  }
  let room = MAX_DISAGREEMENTS - rows.size;
  const hasRoom = (id: string) => rows.has(id) || room-- > 0;
  for (const row of fitted(disagreements, hasRoom)) {
    const id = placeIdOf(row);
    rows.set(id, frozen(sumOf(rows.get(id), row)));
  }
}

/** See Store.comparisons. */
export function readShadow(tables: Tables, query: ShadowQuery): ShadowReading {
  const { within, sinceMs, limit, after } = query;
  const outcomes = { ...NO_OUTCOMES };
  let startAt: number | null = null;
  for (const count of tables.shadowCounts.values()) {
    if (count.startAt < sinceMs || !isWithin(within, count.keyspaceId)) continue;
    outcomes[count.outcome] += count.count;
    startAt = Math.min(startAt ?? count.startAt, count.startAt);
  }
  const met = [...tables.disagreements.values()].filter(
    (row) => row.lastAt >= sinceMs && isWithin(within, row.keyspaceId),
  );
  const rows = met.filter((row) => after === null || byPlace(row, after) > 0).sort(byPlace);
  return { outcomes, startAt, rowCount: met.length, rows: rows.slice(0, limit) };
}

/** What was compared too long ago. */
export function sweepShadow(tables: Tables, nowMs: number): void {
  const endedAt = nowMs - SHADOW_MEMORY_MS;
  for (const [place, { startAt }] of tables.shadowCounts) {
    if (startAt <= endedAt) tables.shadowCounts.delete(place);
  }
  for (const [id, { lastAt }] of tables.disagreements) {
    if (lastAt <= endedAt) tables.disagreements.delete(id);
  }
}
