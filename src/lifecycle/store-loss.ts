import { formatTime } from '../keys/duration.js';
import type { InstanceId, KeyspaceId } from '../keys/id.js';
import { type Planned, perform } from './change.js';
import type { Act, Lifecycle } from './context.js';
import { recordFact } from './key-events.js';
import { rightsOf } from './rights.js';

/**
 * What passed on one keyspace's `storeLoss` while the store was lost.
 * @public
 */
export interface StoreLossUse {
  readonly keyspaceId: KeyspaceId;
  readonly checkCount: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface StoreLossJournalOptions {
  readonly lifecycle: Lifecycle;
  readonly instanceId: InstanceId;
  /** What passed since the last call. */
  readonly take: () => readonly StoreLossUse[];
}

/**
 * Writes one event for each keyspace whose `storeLoss` was used, once the store is back. An event
 * is kept until it is written, under the id that it has from the first: it is written once.
 * @public
 */
export class StoreLossJournal {
  readonly #options: StoreLossJournalOptions;
  readonly #act: Act;
  #waiting: Planned<null>[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: StoreLossJournalOptions) {
    const { lifecycle, instanceId } = options;
    this.#options = options;
    this.#act = { lifecycle, rights: rightsOf({ actor: { kind: 'instance', id: instanceId } }) };
  }

  /** Call it when the store is back. @throws {KeyturnError} it is not; some events are waiting. */
  write(): Promise<void> {
    this.#writing ??= this.#writeOnce().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeOnce(): Promise<void> {
    for (;;) {
      // Not beside older ones: what passed meanwhile is added up, so no queue can grow.
      if (this.#waiting.length === 0) this.#waiting = this.#options.take().map(this.#planOf);
      const [planned] = this.#waiting;
      if (planned === undefined) return;
      await perform(this.#act, { operation: 'store_loss', input: null }, async () => planned);
      this.#waiting.shift();
    }
  }

  /** The instance is the subject: a changed keyspace would empty every instance's cache. */
  readonly #planOf = (use: StoreLossUse): Planned<null> => {
    const { event } = recordFact(this.#act, {
      type: 'keyspace.store_loss_used',
      keyspaceId: use.keyspaceId,
      subject: { kind: 'instance', id: this.#options.instanceId },
      before: {},
      after: {
        checks: use.checkCount,
        from: formatTime(use.firstAt),
        to: formatTime(use.lastAt),
      },
    });
    return { change: { writes: [], events: [event], personal: [] }, answer: null };
  };
}
