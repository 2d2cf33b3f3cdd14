import { StoreUnavailableError } from '../../errors.js';

/** More than this many waiting writers are a store that does not keep up. */
const MAX_WAITING = 10_000;

/** Lets one in at a time, in the order of asking. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  take(): Promise<void> {
    if (!this.#isTaken) {
      this.#isTaken = true;
      return Promise.resolve();
    }
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(
        new StoreUnavailableError(
          `${MAX_WAITING} changes wait for the database already. Try again, and more slowly.`,
        ),
      );
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
