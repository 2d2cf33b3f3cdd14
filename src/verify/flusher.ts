import type { Freshness } from '../fleet/freshness.js';
import type { InstanceId } from '../keys/id.js';
import type { Log } from '../ports.js';
import { addedUse, type ConsumerCount, type ConsumerUse, OTHERS } from '../store/consumers.js';
import type { Store } from '../store/store.js';
import type { UsageBatch, UsageCount } from '../store/usage.js';
import type { ComparisonTally } from './comparison-tally.js';
import type { Recorder } from './record.js';
import { rowIdOf } from './refused.js';

const MAX_BATCH_ROWS = 5_000; // One transaction stays short.
// What waits while the store is away, about 200 MB: a row for each secret used in an hour. What is
// counted beyond them is given up, and told.
const ROOM = { rows: 500_000, consumers: 100_000 };

/** @public */
export interface FlusherOptions {
  readonly recorder: Pick<Recorder, 'take'>;
  /** What waits of it while the store is away is in the tally, which is bounded. */
  readonly comparisons: Pick<ComparisonTally, 'take'>;
  readonly store: Pick<Store, 'recordUsage'>;
  readonly log: Log;
  readonly instanceId: InstanceId;
  /** The database's time, and when it was last known which secrets are retiring. */
  readonly freshness: Pick<Freshness, 'nowMs' | 'confirmedAt'>;
  /** What hears of who has used secrets, before it is written. Absent: nobody does. */
  readonly heard?: ((consumers: readonly ConsumerCount[]) => Promise<void>) | undefined;
  /** How much may wait; only tests say less. */
  readonly room?: typeof ROOM;
}

/**
 * Writes counts to the store in batches. A batch whose answer was lost is sent again under the
 * same id, so it is never counted twice; what is counted meanwhile is added up until it is its turn.
 * @public
 */
export class Flusher {
  readonly #options: FlusherOptions;
  readonly #room: typeof ROOM;
  /** Its outcome is not known yet. */
  #sent: UsageBatch | undefined;
  readonly #waiting = new Map<string, UsageCount>();
  readonly #seen: ConsumerCount[] = [];
  readonly #seenOfOthers = new Map<string, ConsumerUse>();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #batchCount = 0;
  #flushedUntil: number;
  #isWholeDue = true;
  #lostRowCount = 0;
  #isBehind = false;
  /** Who used what was given up: from then on this instance proves nothing. */
  #isRecordBroken = false;

  constructor(options: FlusherOptions) {
    this.#options = options;
    this.#room = options.room ?? ROOM;
    this.#flushedUntil = options.freshness.nowMs();
  }

  /**
   * Every check of a secret that was retiring by this time, of the database's clock, is in the
   * store as far as it was made before it; whoever used the secret while it was not, too.
   */
  get flushedUntil(): number {
    return this.#flushedUntil;
  }

  /** Some of what was counted before the last flush is not in the store, and may be lost yet. */
  get isBehind(): boolean {
    return this.#isBehind || this.#isRecordBroken;
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
    this.#isWholeDue = true;
    return this.flushNews();
  }

  /** The next flush is of all, too: another secret may be retiring now. */
  requireWhole(): void {
    this.#isWholeDue = true;
  }

  /**
   * Likewise, but who uses a secret as ever is written with the next whole flush: a row for each of
   * them in every second would cost more than their checks.
   */
  flushNews(): Promise<void> {
    // Who awaited the one that ran may be here before the one that waits for it has begun.
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    this.#next = this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#flushOnce()
      .then(
        () => {
          this.#isBehind = false;
        },
        (fault: unknown) => {
          this.#isBehind = true;
          throw fault;
        },
      )
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #flushOnce(): Promise<void> {
    const { recorder, comparisons, store, freshness } = this.#options;
    const isWhole = this.#isWholeDue;
    this.#isWholeDue = false;
    const takenAt = freshness.nowMs();
    const until = isWhole ? takenAt : Math.min(takenAt, freshness.confirmedAt);
    const { counts, consumers, lostCount } = recorder.take(isWhole);
    if (lostCount > 0) this.#isRecordBroken = true;
    this.#keep(counts);
    this.#keepConsumers(consumers);
    let takeShadow = () => comparisons.take();
    for (;;) {
      if (this.#sent === undefined) {
        this.#sent = this.#nextBatch(takenAt, takeShadow());
        takeShadow = () => undefined; // Once: what comes meanwhile is for the next flush.
      }
      if (this.#sent === undefined) break;
      await this.#options.heard?.(this.#sent.consumers ?? []);
      await store.recordUsage(this.#sent);
      this.#sent = undefined;
    }
    if (!this.#isRecordBroken) this.#flushedUntil = Math.max(this.#flushedUntil, until);
  }

  #keep(counts: readonly UsageCount[]): void {
    let lostCount = 0;
    for (const one of counts) {
      const id = rowIdOf(one);
      const known = this.#waiting.get(id);
      if (known === undefined && this.#waiting.size >= this.#room.rows) lostCount += 1;
      else this.#waiting.set(id, known === undefined ? one : sumOf(known, one));
    }
    if (lostCount === 0) return;
    this.#lostRowCount += lostCount;
    this.#options.log.error({ room: 'verify', code: 'usage_lost' }, 'usage counts were given up');
  }

  /** While the store is away: those that come when too many wait are added up, by secret. */
  #keepConsumers(counts: readonly ConsumerCount[]): void {
    const room = this.#room.consumers - this.#seen.length;
    this.#seen.push(...counts.slice(0, room));
    let lostCount = 0;
    for (const one of counts.slice(room)) {
      const id = `${one.keyId} ${one.secretNumber} ${one.outcome}`;
      const known = this.#seenOfOthers.get(id);
      if (known !== undefined) this.#seenOfOthers.set(id, addedUse(known, one));
      else if (this.#seenOfOthers.size >= this.#room.rows) lostCount += 1;
      else this.#seenOfOthers.set(id, addedUse(undefined, { ...one, consumer: OTHERS }));
    }
    if (lostCount === 0) return;
    this.#lostRowCount += lostCount;
    this.#isRecordBroken = true;
    this.#options.log.error({ room: 'verify', code: 'usage_lost' }, 'consumers were given up');
  }

  #nextBatch(at: number, shadow: UsageBatch['shadow']): UsageBatch | undefined {
    const counts: UsageCount[] = [];
    for (const [id, count] of this.#waiting) {
      if (counts.length >= MAX_BATCH_ROWS) break;
      counts.push(count);
      this.#waiting.delete(id);
    }
    const consumers = this.#seen.splice(0, MAX_BATCH_ROWS);
    for (const [id, use] of this.#seenOfOthers) {
      if (consumers.length >= MAX_BATCH_ROWS) break;
      const { longestGapMs, ...count } = use;
      consumers.push(count);
      this.#seenOfOthers.delete(id);
    }
    if (counts.length === 0 && consumers.length === 0 && shadow === undefined) return undefined;
    this.#batchCount += 1;
    return { id: `${this.#options.instanceId} ${this.#batchCount}`, at, counts, consumers, shadow };
  }
}

function sumOf(known: UsageCount, more: UsageCount): UsageCount {
  const lastAt = Math.max(known.lastAt, more.lastAt);
  return { ...known, count: known.count + more.count, lastAt };
}
