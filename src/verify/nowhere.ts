import type { NotFoundError } from '../errors.js';
import { keyspaceNotFound } from '../lifecycle/context.js';
import type { Log } from '../ports.js';

const SILENCE_MS = 60_000; // Every check of a misspelt route meets it; one line a minute is heard.

/** What is said of checks that name a keyspace that is not there: no key can pass them. */
export class Nowhere {
  readonly #log: Log;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(log: Log) {
    this.#log = log;
  }

  /** The fault of such a check. It is logged, too: a guard's host may never see it. */
  fault(nowMs: number): NotFoundError {
    if (Math.abs(nowMs - this.#toldAt) >= SILENCE_MS) {
      this.#toldAt = nowMs;
      this.#log.error({ room: 'verify', code: 'not_found' }, 'checks name a keyspace that is none');
    }
    return keyspaceNotFound();
  }
}
