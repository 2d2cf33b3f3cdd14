import { outsideOf } from './deliver/openers.js';
import type { DestinationOutside } from './deliver/outside.js';
import type { DestinationOptions } from './destination-options.js';
import { makeKeyturn } from './keyturn.js';
import type { KeyturnOptions } from './options.js';
import { type Clock, systemPorts, type Timers } from './ports.js';
import type { Keyturn } from './public.js';

export {
  DESTINATION_PROMISES,
  type DestinationTarget,
  destinationContract,
  type OpenTarget,
} from './testing/destination-contract.js';

/** A clock that stands still until it is told how far to go. */
export interface TestClock {
  nowMs(): number;
  /** Lets time pass. What is due at intervals is done once, as after a sleep. */
  advanceMs(durationMs: number): void;
}

/** A Keyturn in memory whose time is in the test's hand. */
export interface TestKeyturn extends Keyturn {
  readonly clock: TestClock;
}

/** As for `createKeyturn`, and when it is; absent: the real time of the call. */
export interface TestOptions
  extends Omit<KeyturnOptions, 'database' | 'directDatabase' | 'epochFile'> {
  readonly nowMs?: number | undefined;
}

/** Passwords of tests guard nothing. */
const CHEAP = { N: 2 ** 10, r: 8, p: 1 };

/**
 * Makes a Keyturn for the tests of an application: in memory, open, its clock held.
 * @public
 */
export async function createTestKeyturn(options: TestOptions = {}): Promise<TestKeyturn> {
  const { nowMs, ...rest } = options;
  const system = systemPorts(options.log);
  const time = new HeldTime(nowMs ?? system.clock.nowMs());
  const ports = { ...system, clock: time, timers: time };
  const keyturn = await makeKeyturn(
    { ...rest, database: 'memory:' },
    { ports, passwordCost: CHEAP },
  );
  await keyturn.open();
  return Object.assign(keyturn, { clock: time });
}

/**
 * What a destination of a test reaches the machine by, within these bounds.
 * @public
 */
export function openOutside(destinations: DestinationOptions = {}): Promise<DestinationOutside> {
  return outsideOf(destinations, systemPorts().clock);
}

interface Interval {
  readonly everyMs: number;
  readonly run: () => void;
  dueAt: number;
}

class HeldTime implements Clock, Timers, TestClock {
  readonly #startMs: number;
  readonly #intervals = new Set<Interval>();
  #passedMs = 0;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#startMs + this.#passedMs;
  }

  monotonicMs(): number {
    return this.#passedMs;
  }

  advanceMs(durationMs: number): void {
    this.#passedMs += durationMs;
    for (const interval of this.#intervals) {
      if (interval.dueAt > this.#passedMs) continue;
      interval.dueAt = this.#passedMs + interval.everyMs;
      interval.run();
    }
  }

  every(everyMs: number, run: () => void): () => void {
    const interval = { everyMs, run, dueAt: this.#passedMs + everyMs };
    this.#intervals.add(interval);
    return () => void this.#intervals.delete(interval);
  }

  /** Pauses between retries take no time here. */
  sleep(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
