import { isDeepStrictEqual } from 'node:util';
import { StoreUnavailableError } from '../errors.js';
import type { Freshness } from '../fleet/freshness.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Log } from '../ports.js';
import type { FoundSecret } from '../store/found-secret.js';
import type { FeedChange, Store } from '../store/store.js';
import { FailureBudget } from './budget.js';
import { WarmCache } from './cache.js';
import { findForeign } from './foreign.js';
import { WorkerEngine } from './hash-engine.js';
import { KeyspaceIndex } from './keyspaces.js';
import type { LoadResult } from './load.js';
import { LoadFaults } from './load-faults.js';
import { NegativeCache } from './negative-cache.js';
import { KeyspaceNews } from './news.js';
import { Nowhere } from './nowhere.js';
import { Preparer } from './prepare.js';
import { Recorder } from './record.js';
import { Requests } from './requests.js';
import { SlowHashes } from './slow-hashes.js';
import { StoreLossTally } from './store-loss.js';
import { Upgrades } from './upgrades.js';

/** How many bytes of warm entries one instance keeps. */
const DEFAULT_CACHE_BYTES = 256 * 1024 * 1024;

export interface VerifierOptions {
  readonly store: Store;
  readonly freshness: Freshness;
  readonly log: Log;
  readonly cacheBytes?: number | undefined;
}

/**
 * What the checks of one instance share. `verify` reads it; `apply` drops from it what changed.
 * @public
 */
export class Verifier {
  readonly store: Store;
  readonly freshness: Freshness;
  readonly nowhere: Nowhere;
  readonly cache: WarmCache;
  readonly negative = new NegativeCache();
  readonly budget = new FailureBudget();
  readonly recorder = new Recorder();
  readonly preparer = new Preparer();
  readonly requests = new Requests();
  readonly news = new KeyspaceNews(this);
  /** Checks that passed on `storeLoss` while the store was away. */
  readonly storeLoss = new StoreLossTally();
  readonly loadFaults: LoadFaults;
  readonly slowHashes: SlowHashes;
  readonly upgrades: Upgrades;
  readonly #engine = new WorkerEngine();
  /** Lookups under way, by digest: many checks of one key ask the store once. */
  readonly loading = new Map<string, Promise<LoadResult>>();
  /** All lookups under way, also those that no check may join any more. */
  readonly lookups = new Set<Promise<LoadResult>>();
  #keyspaces = new KeyspaceIndex([]);
  #reloadCount = 0;
  /** Which of the reloads, in the order in which they began, brought the keyspaces. */
  #keyspacesOf = 0;

  constructor(options: VerifierOptions) {
    this.store = options.store;
    this.freshness = options.freshness;
    this.nowhere = new Nowhere(options.log);
    this.loadFaults = new LoadFaults(options.log);
    this.slowHashes = new SlowHashes(this.#engine, () => options.freshness.moment().monotonicMs);
    this.upgrades = new Upgrades(options.store);
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

  /** Waits for the lookups that are under way, and for those that they lead to. */
  async settled(): Promise<void> {
    while (this.lookups.size > 0) await Promise.allSettled(this.lookups);
    await this.upgrades.settled();
  }

  /** Ends what runs beside the checks; call it when the last one is answered. */
  close(): Promise<void> {
    return this.#engine.close();
  }

  /**
   * Which secret a text is, if it was made elsewhere and imported.
   * @throws {StoreUnavailableError} so many slow hashes are being made that it has to wait.
   */
  async findForeign(plaintext: string): Promise<FoundSecret | undefined> {
    const foreign = this.#keyspaces.ofForeign(plaintext);
    if (foreign === undefined) return undefined;
    const text = { ...foreign, plaintext, address: undefined };
    const find = await findForeign(this, text, this.freshness.nowMs());
    if (find.kind !== 'limited') return find.kind === 'found' ? find.found : undefined;
    throw new StoreUnavailableError(
      `Too many keys with a slow hash are looked for now. Try again in ${find.retryAfter} s.`,
    );
  }

  /** A key was read elsewhere with this version: no check answers from an older one after it. */
  seen(keyId: string, version: number): void {
    this.cache.requireVersion(keyId, version);
  }

  /**
   * Reads the keyspaces, because a check met one that is not known here.
   * @throws {KeyturnError} they cannot be read.
   */
  async learnKeyspaces(): Promise<void> {
    const before = this.#keyspaces;
    await this.#readKeyspaces();
    // Where nothing is new, nobody who asks for what there is not may empty the cache.
    if (this.#keyspaces !== before) this.#forgetAll();
  }

  async #reload(): Promise<void> {
    await this.#readKeyspaces();
    this.#forgetAll();
  }

  async #readKeyspaces(): Promise<void> {
    this.#reloadCount += 1;
    const begun = this.#reloadCount;
    const all: readonly KeyspaceRecord[] = await this.store.listKeyspaces();
    // One that began later, and was answered sooner, has read all that this one had to.
    if (begun < this.#keyspacesOf) return;
    this.#keyspacesOf = begun;
    if (!isDeepStrictEqual(all, this.#keyspaces.all)) this.#keyspaces = new KeyspaceIndex(all);
  }

  /** Keyspaces stand in every prepared profile, so a change of one empties the cache. */
  #forgetAll(): void {
    this.preparer.clear();
    this.cache.clear();
    this.negative.clear();
    this.loading.clear();
  }
}
