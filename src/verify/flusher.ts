import type { InstanceId } from '../keys/id.js';
import type { Log } from '../ports.js';
import type { Store } from '../store/store.js';
import type { UsageBatch, UsageCount } from '../store/usage.js';
import { type Recorder, rowIdOf } from './record.js';

const MAX_BATCH_ROWS = 5_000; // One transaction stays short.
// Rows that wait while the store is away, about 200 MB: a row for each secret used in an hour. What
// is counted beyond them is given up, and told.
const MAX_WAITING_ROWS = 500_000;

export interface FlusherOptions {
  readonly recorder: Recorder;
  readonly store: Store;
  readonly log: Log;
  readonly instanceId: InstanceId;
  /** The database's time, in milliseconds UTC. */
  readonly nowMs: () => number;
}

/**
 * Writes counts to the store in batches. A batch whose answer was lost is sent again under the
 * same id, so it is never counted twice; what is counted meanwhile is added up until it is its turn.
 * @public
 */
export class Flusher {
  readonly #options: FlusherOptions;
  /** Its outcome is not known yet. */
  #sent: UsageBatch | undefined;
  readonly #waiting = new Map<string, UsageCount>();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #batchCount = 0;
  #flushedUntil: number;
  #lostRowCount = 0;

  constructor(options: FlusherOptions) {
    this.#options = options;
    this.#flushedUntil = options.nowMs();
  }

  /** Every check before this time, of the database's clock, is in the store. */
  get flushedUntil(): number {
    return this.#flushedUntil;
  }

  /** Rows given up because the store was away for too long. */
  get lostRowCount(): number {
    return this.#lostRowCount;
  }

  /**
   * Writes all that was counted before the call. While one flush runs, one more waits, for all who
   * ask. @throws {KeyturnError} some of it is waiting.
   */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#flushOnce().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #flushOnce(): Promise<void> {
    const { recorder, store, nowMs } = this.#options;
    const takenAt = nowMs();
    this.#keep(recorder.take());
    for (;;) {
      this.#sent ??= this.#nextBatch(takenAt);
      if (this.#sent === undefined) break;
      await store.recordUsage(this.#sent);
      this.#sent = undefined;
    }
    this.#flushedUntil = takenAt;
  }

  #keep(counts: readonly UsageCount[]): void {
    let lostCount = 0;
    for (const one of counts) {
      const id = rowIdOf(one);
      const known = this.#waiting.get(id);
      if (known === undefined && this.#waiting.size >= MAX_WAITING_ROWS) lostCount += 1;
      else this.#waiting.set(id, known === undefined ? one : sumOf(known, one));
    }
    if (lostCount === 0) return;
    this.#lostRowCount += lostCount;
    this.#options.log.error({ room: 'verify', code: 'usage_lost' }, 'usage counts were given up');
  }

  #nextBatch(at: number): UsageBatch | undefined {
    const counts: UsageCount[] = [];
    for (const [id, count] of this.#waiting) {
      if (counts.length >= MAX_BATCH_ROWS) break;
      counts.push(count);
      this.#waiting.delete(id);
    }
    if (counts.length === 0) return undefined;
    this.#batchCount += 1;
    return { id: `${this.#options.instanceId} ${this.#batchCount}`, at, counts };
  }
}

function sumOf(known: UsageCount, more: UsageCount): UsageCount {
  const lastAt = Math.max(known.lastAt, more.lastAt);
  return { ...known, count: known.count + more.count, lastAt };
}
