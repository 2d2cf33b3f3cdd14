import type { InstanceId } from '../keys/id.js';
import type { Clock, Log } from '../ports.js';
import type { Store } from '../store/store.js';
import type { UsageBatch, UsageCount } from '../store/usage.js';
import type { Recorder } from './record.js';

const MAX_BATCH_ROWS = 5_000; // One transaction stays short.
const MAX_WAITING_BATCHES = 100; // While the store is away; then the oldest is given up.

export interface FlusherOptions {
  readonly recorder: Recorder;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly instanceId: InstanceId;
}

/**
 * Writes counts to the store in batches. A batch whose answer was lost is sent again under the
 * same id, so it is never counted twice.
 * @public
 */
export class Flusher {
  readonly #options: FlusherOptions;
  readonly #waiting: UsageBatch[] = [];
  #flushing: Promise<void> | undefined;
  #batchCount = 0;
  #flushedUntil: number;
  #lostRowCount = 0;

  constructor(options: FlusherOptions) {
    this.#options = options;
    this.#flushedUntil = options.clock.nowMs();
  }

  /** Every check before this time is in the store. */
  get flushedUntil(): number {
    return this.#flushedUntil;
  }

  /** Rows given up because the store was away for too long. */
  get lostRowCount(): number {
    return this.#lostRowCount;
  }

  /** Writes all that was counted before the call. @throws {KeyturnError} some of it is waiting. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing.catch(() => undefined);
    this.#flushing = this.#flushOnce().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  async #flushOnce(): Promise<void> {
    const { recorder, store, clock } = this.#options;
    const takenAt = clock.nowMs();
    this.#line(recorder.take(), takenAt);
    for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
      await store.recordUsage(batch);
      this.#waiting.shift();
    }
    this.#flushedUntil = takenAt;
  }

  #line(counts: readonly UsageCount[], at: number): void {
    for (let from = 0; from < counts.length; from += MAX_BATCH_ROWS) {
      this.#batchCount += 1;
      const id = `${this.#options.instanceId} ${this.#batchCount}`;
      this.#waiting.push({ id, at, counts: counts.slice(from, from + MAX_BATCH_ROWS) });
    }
    while (this.#waiting.length > MAX_WAITING_BATCHES) {
      this.#lostRowCount += this.#waiting.shift()?.counts.length ?? 0;
      this.#options.log.error({ room: 'verify', code: 'usage_lost' }, 'usage counts were given up');
    }
  }
}
