import type { Change } from '../store/change.js';
import type { RotationCounts } from '../store/rotation.js';
import type { Store } from '../store/store.js';

/** How rotations end, with the event that says so. */
const ENDS = {
  'rotation.completed': 'completed',
  'rotation.rolled_back': 'rolled_back',
  'rotation.aborted': 'aborted',
  'rotation.superseded': 'superseded',
} as const;

type End = (typeof ENDS)[keyof typeof ENDS];

/**
 * Rotations in figures, for metrics: those that are open in the whole database, as they were counted
 * last, and those that this instance has ended since its start.
 * @public
 */
export class RotationTally {
  readonly #store: Pick<Store, 'countRotations'>;
  readonly #ended = new Map<End, number>(Object.values(ENDS).map((end) => [end, 0]));
  #open: RotationCounts | undefined;

  constructor(store: Pick<Store, 'countRotations'>) {
    this.#store = store;
  }

  /** Undefined: they were never counted here. */
  get open(): RotationCounts | undefined {
    return this.#open;
  }

  get ended(): ReadonlyMap<End, number> {
    return this.#ended;
  }

  /** Counts those that are open anew. @throws {KeyturnError} the store is away. */
  async recount(): Promise<void> {
    this.#open = await this.#store.countRotations();
  }

  /** This instance has made a change. */
  committed({ events }: Pick<Change, 'events'>): void {
    for (const { type } of events) {
      const end = isEnd(type) ? ENDS[type] : undefined;
      if (end !== undefined) this.#ended.set(end, (this.#ended.get(end) ?? 0) + 1);
    }
  }
}

function isEnd(type: string): type is keyof typeof ENDS {
  return type in ENDS;
}
