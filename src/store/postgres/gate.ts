import { ClosedError } from '../../errors.js';

/** Lets calls in until it is closed, and then waits for those inside; each has its time-out. */
export class Gate {
  readonly #where: string;
  #insideCount = 0;
  #isClosed = false;
  #tellEmpty: (() => void) | undefined;

  constructor(where: string) {
    this.#where = where;
  }

  /** Call `leave` once for each call that did not throw. */
  enter(): void {
    if (this.#isClosed) {
      throw new ClosedError(`The store at ${this.#where} was closed. Open it again to use it.`);
    }
    this.#insideCount += 1;
  }

  leave(): void {
    this.#insideCount -= 1;
    if (this.#insideCount === 0) this.#tellEmpty?.();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    if (this.#insideCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#tellEmpty = resolve;
    });
  }
}
