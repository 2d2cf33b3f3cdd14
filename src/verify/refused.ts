import {
  type Consumer,
  type ConsumerCount,
  type ConsumerOutcome,
  OTHERS,
} from '../store/consumers.js';
import { hourOf, type UsageCount } from '../store/usage.js';
import type { RefusalCode } from '../verdict.js';
import type { Taken } from './accepted.js';

const MAX_ROWS = 200_000; // Between two flushes; beyond them: told as lost.
const MAX_CONSUMERS = 50_000; // Likewise; beyond them they are counted together, by secret.

/** Refused checks of one secret, or of none, in one hour. */
type Row = { -readonly [Name in keyof UsageCount]: UsageCount[Name] };

/** Of one consumer. */
type SeenRow = { -readonly [Name in keyof ConsumerCount]: ConsumerCount[Name] };

/** Counts refused checks in memory until they are taken for a flush. */
export class RefusedTally {
  readonly #rows = new Map<string, Row>();
  readonly #seen = new Map<string, SeenRow>();
  readonly #totals = new Map<RefusalCode, number>();
  #lostCount = 0;

  /** Counts one, by what it was of. */
  add(
    of: Pick<Row, 'keyspaceId' | 'keyId' | 'secretNumber'>,
    code: RefusalCode,
    nowMs: number,
  ): void {
    this.#totals.set(code, (this.#totals.get(code) ?? 0) + 1);
    const row = { ...of, outcome: code, hourAt: hourOf(nowMs), count: 1, lastAt: nowMs };
    this.#count(this.#rows, MAX_ROWS, { id: rowIdOf(row), row });
  }

  /** Counts one of a secret that ends, by who was refused. */
  see(
    of: Pick<SeenRow, 'keyspaceId' | 'keyId' | 'secretNumber' | 'consumer'>,
    outcome: ConsumerOutcome,
    nowMs: number,
  ): void {
    const idFor = ({ id }: Consumer) => `${of.keyId} ${of.secretNumber} ${outcome} ${id}`;
    const isKnown = this.#seen.has(idFor(of.consumer));
    const consumer = isKnown || this.#seen.size < MAX_CONSUMERS ? of.consumer : OTHERS;
    const row = { ...of, consumer, outcome, count: 1, firstAt: nowMs, lastAt: nowMs };
    this.#count(this.#seen, MAX_ROWS, { id: idFor(consumer), row });
  }

  /** All counts since the last call. */
  take(): Taken {
    const [counts, consumers] = [[...this.#rows.values()], [...this.#seen.values()]];
    this.#rows.clear();
    this.#seen.clear();
    return { counts, consumers, lostCount: this.#lostCount };
  }

  /** Sums since the start, for metrics. */
  totals(): { readonly refused: ReadonlyMap<RefusalCode, number>; readonly lost: number } {
    return { refused: this.#totals, lost: this.#lostCount };
  }

  #count<T extends Pick<Row, 'count' | 'lastAt'>>(
    rows: Map<string, T>,
    most: number,
    { id, row }: { readonly id: string; readonly row: T },
  ): void {
    const known = rows.get(id);
    if (known !== undefined) {
      known.count += 1;
      known.lastAt = row.lastAt;
    } else if (rows.size < most) rows.set(id, row);
    else this.#lostCount += 1;
  }
}

/** Counts with the same id are one row of the store. */
export function rowIdOf(row: Omit<UsageCount, 'count' | 'lastAt'>): string {
  const { keyspaceId, keyId, secretNumber, hourAt, outcome } = row;
  return `${keyspaceId} ${keyId ?? ''} ${secretNumber} ${hourAt} ${outcome}`;
}
