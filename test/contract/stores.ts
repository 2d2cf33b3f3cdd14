import { systemPorts } from '../../src/ports.js';
import { openMemory } from '../../src/store/memory/open.js';
import type { Store } from '../../src/store/store.js';

/** A store under test, alone on its data. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens its data again. Absent: its data is gone when it is closed. */
  readonly reopen?: () => Promise<Store>;
  /** Opens another store on the same data, as a second process would. Absent: there is none. */
  readonly second?: () => Promise<Store>;
  /** Closes every store of this data, and removes the data. */
  readonly close: () => Promise<void>;
}

/** One implementation of the interface, for `describe.each(stores)`. */
export interface StoreCase {
  readonly name: string;
  readonly open: () => Promise<OpenedStore>;
}

/** Every implementation of the interface in src/store/store.ts. */
export const stores: readonly StoreCase[] = [{ name: 'memory', open: openInMemory }];

/** Those whose data more than one process can open. */
export const sharedStores: readonly StoreCase[] = stores.filter(({ name }) => name !== 'memory');

async function openInMemory(): Promise<OpenedStore> {
  const store = await openMemory({ url: 'memory:', role: 'tool', ports: systemPorts() });
  return { store, close: () => store.close() };
}
