import type { KeyturnError } from '../errors.js';
import type { Clock } from '../ports.js';

// Wall and monotonic time part this far only on a machine that was frozen or had its clock set.
const CLOCK_JUMP_MS = 250;

/** A moment on both local clocks. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * Knows until when the cache may be believed: every poll that finds nothing missing proves that
 * it was true when the poll began. Time is the database's: local time plus an offset renewed at
 * each poll.
 * @public
 */
export class Freshness {
  readonly #clock: Clock;
  #offsetMs = 0;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #fault: KeyturnError | undefined;
  #isStoreLost = false;
  /** When the offset was last known to be right. */
  #provedAt: Moment;
  #lookedAt: Moment;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lookedAt = this.moment();
    this.#provedAt = this.#lookedAt;
  }

  /** The database's time, in milliseconds UTC: the only clock read of a check. */
  nowMs(): number {
    return this.#clock.nowMs() + this.#offsetMs;
  }

  /** When the cache was last proved true, by the same clock as `nowMs`. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  /** Why nothing of the database may be believed; undefined: nothing is known to be wrong. */
  get fault(): KeyturnError | undefined {
    return this.#fault;
  }

  /** The last poll had no answer: who asks the store now waits for what may never come. */
  get isStoreLost(): boolean {
    return this.#isStoreLost;
  }

  /** How far the local clock is behind the database's, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** A clock set back makes nothing fresh: a time before the proof is no time after it. */
  isWithin(boundMs: number, nowMs: number): boolean {
    const ageMs = nowMs - this.#confirmedAt;
    return ageMs >= 0 && ageMs < boundMs;
  }

  moment(): Moment {
    return { wallMs: this.#clock.nowMs(), monotonicMs: this.#clock.monotonicMs() };
  }

  /**
   * False if wall and monotonic time have parted since the offset was last proved: until the next
   * poll, `nowMs` is not the database's time. For lookups; a jump makes the cache not fresh.
   */
  isTimeKnown(): boolean {
    return Math.abs(partedMs(this.#provedAt, this.moment())) <= CLOCK_JUMP_MS;
  }

  /** The cache was true when the poll began. */
  confirm(startedAt: Moment, offsetMs: number): void {
    this.#fault = undefined;
    this.#isStoreLost = false;
    this.#offsetMs = offsetMs;
    this.#provedAt = startedAt;
    this.#confirmedAt = startedAt.wallMs + offsetMs;
  }

  /** The database is not what it was: neither it nor the cache is believed until the next proof. */
  distrust(fault: KeyturnError): void {
    this.#fault = fault;
    this.close();
  }

  /** A poll had no answer. The cache goes stale by itself. */
  loseStore(): void {
    this.#isStoreLost = true;
  }

  /** The cache may be wrong until the next proof. */
  close(): void {
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
  }

  /** Closes if wall and monotonic time have parted since the last call. @returns whether it did. */
  closeOnClockJump(): boolean {
    const before = this.#lookedAt;
    this.#lookedAt = this.moment();
    if (Math.abs(partedMs(before, this.#lookedAt)) <= CLOCK_JUMP_MS) return false;
    this.close();
    return true;
  }
}

/** How much more time has passed on the wall clock than on the monotonic one. */
function partedMs(before: Moment, after: Moment): number {
  return after.wallMs - before.wallMs - (after.monotonicMs - before.monotonicMs);
}
