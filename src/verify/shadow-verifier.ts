import type { WarmCache } from './cache.js';
import type { KeyspaceIndex } from './keyspaces.js';
import type { LoadFaults } from './load-faults.js';
import type { NegativeCache } from './negative-cache.js';
import type { Nowhere } from './nowhere.js';
import type { Preparer } from './prepare.js';
import { Recorder } from './record.js';
import type { SlowHashes } from './slow-hashes.js';
import type { Upgrades } from './upgrades.js';
import { Verifier, type VerifierOptions } from './verifier.js';

/**
 * Checks that decide nothing, beside those of another verifier: they share all that it knows, and
 * have a failure budget of their own. They are no use of a key, so they are counted nowhere.
 */
export class ShadowVerifier extends Verifier {
  override readonly cache: WarmCache;
  override readonly negative: NegativeCache;
  override readonly preparer: Preparer;
  override readonly nowhere: Nowhere;
  override readonly loadFaults: LoadFaults;
  override readonly slowHashes: SlowHashes;
  override readonly upgrades: Upgrades;
  override readonly recorder = new NoRecorder();
  override readonly loading: Verifier['loading'];
  override readonly lookups: Verifier['lookups'];
  readonly #of: Verifier;

  constructor(of: Verifier, log: VerifierOptions['log']) {
    super({ store: of.store, freshness: of.freshness, log });
    this.#of = of;
    this.cache = of.cache;
    this.negative = of.negative;
    this.preparer = of.preparer;
    this.nowhere = of.nowhere;
    this.loadFaults = of.loadFaults;
    this.slowHashes = of.slowHashes;
    this.upgrades = of.upgrades;
    this.loading = of.loading;
    this.lookups = of.lookups;
  }

  override get keyspaces(): KeyspaceIndex {
    return this.#of.keyspaces;
  }

  override learnKeyspaces(): Promise<void> {
    return this.#of.learnKeyspaces();
  }
}

class NoRecorder extends Recorder {
  override accept(): void {}
  override refuse(): void {}
  override refuseUnknown(): void {}
}
