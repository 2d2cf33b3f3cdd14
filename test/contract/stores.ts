import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemPorts } from '../../src/ports.js';
import { openMemory } from '../../src/store/memory/open.js';
import type { StoreOptions } from '../../src/store/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
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
export const stores: readonly StoreCase[] = [
  { name: 'memory', open: () => openMemory(optionsFor('memory:')).then(inMemory) },
  { name: 'sqlite', open: openOnFile },
];

/** Those whose data more than one process can open. */
export const sharedStores: readonly StoreCase[] = stores.filter(({ name }) => name !== 'memory');

function inMemory(store: Store): OpenedStore {
  return { store, close: () => store.close() };
}

async function openOnFile(): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-contract-'));
  const options = optionsFor(`sqlite:${join(folder, 'keyturn.db')}`);
  const remove = () => rm(folder, { recursive: true, force: true });
  return openShared(() => openSqlite(options), remove);
}

/** Keeps account of all that is opened on the data, so that it can be closed before the end. */
async function openShared(
  open: () => Promise<Store>,
  remove: () => Promise<void>,
): Promise<OpenedStore> {
  const opened: Store[] = [];
  const another = async () => {
    const store = await open();
    opened.push(store);
    return store;
  };
  const closeAll = async () => {
    await Promise.all(opened.map((store) => store.close()));
  };
  return {
    store: await another(),
    reopen: async () => {
      await closeAll();
      return another();
    },
    second: another,
    close: async () => {
      await closeAll();
      await remove();
    },
  };
}

function optionsFor(url: string): StoreOptions {
  return { url, role: 'tool', ports: systemPorts() };
}
