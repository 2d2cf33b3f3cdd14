import type { MeddledStore } from './meddled-store.js';
import type { StoreMethod } from './meddling.js';

type Moment = 'before' | 'after';

/** A call of a store that is held back. */
export interface Held {
  /** The call has come, and waits. */
  readonly isHeld: Promise<void>;
  readonly hasHeld: () => boolean;
  readonly letGo: () => void;
}

/** Holds the next call of a method back: before it reaches the store, or its answer. */
export function holdNext(store: MeddledStore, moment: Moment, method: StoreMethod): Held {
  let hasHeld = false;
  const called = promised();
  const released = promised();
  store[moment] = (name) => {
    if (name !== method || hasHeld) return;
    hasHeld = true;
    called.resolve();
    return released.promise;
  };
  return { isHeld: called.promise, hasHeld: () => hasHeld, letGo: released.resolve };
}

/** Holds every call of a method back, until it is let go. */
export function holdAll(
  store: MeddledStore,
  moment: Moment,
  method: StoreMethod,
): Pick<Held, 'letGo'> {
  const released = promised();
  store[moment] = (name) => (name === method ? released.promise : undefined);
  return { letGo: released.resolve };
}

function promised(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
