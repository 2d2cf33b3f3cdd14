import type { Digest } from '../keys/digest.js';

const MAX_ENTRIES = 20_000; // About 2 MB.
const LIFE_MS = 10_000;

/**
 * Digests the store does not know. Short, bounded, and emptied as soon as any key is made or
 * changed: a key that was just issued is never refused because someone asked for it before.
 */
export class NegativeCache {
  readonly #until = new Map<Digest, number>();
  #clearCount = 0;

  get size(): number {
    return this.#until.size;
  }

  /** To be taken before the store is asked, and given back to `fill`. */
  beginFill(): number {
    return this.#clearCount;
  }

  has(digest: Digest, nowMs: number): boolean {
    const until = this.#until.get(digest);
    if (until === undefined) return false;
    if (nowMs < until && until - nowMs <= LIFE_MS) return true;
    this.#until.delete(digest);
    return false;
  }

  fill(digest: Digest, nowMs: number, begun: number): void {
    if (begun !== this.#clearCount) return;
    if (this.#until.size >= MAX_ENTRIES) {
      const oldest = this.#until.keys().next().value;
      if (oldest !== undefined) this.#until.delete(oldest);
    }
    this.#until.set(digest, nowMs + LIFE_MS);
  }

  clear(): void {
    this.#clearCount += 1;
    this.#until.clear();
  }
}
