import { systemPorts } from '../../src/ports.js';
import type { Store } from '../../src/store/store.js';
import { type DataKind, dataKinds } from '../setup/data.js';
import { postgresAbsence } from '../setup/postgres.js';

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
  readonly name: DataKind['name'];
  readonly open: () => Promise<OpenedStore>;
}

/** Every implementation of the interface in src/store/store.ts that can be tested here. */
export const stores: readonly StoreCase[] = dataKinds
  .filter(({ name }) => name !== 'postgres' || postgresAbsence() === undefined)
  .map((kind) => ({ name: kind.name, open: () => openStore(kind) }));

/** Those whose data more than one process can open. */
export const sharedStores: readonly StoreCase[] = stores.filter(({ name }) => name !== 'memory');

/** Keeps account of all that is opened on the data, so that it can be closed before the end. */
async function openStore({ name, create }: DataKind): Promise<OpenedStore> {
  const data = await create();
  const opened: Store[] = [];
  const another = async () => {
    const store = await data.open(systemPorts());
    opened.push(store);
    return store;
  };
  const closeAll = async () => {
    await Promise.all(opened.map((store) => store.close()));
  };
  const reopen = async () => {
    await closeAll();
    return another();
  };
  const close = async () => {
    await closeAll();
    await data.remove();
  };
  const store = await another();
  return name === 'memory' ? { store, close } : { store, reopen, second: another, close };
}
