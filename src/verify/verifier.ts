import type { Freshness } from '../fleet/freshness.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { FeedChange, Store } from '../store/store.js';
import { FailureBudget } from './budget.js';
import { WarmCache } from './cache.js';
import { KeyspaceIndex } from './keyspaces.js';
import type { LoadResult } from './load.js';
import { NegativeCache } from './negative-cache.js';
import { Preparer } from './prepare.js';
import { Recorder } from './record.js';

/** How many bytes of warm entries one instance keeps. */
const DEFAULT_CACHE_BYTES = 256 * 1024 * 1024;

export interface VerifierOptions {
  readonly store: Store;
  readonly freshness: Freshness;
  readonly cacheBytes?: number | undefined;
}

/**
 * What the checks of one instance share. `verify` reads it; `apply` drops from it what changed.
 * @public
 */
export class Verifier {
  readonly store: Store;
  readonly freshness: Freshness;
  readonly cache: WarmCache;
  readonly negative = new NegativeCache();
  readonly budget = new FailureBudget();
  readonly recorder = new Recorder();
  readonly preparer = new Preparer();
  /** Lookups under way, by digest: many checks of one key ask the store once. */
  readonly loading = new Map<string, Promise<LoadResult>>();
  #keyspaces = new KeyspaceIndex([]);
  #reloadCount = 0;
  /** Which of the reloads, in the order in which they began, brought the keyspaces. */
  #keyspacesOf = 0;
  /** Checks that passed on `storeLoss` while the store was away. */
  storeLossCount = 0;

  constructor(options: VerifierOptions) {
    this.store = options.store;
    this.freshness = options.freshness;
    this.cache = new WarmCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  }

  get keyspaces(): KeyspaceIndex {
    return this.#keyspaces;
  }

  /**
   * Drops what the changes touched. When it returns, no older answer can come from memory.
   * @throws {KeyturnError} a keyspace changed and cannot be read.
   */
  async apply(changes: readonly FeedChange[] | 'everything'): Promise<void> {
    if (changes === 'everything' || changes.some((change) => change.subjectKind === 'keyspace')) {
      await this.#reload();
      return;
    }
    this.dropKeys(changes);
  }

  /** The part of `apply` that needs no store: an instance's own changes count at once. */
  dropKeys(changes: readonly Pick<FeedChange, 'subjectKind' | 'subjectId'>[]): void {
    let hasKey = false;
    for (const change of changes) {
      if (change.subjectKind !== 'key') continue;
      this.cache.drop(change.subjectId);
      hasKey = true;
    }
    if (!hasKey) return;
    this.negative.clear();
    this.loading.clear(); // A check that begins now must not join a lookup that began before.
  }

  /** A key was read elsewhere with this version: no check answers from an older one after it. */
  seen(keyId: string, version: number): void {
    this.cache.requireVersion(keyId, version);
  }

  /** Keyspaces stand in every prepared profile, so a change of one empties the cache. */
  async #reload(): Promise<void> {
    this.#reloadCount += 1;
    const begun = this.#reloadCount;
    const all: readonly KeyspaceRecord[] = await this.store.listKeyspaces();
    // One that began later, and was answered sooner, has read all that this one had to.
    if (begun > this.#keyspacesOf) {
      this.#keyspacesOf = begun;
      this.#keyspaces = new KeyspaceIndex(all);
    }
    this.preparer.clear();
    this.cache.clear();
    this.negative.clear();
    this.loading.clear();
  }
}
