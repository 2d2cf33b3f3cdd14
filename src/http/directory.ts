import type { Keyturn } from '../public.js';
import type { Keyspace } from '../views.js';

/** What never changes of a keyspace. */
export type KeyspaceFacts = Pick<Keyspace, 'id' | 'name' | 'prefix' | 'isManagement'>;

const PAGE_LIMIT = 200;

/**
 * The keyspaces by name, id and prefix. None of these ever changes and no keyspace is ever
 * deleted, so what was read once stays true; only what is not known yet is looked up again.
 */
export class Directory {
  readonly #keyturn: Pick<Keyturn, 'keyspaces'>;
  readonly #known = new Map<string, KeyspaceFacts>();
  #loading: Promise<void> | undefined;

  constructor(keyturn: Pick<Keyturn, 'keyspaces'>) {
    this.#keyturn = keyturn;
  }

  /** By name or id. Without a promise where it is known. */
  find(nameOrId: string): KeyspaceFacts | undefined | Promise<KeyspaceFacts | undefined> {
    return this.#known.get(nameOrId) ?? this.#look(nameOrId);
  }

  /** By the prefix of its keys. */
  ofPrefix(prefix: string): KeyspaceFacts | undefined | Promise<KeyspaceFacts | undefined> {
    return this.find(`${prefix}_`);
  }

  async #look(name: string): Promise<KeyspaceFacts | undefined> {
    // One at a time: a flood of names nobody has is no flood of reads.
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
    return this.#known.get(name);
  }

  async #load(): Promise<void> {
    for await (const { id, name, prefix, isManagement } of this.#keyturn.keyspaces.list({
      limit: PAGE_LIMIT,
    })) {
      const facts = Object.freeze({ id, name, prefix, isManagement });
      // Neither a name nor an id can end in an underscore, so the three cannot meet.
      for (const key of [id, name, `${prefix}_`]) this.#known.set(key, facts);
    }
  }
}
