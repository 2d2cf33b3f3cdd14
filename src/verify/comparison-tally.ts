import type { KeyspaceId } from '../keys/id.js';
import {
  type Disagreement,
  NO_OUTCOMES,
  placeIdOf,
  SHADOW_BUCKET_MS,
  type ShadowCount,
  type ShadowOutcome,
  type ShadowTally,
  sumOf,
  THE_REST,
} from '../store/shadow.js';

const MAX_ROWS = 1_000; // Disagreements between two flushes; beyond them: told together.
const MAX_COUNTS = 10_000; // Minutes that wait while the store is away: a week of one keyspace.

/** Counts comparisons in memory until they are taken for a flush. */
export class ComparisonTally {
  #counts = new Map<string, ShadowCount>();
  #rows = new Map<string, Disagreement>();
  readonly #totals: Record<ShadowOutcome, number> = { ...NO_OUTCOMES };

  /** Sums since the start, for metrics. */
  get totals(): Readonly<Record<ShadowOutcome, number>> {
    return this.#totals;
  }

  count(keyspaceId: KeyspaceId, outcome: ShadowOutcome, nowMs: number): void {
    this.#totals[outcome] += 1;
    const startAt = nowMs - (nowMs % SHADOW_BUCKET_MS);
    const place = `${keyspaceId} ${startAt} ${outcome}`;
    const known = this.#counts.get(place);
    if (known === undefined && this.#counts.size >= MAX_COUNTS) return;
    const count = (known?.count ?? 0) + 1;
    this.#counts.set(place, { keyspaceId, startAt, outcome, count });
  }

  /** Counts one that was decided in two ways. */
  disagree(row: Disagreement): void {
    this.count(row.keyspaceId, 'disagreed', row.lastAt);
    const hasRoom = this.#rows.size < MAX_ROWS || this.#rows.has(placeIdOf(row));
    const place = hasRoom ? row : { ...row, keyId: '' as const, hint: '', label: THE_REST };
    const id = placeIdOf(place);
    this.#rows.set(id, sumOf(this.#rows.get(id), place));
  }

  /** All since the last call; undefined: nothing. */
  take(): ShadowTally | undefined {
    if (this.#counts.size === 0 && this.#rows.size === 0) return undefined;
    const tally = {
      counts: [...this.#counts.values()],
      disagreements: [...this.#rows.values()],
    };
    this.#counts = new Map();
    this.#rows = new Map();
    return tally;
  }
}
