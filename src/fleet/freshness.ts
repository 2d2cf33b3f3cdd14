import type { Clock } from '../ports.js';

// Wall and monotonic time part this far only on a machine that was frozen or had its clock set.
const CLOCK_JUMP_MS = 250;

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
  #wallMs: number;
  #monotonicMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wallMs = clock.nowMs();
    this.#monotonicMs = clock.monotonicMs();
  }

  /** The database's time, in milliseconds UTC: the only clock read of a check. */
  nowMs(): number {
    return this.#clock.nowMs() + this.#offsetMs;
  }

  /** When the cache was last proved true, by the same clock as `nowMs`. */
  get confirmedAt(): number {
    return this.#confirmedAt;
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

  /** The cache was true when the poll began, at this local time. */
  confirm(startedAt: number, offsetMs: number): void {
    this.#offsetMs = offsetMs;
    this.#confirmedAt = startedAt + offsetMs;
  }

  /** The cache may be wrong until the next proof. */
  close(): void {
    this.#confirmedAt = Number.NEGATIVE_INFINITY;
  }

  /** Closes if wall and monotonic time have parted since the last call. @returns whether it did. */
  closeOnClockJump(): boolean {
    const wallMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const partedMs = wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs);
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    if (Math.abs(partedMs) <= CLOCK_JUMP_MS) return false;
    this.close();
    return true;
  }
}
