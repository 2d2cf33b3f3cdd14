import type { Comparison } from './comparison.js';
import type { Opening } from './opening.js';

const MAX_PENDING = 1_000; // Comparisons under way; beyond them Keyturn is not asked.

/**
 * Compares once the database is open. What comes while it cannot be opened is not counted: there is
 * nowhere to count it.
 */
export class Comparing {
  readonly #opening: Opening;
  readonly #isWriteThrough: boolean;
  readonly #pending = new Set<Promise<void>>();
  /** What was skipped before the database was open, by keyspace: to be told once it is. */
  readonly #untold = new Map<string | undefined, number>();

  constructor(opening: Opening, isWriteThrough: boolean) {
    this.#opening = opening;
    this.#isWriteThrough = isWriteThrough;
  }

  /** See Keyturn.compare. */
  begin(comparison: Comparison): Promise<void> | undefined {
    if (this.#pending.size >= MAX_PENDING) {
      this.#skip(comparison.keyspace);
      return undefined;
    }
    const counted = this.#count(comparison).finally(() => this.#pending.delete(counted));
    this.#pending.add(counted);
    return this.#isWriteThrough ? counted : undefined;
  }

  #skip(keyspace: string | undefined): void {
    const comparer = this.#opening.current?.comparer;
    if (comparer !== undefined) comparer.skip(keyspace, 1);
    else this.#untold.set(keyspace, (this.#untold.get(keyspace) ?? 0) + 1);
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  async #count(comparison: Comparison): Promise<void> {
    const runtime = this.#opening.current ?? (await this.#opening.open().catch(() => undefined));
    if (runtime === undefined) return;
    for (const [keyspace, count] of this.#untold) runtime.comparer.skip(keyspace, count);
    this.#untold.clear();
    await runtime.comparer.compare(comparison);
    // Functions freeze after the answer, so their counts are written before it.
    if (this.#isWriteThrough) await runtime.flusher.flush().catch(() => undefined);
  }
}
