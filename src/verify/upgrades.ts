import type { SecretUpgrade } from '../store/imported.js';
import type { Store } from '../store/store.js';

/**
 * Stores the SHA-256 of a text that matched an imported hash, once a check has passed with it. No
 * check waits for it: where it cannot be written, the next good use tries again.
 */
export class Upgrades {
  readonly #store: Store;
  readonly #underWay = new Map<string, Promise<void>>();
  #doneCount = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Since the start, for metrics. */
  get doneCount(): number {
    return this.#doneCount;
  }

  begin(upgrade: SecretUpgrade): void {
    const place = `${upgrade.keyId} ${upgrade.number}`;
    if (this.#underWay.has(place)) return;
    const writing = this.#store
      .upgradeSecret(upgrade)
      .then((isDone) => {
        if (isDone) this.#doneCount += 1;
      })
      .catch(() => undefined)
      .finally(() => this.#underWay.delete(place));
    this.#underWay.set(place, writing);
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }
}
