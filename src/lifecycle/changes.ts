import { StateConflictError } from '../errors.js';

const MAX_STREAMS = 4; // Of one caller.

/**
 * Wakes who follows what is changed, here or on another instance.
 * @public
 */
export class Changes {
  readonly #sleepers = new Set<() => void>();
  readonly #open = new Map<string, number>();
  #count = 0;
  #isClosed = false;

  /** Another number: something was changed since. */
  get count(): number {
    return this.#count;
  }

  /** Nothing more will be changed here. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Something was changed. */
  wake(): void {
    this.#count += 1;
    for (const wake of this.#sleepers) wake();
  }

  close(): void {
    this.#isClosed = true;
    this.wake();
  }

  /** Calls back at each change. @returns how to stop. */
  onChange(wake: () => void): () => void {
    this.#sleepers.add(wake);
    return () => this.#sleepers.delete(wake);
  }

  /**
   * Takes a place of those that a caller has. @returns how to give it back.
   * @throws {StateConflictError} all of them are taken.
   */
  begin(caller: string): () => void {
    const open = this.#open.get(caller) ?? 0;
    if (open >= MAX_STREAMS) {
      throw new StateConflictError(
        `You follow what is changed ${MAX_STREAMS} times already. Close one of them first.`,
      );
    }
    this.#open.set(caller, open + 1);
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      const left = (this.#open.get(caller) ?? 1) - 1;
      if (left === 0) this.#open.delete(caller);
      else this.#open.set(caller, left);
    };
  }
}
