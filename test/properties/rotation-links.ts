import { expect } from 'vitest';
import { tokenIn } from '../setup/claiming.js';
import type { Fleet } from '../setup/fleet.js';

/** The links that were handed out for one key. */
export class Links {
  readonly #fleet: Fleet;
  readonly #tokens: string[] = [];
  readonly #opened = new Set<string>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  get isNone(): boolean {
    return this.#tokens.length === 0;
  }

  handOut({ url }: { readonly url: string }): void {
    this.#tokens.push(tokenIn(url));
  }

  /** @returns the secret that was shown, and its number; undefined: there is no such link. */
  async open(
    isLast: boolean,
  ): Promise<{ readonly number: number; readonly plaintext: string } | undefined> {
    const token = this.#tokens.at(isLast ? -1 : -2);
    if (token === undefined) return undefined;
    const { claims, keys } = this.#fleet.at(0).keyturn;
    const { key, plaintext } = await claims.open(token);
    expect(this.#opened.has(token), 'a link that was opened twice').toBe(false);
    this.#opened.add(token);
    const { secrets } = await keys.get(key.id);
    const number = secrets.find(({ hint }) => plaintext.startsWith(hint))?.number;
    if (number === undefined) throw new Error('The key has no secret of this hint.');
    return { number, plaintext };
  }

  /** Whoever it was for says that somebody else has opened it. */
  async disown(isLast: boolean): Promise<void> {
    const token = this.#tokens.at(isLast ? -1 : -2);
    if (token !== undefined) await this.#fleet.at(0).keyturn.claims.disown(token);
  }
}
