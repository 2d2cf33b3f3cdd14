import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * The string a consumer sends. It prints, serialises and inspects as `[redacted]`; only
 * `reveal()` gives it away, and a test lists the files that may call it.
 * @public
 */
export class Plaintext {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself. Show it once, never keep it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
