import type { Fleet } from '../setup/fleet.js';
import { CLIENTS } from './rotation-acts.js';

/** Those who use one key, and what became of it. */
export class Clients {
  readonly #fleet: Fleet;
  /** The number of the secret that each client uses. */
  readonly #chosen: number[] = Array.from({ length: CLIENTS }, () => 1);
  /** When a client was last accepted with a secret: `client number`. */
  readonly #uses = new Map<string, number>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  choose(who: number, number: number): void {
    this.#chosen[who] = number;
  }

  chosenBy(who: number): number {
    return this.#chosen[who] ?? 1;
  }

  async use(who: number, plaintext: string): Promise<void> {
    const facts = { address: `203.0.${who}.7`, userAgent: `client-${who}/1` };
    const verdict = await this.#fleet.at(0).verify({ plaintext }, facts);
    const use = `${who} ${this.chosenBy(who)}`;
    if (verdict.valid) this.#uses.set(use, this.#fleet.clock.nowMs());
  }

  /** Who was accepted with a secret since. */
  of(number: number, sinceMs: number): readonly number[] {
    return this.#chosen
      .map((_, who) => who)
      .filter((who) => (this.#uses.get(`${who} ${number}`) ?? -1) >= sinceMs);
  }

  /** Which of these clients were ever accepted with which secret. */
  byNumber(
    numbers: Iterable<number>,
    clients: readonly number[],
  ): ReadonlyMap<number, readonly number[]> {
    const usersOf = (number: number) => this.of(number, 0).filter((who) => clients.includes(who));
    return new Map([...numbers].map((number) => [number, usersOf(number)]));
  }
}
