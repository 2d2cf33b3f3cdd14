import { type ForeignShape, hasShape, lookupOf } from '../keys/foreign-shape.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { DEFAULT_KEYSPACE, DEFAULT_STALENESS_MS } from '../keys/keyspace.js';

/** All keyspaces, in memory: there are few, and every check needs one. */
export class KeyspaceIndex {
  readonly #byPrefix = new Map<string, KeyspaceRecord>();
  readonly #byNameOrId = new Map<string, KeyspaceRecord>();
  readonly #default: KeyspaceRecord | undefined;
  readonly #foreignShapes: readonly ForeignShape[];
  readonly all: readonly KeyspaceRecord[];
  /** The tightest bound of all: how often an instance has to prove itself. */
  readonly boundMs: number;

  constructor(all: readonly KeyspaceRecord[]) {
    this.all = all;
    this.boundMs = Math.min(DEFAULT_STALENESS_MS, ...all.map(({ stalenessMs }) => stalenessMs));
    for (const keyspace of all) {
      this.#byPrefix.set(keyspace.prefix, keyspace);
      this.#byNameOrId.set(keyspace.name, keyspace).set(keyspace.id, keyspace);
    }
    this.#foreignShapes = all.flatMap((keyspace) => keyspace.foreignShapes);
    this.#default = this.#byNameOrId.get(DEFAULT_KEYSPACE.name);
  }

  /** By name or id; `default` if absent. */
  find(nameOrId: string | undefined): KeyspaceRecord | undefined {
    return nameOrId === undefined ? this.#default : this.#byNameOrId.get(nameOrId);
  }

  /** The keyspace whose keys begin as this text does. */
  ofPlaintext(text: string): KeyspaceRecord | undefined {
    const end = text.indexOf('_');
    return end === -1 ? undefined : this.#byPrefix.get(text.slice(0, end));
  }

  /**
   * Whether the text looks like a key that was made elsewhere, and what it would be found by if
   * its hash has a salt. Undefined: it does not.
   */
  ofForeign(text: string): { readonly lookup: string | null } | undefined {
    const fitting = this.#foreignShapes.filter((shape) => hasShape(text, shape));
    if (fitting.length === 0) return undefined;
    const lookup = fitting.map((shape) => lookupOf(text, shape)).find((one) => one !== null);
    return { lookup: lookup ?? null };
  }

  byId(id: string): KeyspaceRecord | undefined {
    return this.#byNameOrId.get(id);
  }
}
