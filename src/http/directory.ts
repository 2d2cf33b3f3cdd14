import type { Keyturn } from '../public.js';
import type { KeyspaceFacts } from '../views.js';

/**
 * The keyspaces by name and id. None of these ever changes and no keyspace is ever deleted, so what
 * was found once stays true; of what is not known the Keyturn bounds what it costs.
 */
export class Directory {
  readonly #keyturn: Pick<Keyturn, 'keyspaceFacts'>;
  readonly #known = new Map<string, KeyspaceFacts>();

  constructor(keyturn: Pick<Keyturn, 'keyspaceFacts'>) {
    this.#keyturn = keyturn;
  }

  /** By name or id. Without a promise where it is known. */
  find(nameOrId: string): KeyspaceFacts | undefined | Promise<KeyspaceFacts | undefined> {
    return this.#known.get(nameOrId) ?? this.#look(nameOrId);
  }

  /** Whose keys begin as this text does. */
  ofPlaintext(plaintext: string): KeyspaceFacts | undefined | Promise<KeyspaceFacts | undefined> {
    return this.#keyturn.keyspaceFacts({ plaintext });
  }

  async #look(name: string): Promise<KeyspaceFacts | undefined> {
    const facts = await this.#keyturn.keyspaceFacts({ name });
    if (facts !== undefined) this.#known.set(name, facts);
    return facts;
  }
}
