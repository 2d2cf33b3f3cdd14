import type { Clock, Timers } from '../../ports.js';

const FRESH_MS = 1_000; // Who looks again within it sees the same.
const SHARE = 20; // What took long to count is counted again after so many times that.
const PATIENCE_MS = 2_000; // Who asks waits so long for the first count …
const REPEAT_PATIENCE_MS = 250; // … and so long for one that is newer than the last.
const GLANCE_MS = 20; // No process is kept alive for longer.

/** What was counted, and when, in milliseconds UTC. */
export interface Counted<T> {
  readonly value: T;
  readonly atMs: number;
}

interface Last<T> extends Counted<T> {
  /** On the monotonic clock. */
  readonly doneAt: number;
  readonly tookMs: number;
}

/**
 * Counts what takes a walk through many rows: when somebody asks, one walk at a time, and the more
 * seldom the longer it takes. Who asks meanwhile gets the last count.
 */
export class Recount<T> {
  readonly #count: () => Promise<T>;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #nowMs: () => number;
  #last: Last<T> | undefined;
  #underWay: Promise<Last<T>> | undefined;

  constructor(
    count: () => Promise<T>,
    {
      clock,
      timers,
      nowMs,
    }: { readonly clock: Clock; readonly timers: Timers; readonly nowMs: () => number },
  ) {
    this.#count = count;
    this.#clock = clock;
    this.#timers = timers;
    this.#nowMs = nowMs;
  }

  /**
   * The newest count there is; undefined: the first one takes longer than anybody should wait.
   * @throws {KeyturnError} there is none, and the store is away.
   */
  async look(): Promise<Counted<T> | undefined> {
    const last = this.#last;
    if (last !== undefined && this.#isFresh(last)) return last;
    this.#underWay ??= this.#begin();
    const underWay = last === undefined ? this.#underWay : this.#underWay.catch(() => last);
    const patienceMs = last === undefined ? PATIENCE_MS : REPEAT_PATIENCE_MS;
    const until = this.#clock.monotonicMs() + patienceMs;
    do {
      const pause = this.#timers.sleep(GLANCE_MS).then(() => 'pause' as const);
      const found = await Promise.race([underWay, pause]);
      if (found !== 'pause') return found;
    } while (this.#clock.monotonicMs() < until);
    return last;
  }

  #isFresh({ doneAt, tookMs }: Last<T>): boolean {
    return this.#clock.monotonicMs() - doneAt < Math.max(FRESH_MS, SHARE * tookMs);
  }

  #begin(): Promise<Last<T>> {
    const begun = this.#run().finally(() => {
      this.#underWay = undefined;
    });
    begun.catch(() => undefined); // Whoever waits hears of it.
    return begun;
  }

  async #run(): Promise<Last<T>> {
    const startedAt = this.#clock.monotonicMs();
    const atMs = this.#nowMs();
    const value = await this.#count();
    const doneAt = this.#clock.monotonicMs();
    this.#last = { value, atMs, doneAt, tookMs: doneAt - startedAt };
    return this.#last;
  }
}
