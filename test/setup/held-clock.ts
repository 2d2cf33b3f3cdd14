import type { Clock, Timers } from '../../src/ports.js';

interface Repeated {
  readonly intervalMs: number;
  readonly run: () => void;
  dueAt: number;
}

/** Wall and monotonic time that move only when a test says so. Begins now. */
export class HeldClock implements Clock {
  #wallMs = Date.now();
  #monotonicMs = 1_000;

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Time passes, on both clocks. */
  advanceMs(durationMs: number): void {
    this.#wallMs += durationMs;
    this.#monotonicMs += durationMs;
  }

  /** Somebody sets the wall clock, by so much, while no time passes. */
  setByMs(durationMs: number): void {
    this.#wallMs += durationMs;
  }
}

/** Timers that run when a test says so; only `sleep` takes real time, where a store retries. */
export class HeldTimers implements Timers {
  readonly #clock: Clock;
  readonly #repeated = new Set<Repeated>();
  /** Who sleeps goes on by itself. */
  sleepCount = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  every(intervalMs: number, run: () => void): () => void {
    const repeated = { intervalMs, run, dueAt: this.#clock.monotonicMs() + intervalMs };
    this.#repeated.add(repeated);
    return () => this.#repeated.delete(repeated);
  }

  async sleep(durationMs: number): Promise<void> {
    this.sleepCount += 1;
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    this.sleepCount -= 1;
  }

  /** Runs once what is due by the clock. */
  runDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const repeated of [...this.#repeated]) {
      if (repeated.dueAt > nowMs) continue;
      repeated.dueAt = nowMs + repeated.intervalMs;
      repeated.run();
    }
  }

  /** Runs everything that repeats within so many milliseconds, due or not. */
  runAllWithin(intervalMs: number): void {
    for (const repeated of [...this.#repeated]) {
      if (repeated.intervalMs <= intervalMs) repeated.run();
    }
  }
}
