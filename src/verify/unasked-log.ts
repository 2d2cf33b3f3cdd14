import type { WhyUnasked } from '../comparison.js';
import type { Log } from '../ports.js';

const SILENCE_MS = 60_000; // Every request meets it; one line a minute and reason is heard.

/** Says why an old check, which decides, gave no verdict. What it threw may hold a key: it is not said. */
export class UnaskedLog {
  readonly #log: Log;
  readonly #toldAt = new Map<WhyUnasked, number>();

  constructor(log: Log) {
    this.#log = log;
  }

  tell(why: WhyUnasked, nowMs: number): void {
    const toldAt = this.#toldAt.get(why);
    if (toldAt !== undefined && Math.abs(nowMs - toldAt) < SILENCE_MS) return;
    this.#toldAt.set(why, nowMs);
    switch (why) {
      case 'late':
        this.#log.warn({ room: 'verify', code: 'unasked' }, 'the old check did not answer in time');
        break;
      case 'away':
        this.#log.warn({ room: 'verify', code: 'unasked' }, 'the old check cannot be reached');
        break;
      case 'threw':
        this.#log.warn({ room: 'verify', code: 'unasked' }, 'the old check threw');
        break;
      case 'no_verdict':
        this.#log.warn({ room: 'verify', code: 'unasked' }, 'the old check gave no verdict');
        break;
    }
  }
}
