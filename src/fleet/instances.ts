import type { InstanceId } from '../keys/id.js';
import type { Log, Timers } from '../ports.js';
import type { Store } from '../store/store.js';

const BEATS_PER_BOUND = 3;

export interface HeartbeatOptions {
  readonly store: Store;
  readonly timers: Timers;
  readonly log: Log;
  readonly id: InstanceId;
  readonly boundMs: number;
  /** What this instance has taken in and written out so far. */
  readonly progress: () => { readonly confirmedSequence: number; readonly flushedUntil: number };
}

/**
 * Tells the others that this instance is alive and how far it is.
 * @returns how to say goodbye.
 * @public
 */
export function startHeartbeat(options: HeartbeatOptions): () => Promise<void> {
  const { store, timers, log, id, boundMs, progress } = options;
  let beating: Promise<void> = Promise.resolve();
  const beat = () => {
    beating = store.heartbeat({ id, ...progress() }).catch(() => {
      log.warn({ room: 'fleet', instanceId: id, code: 'store_unavailable' }, 'heartbeat failed');
    });
  };
  beat();
  const stop = timers.every(boundMs / BEATS_PER_BOUND, beat);
  return async () => {
    stop();
    await beating; // Else a late heartbeat would bring the row back.
    await store.goodbye(id).catch(() => {
      log.warn({ room: 'fleet', instanceId: id, code: 'store_unavailable' }, 'goodbye failed');
    });
  };
}
