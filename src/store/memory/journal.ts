/** Writes to maps that can be taken back: a change is kept whole, or not at all. */
export class Journal {
  readonly #steps: (() => void)[] = [];
  /** When the change is made, in milliseconds UTC. */
  readonly nowMs: number;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  set<K, V extends NonNullable<unknown>>(map: Map<K, V>, key: K, value: V): void {
    this.#remember(map, key);
    map.set(key, value);
  }

  delete<K, V extends NonNullable<unknown>>(map: Map<K, V>, key: K): void {
    this.#remember(map, key);
    map.delete(key);
  }

  /** Puts every map back as it was. */
  undo(): void {
    for (const step of this.#steps.reverse()) step();
  }

  #remember<K, V extends NonNullable<unknown>>(map: Map<K, V>, key: K): void {
    const before = map.get(key);
    this.#steps.push(() => {
      if (before === undefined) map.delete(key);
      else map.set(key, before);
    });
  }
}
