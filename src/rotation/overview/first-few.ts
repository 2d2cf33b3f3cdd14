import type { KeyspaceId } from '../../keys/id.js';
import type { Within } from '../../store/within.js';

/** How many of what is counted are named. */
export const SHOWN = 5;

/** Something that stands in an order of time, in milliseconds UTC. */
interface Timed {
  readonly atMs: number;
}

interface Share<T> {
  count: number;
  first: readonly T[];
}

/** How many there are in each keyspace, and the earliest of them. */
export class FirstFew<T extends Timed> {
  readonly #shares = new Map<KeyspaceId, Share<T>>();

  add(keyspaceId: KeyspaceId, item: T): void {
    const share = this.#shares.get(keyspaceId) ?? { count: 0, first: [] };
    share.count += 1;
    share.first = earliest([...share.first, item]);
    this.#shares.set(keyspaceId, share);
  }

  /** Of these keyspaces together. */
  within(within: Within): Readonly<Share<T>> {
    const shares =
      within === 'all'
        ? [...this.#shares.values()]
        : within.flatMap((id) => this.#shares.get(id) ?? []);
    return {
      count: shares.reduce((sum, { count }) => sum + count, 0),
      first: earliest(shares.flatMap(({ first }) => first)),
    };
  }
}

function earliest<T extends Timed>(items: readonly T[]): readonly T[] {
  return items.toSorted((left, right) => left.atMs - right.atMs).slice(0, SHOWN);
}

/** Figures by keyspace. */
export class Sums<Name extends string> {
  readonly #sums = new Map<KeyspaceId, Map<Name, number>>();

  add(keyspaceId: KeyspaceId, name: Name): void {
    const sums = this.#sums.get(keyspaceId) ?? new Map<Name, number>();
    sums.set(name, (sums.get(name) ?? 0) + 1);
    this.#sums.set(keyspaceId, sums);
  }

  /** Of these keyspaces together. */
  of(name: Name, within: Within): number {
    const known = within === 'all' ? [...this.#sums.keys()] : within;
    return known.reduce((sum, id) => sum + (this.#sums.get(id)?.get(name) ?? 0), 0);
  }
}
