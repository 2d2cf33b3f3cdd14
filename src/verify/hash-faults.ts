import { DependencyMissingError, InternalError } from '../errors.js';
import type { Log } from '../ports.js';

const SILENCE_MS = 60_000; // Every check of such a key meets it; one line a minute is heard.

/** Says that a stored hash cannot be checked on this machine: its keys are `unavailable` here. */
export class HashFaults {
  readonly #log: Log;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(log: Log) {
    this.#log = log;
  }

  tell(fault: unknown, nowMs: number): void {
    // The store's own faults are told where the feed meets them.
    if (!(fault instanceof DependencyMissingError || fault instanceof InternalError)) return;
    if (Math.abs(nowMs - this.#toldAt) < SILENCE_MS) return;
    this.#toldAt = nowMs;
    const message =
      fault.code === 'dependency_missing'
        ? 'an imported argon2 or bcrypt hash cannot be checked: npm install hash-wasm'
        : 'an imported hash could not be checked';
    this.#log.error({ room: 'verify', code: fault.code }, message);
  }
}
