import type { InstanceId } from '../keys/id.js';
import type { Clock, Log, Timers } from '../ports.js';
import type { Store } from '../store/store.js';

const BEATS_PER_BOUND = 3;
const TICK_MS = 100; // The tightest bound has to be followed, too, as soon as it is set.

export interface HeartbeatOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly id: InstanceId;
  /** The smallest staleness bound of all keyspaces, in milliseconds. */
  readonly boundMs: () => number;
  /** What this instance has taken in and written out so far. */
  readonly progress: () => { readonly confirmedSequence: number; readonly flushedUntil: number };
}

/**
 * What one instance tells the others of itself.
 * @public
 */
export interface Heartbeat {
  /** Tells them at once: somebody waits for what this instance has confirmed. */
  readonly soon: () => void;
  readonly goodbye: () => Promise<void>;
}

/**
 * Tells the others that this instance is alive and how far it is.
 * @public
 */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { store, clock, timers, log, id, boundMs, progress } = options;
  let beating: Promise<void> = Promise.resolve();
  let beatenAt = Number.NEGATIVE_INFINITY;
  const beat = () => {
    beatenAt = clock.monotonicMs();
    beating = store.heartbeat({ id, ...progress() }).catch(() => {
      log.warn({ room: 'fleet', instanceId: id, code: 'store_unavailable' }, 'heartbeat failed');
    });
  };
  const beatIfDue = () => {
    if (clock.monotonicMs() - beatenAt >= boundMs() / BEATS_PER_BOUND) beat();
  };
  beatIfDue();
  const stop = timers.every(TICK_MS, beatIfDue);
  let isSoon = false;
  let isOver = false;
  return {
    soon: () => {
      if (isSoon || isOver) return;
      isSoon = true;
      // Once what was heard has been taken in.
      void timers.sleep(0).then(() => {
        isSoon = false;
        if (!isOver) beat();
      });
    },
    goodbye: async () => {
      isOver = true;
      stop();
      await beating; // Else a late heartbeat would bring the row back.
      await store.goodbye(id).catch(() => {
        log.warn({ room: 'fleet', instanceId: id, code: 'store_unavailable' }, 'goodbye failed');
      });
    },
  };
}
