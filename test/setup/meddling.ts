import type { Store } from '../../src/store/store.js';

/** A method of the store that a test can stand in front of or behind. */
export type StoreMethod = Exclude<keyof Store, 'kind' | 'onWake' | 'close'>;

/** Runs before a call reaches the store, or before its answer goes back; what it throws goes back. */
export type Meddling = (method: StoreMethod) => void | Promise<void>;
