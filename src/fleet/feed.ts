import {
  type KeyturnError,
  SchemaNewerError,
  SchemaOlderError,
  SchemaUninitialisedError,
  StoreCorruptError,
  StoreMovedError,
  StoreQuarantinedError,
  StoreUnavailableError,
} from '../errors.js';
import type { Clock, Log, Timers } from '../ports.js';
import { answersFault, OPEN, type StoreStanding } from '../store/standing.js';
import type { FeedChange, FeedPage, Store } from '../store/store.js';
import type { Freshness } from './freshness.js';

const SQLITE_POLL_MS = 100; // `pragma data_version` costs microseconds.
const FEED_LIMIT = 1_000; // More changes than this at once: dropping the cache is cheaper.
const POLLS_PER_BOUND = 3;

export interface FeedOptions {
  readonly store: Store;
  readonly freshness: Freshness;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** The smallest staleness bound of all keyspaces, in milliseconds. */
  readonly boundMs: () => number;
  /** Drops what changed. The cache counts as fresh only after it has returned. */
  readonly apply: (changes: readonly FeedChange[] | 'everything') => void | Promise<void>;
}

/**
 * Follows every other instance's changes: hears at once where the store can wake us, and polls to
 * be sure. One poll is under way at a time.
 * @public
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #stops: (() => void)[] = [];
  #sequence = 0;
  #polling: Promise<void> | undefined;
  #isPollWanted = false;
  #nextPollAt = Number.NEGATIVE_INFINITY;
  #failureCount = 0;
  #standing: StoreStanding = OPEN;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** The last change this instance has taken in. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Polls that failed since the last one that did not. */
  get failureCount(): number {
    return this.#failureCount;
  }

  /** What the database may be used for, as the last poll has found. */
  get standing(): StoreStanding {
    return this.#standing;
  }

  /**
   * Takes the first position and begins to follow. A database in quarantine is followed too, and
   * believed by nobody. @throws {KeyturnError} the store is away, or its data is elsewhere.
   */
  async start(): Promise<void> {
    const { store, timers } = this.#options;
    await this.#pollOnce(true);
    this.#stops.push(store.onWake(() => this.wake()));
    this.#stops.push(timers.every(SQLITE_POLL_MS, () => this.#tick()));
  }

  /** An own change, already taken in: passes over it if nobody else's came in between. */
  passOver(change: { readonly lastSequence: number; readonly count: number }): void {
    if (this.#sequence + change.count === change.lastSequence) this.#sequence = change.lastSequence;
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Polls now, and once more if one is already under way: it may have begun too early. */
  wake(): void {
    if (this.#polling !== undefined) {
      this.#isPollWanted = true;
      return;
    }
    this.#polling = this.#pollLogged().finally(() => {
      this.#polling = undefined;
      if (!this.#isPollWanted) return;
      this.#isPollWanted = false;
      this.wake();
    });
  }

  #tick(): void {
    const { freshness, store, clock, log } = this.#options;
    if (freshness.closeOnClockJump()) {
      log.warn({ room: 'fleet', code: 'clock_jump' }, 'clock jumped; the cache waits for a poll');
      this.wake();
      return;
    }
    if (clock.monotonicMs() >= this.#nextPollAt) this.wake();
    // A quick look at SQLite's change counter in between.
    else if (store.kind === 'sqlite') this.#glance();
  }

  #glance(): void {
    const { freshness, store } = this.#options;
    if (this.#polling !== undefined) return;
    const startedAt = freshness.moment();
    try {
      if (this.#isInDoubt() || store.mayHaveChanged()) this.wake();
      else freshness.confirm(startedAt, freshness.offsetMs);
    } catch {
      this.wake(); // The poll fails the same way, and says so.
    }
  }

  /** What was found wrong is right again only when a poll says so. */
  #isInDoubt(): boolean {
    return this.#failureCount > 0 || this.#options.freshness.fault !== undefined;
  }

  async #pollLogged(): Promise<void> {
    try {
      await this.#pollOnce(false);
      this.#failureCount = 0;
    } catch (fault) {
      // The cache goes stale by itself; checks then answer `unavailable`.
      this.#failureCount += 1;
      if (fault instanceof StoreUnavailableError) this.#options.freshness.loseStore();
      this.#tell(fault);
    }
  }

  #tell(fault: unknown): void {
    const { freshness, log } = this.#options;
    if (isNotOurs(fault)) {
      const isNew = freshness.fault?.code !== fault.code;
      freshness.distrust(fault);
      if (isNew) log.error({ room: 'fleet', code: fault.code }, fault.message);
    } else if (this.#failureCount === 1) {
      log.warn({ room: 'fleet', code: 'store_unavailable' }, 'cannot poll changes');
    }
  }

  async #pollOnce(isFirst: boolean): Promise<void> {
    const { store, freshness, clock, apply, boundMs } = this.#options;
    const startedAt = freshness.moment();
    this.#nextPollAt = startedAt.monotonicMs + boundMs() / POLLS_PER_BOUND;
    const known = this.#sequence; // An own change may be passed over while the poll is under way.
    const page = await store.changesSince(known, isFirst ? 0 : FEED_LIMIT);
    const tripMs = clock.monotonicMs() - startedAt.monotonicMs;
    // Fewer changes than there were: the database was put back, or a server that lagged took
    // over. It numbers its next changes as ones that were taken in already.
    const isPutBack = page.head < known;
    if (isFirst || isPutBack || page.isTruncated) await apply('everything');
    else {
      // Own changes that were passed over meanwhile are taken in: what was cached since is true.
      const changes = page.changes.filter(({ sequence }) => sequence > this.#sequence);
      if (changes.length > 0) await apply(changes);
    }
    this.#sequence = isPutBack ? page.head : Math.max(this.#sequence, page.head);
    this.#standing = page.standing;
    const fault = answersFault(page.standing);
    const isTold = isFirst && fault instanceof StoreQuarantinedError;
    if (fault !== undefined && !isTold) throw fault;
    freshness.confirm(
      startedAt,
      offsetOf(page, freshness.offsetMs, { startedAt: startedAt.wallMs, tripMs }),
    );
    if (fault !== undefined) this.#tell(fault); // The time is known now, and nothing else.
  }
}

/** The database answers, and is not one that this program may work on. */
function isNotOurs(fault: unknown): fault is KeyturnError {
  return (
    fault instanceof SchemaNewerError ||
    fault instanceof SchemaOlderError ||
    fault instanceof SchemaUninitialisedError ||
    fault instanceof StoreCorruptError ||
    fault instanceof StoreMovedError ||
    fault instanceof StoreQuarantinedError
  );
}

/**
 * The database read its clock somewhere within the round trip, so the offset lies between these
 * two. As long as the known one does, there is no better: a slow poll moves nobody's clock.
 */
function offsetOf(
  { databaseMs }: FeedPage,
  knownMs: number,
  { startedAt, tripMs }: { readonly startedAt: number; readonly tripMs: number },
): number {
  const leastMs = Math.floor(databaseMs - (startedAt + tripMs));
  return Math.min(Math.max(knownMs, leastMs), databaseMs - startedAt);
}
