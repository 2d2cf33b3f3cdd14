import type { KeyspaceId } from '../keys/id.js';
import type { StoreLossUse } from '../lifecycle/store-loss.js';

/** Counts what passes on `storeLoss`, by keyspace, until it is taken to be written down. */
export class StoreLossTally {
  readonly #uses = new Map<KeyspaceId, StoreLossUse>();
  #totalCount = 0;

  /** Since the start, for metrics. */
  get totalCount(): number {
    return this.#totalCount;
  }

  add(keyspaceId: KeyspaceId, nowMs: number): void {
    this.#totalCount += 1;
    const before = this.#uses.get(keyspaceId);
    const checkCount = (before?.checkCount ?? 0) + 1;
    this.#uses.set(keyspaceId, {
      keyspaceId,
      checkCount,
      firstAt: before?.firstAt ?? nowMs,
      lastAt: nowMs,
    });
  }

  /** All since the last call. */
  take(): readonly StoreLossUse[] {
    const uses = [...this.#uses.values()];
    this.#uses.clear();
    return uses;
  }
}
