import { KeyturnError } from './errors.js';
import type { Log } from './ports.js';

/**
 * Says in the log why a database is not open: each reason once, however many requests meet it, and
 * again when it has become another one. Without this, an application that never opens its database
 * shows nothing but its own 503s.
 */
export class OpeningLog {
  readonly #log: Log;
  #failedCode: string | undefined;
  #isWaiting = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** A server has the database already: it has to let go first, unless it is of this process. */
  waits(sentence: string): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#log.warn({ room: 'store', code: 'database_in_use' }, sentence);
  }

  failed(error: unknown): void {
    const fault = error instanceof KeyturnError ? error : undefined;
    const code = fault?.code ?? 'internal';
    if (code === this.#failedCode) return;
    this.#failedCode = code;
    if (code !== 'database_in_use') this.#isWaiting = false;
    // What is no fault of ours may hold anything, so its text stays out.
    if (fault === undefined) this.#log.error({ room: 'store', code }, 'database not opened');
    else this.#log.error({ room: 'store', code }, fault.message);
  }

  opened(): void {
    if (this.#failedCode === undefined && !this.#isWaiting) return;
    this.#failedCode = undefined;
    this.#isWaiting = false;
    this.#log.info({ room: 'store' }, 'database opened');
  }
}
