import type { RotateAnswer } from '../../src/rotate-views.js';
import type { RotateInput } from '../../src/rotation-views.js';
import { type Fleet, turn } from './fleet.js';

const QUIET_TURNS = 5; // Of the event loop: between two calls is what takes a few of them.
const MOST_TURNS = 200_000;
const BUSY_TURNS = 200; // After them the processor is given away in between.
const TICK_MS = 1_000; // How often uses are flushed.
const LOOK_MS = 61_000; // However long a rotation waits, it is looked at once a minute.

/** A new secret, as it was handed over. */
export type Rotated = Extract<RotateAnswer, { readonly plaintext: string }>;

/** Rotations on instances whose time is held. */
export class HeldRotations {
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Time passes at once; then what is due runs, until nothing more is to be done. */
  async pass(durationMs: number): Promise<void> {
    this.#fleet.clock.advanceMs(durationMs);
    // What was used is flushed first; at the next look it is evidence.
    for (const tickMs of [TICK_MS, LOOK_MS]) {
      this.#fleet.clock.advanceMs(tickMs);
      for (const instance of this.#fleet.instances) instance.runDue();
      await this.quiet();
    }
  }

  /** Rotates a key on the first instance. */
  async rotate(id: string, input: RotateInput = {}): Promise<Rotated> {
    const answer = await this.#fleet.at(0).keyturn.keys.rotate(id, input);
    if (!('plaintext' in answer)) throw new Error('There is no plaintext.');
    return answer;
  }

  /** Nothing asks the store any more, and nobody who does is asleep. */
  async quiet(): Promise<void> {
    let calls = this.#calls();
    let quietTurns = 0;
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      await (turns < BUSY_TURNS ? turn() : new Promise((resolve) => setTimeout(resolve, 1)));
      const isQuiet = !this.#isBusy() && this.#calls() === calls;
      quietTurns = isQuiet ? quietTurns + 1 : 0;
      if (quietTurns >= QUIET_TURNS) return;
      calls = this.#calls();
    }
    throw new Error('It does not come to rest.');
  }

  #calls(): number {
    return this.#fleet.instances.reduce((sum, { store }) => sum + store.callCount(), 0);
  }

  #isBusy(): boolean {
    // Beside the database, the last change is written to a file.
    const isWriting = process.getActiveResourcesInfo().includes('FSReqPromise');
    return isWriting || this.#fleet.instances.some(({ isBusy }) => isBusy);
  }
}
