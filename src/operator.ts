import { EpochWatch, epochFileOf } from './epoch.js';
import { Changes } from './lifecycle/changes.js';
import type { Act, Lifecycle } from './lifecycle/context.js';
import { initialise } from './lifecycle/initialise.js';
import { managementOf, type Nouns } from './lifecycle/management.js';
import { rightsOf } from './lifecycle/rights.js';
import type { Caller } from './public.js';
import type { StoreOptions } from './store/open.js';
import type { Store } from './store/store.js';
import { openTool, storeOptionsOf, type UpkeepTarget } from './upkeep.js';

/** An open database in an operator's hand, without anything that answers checks. */
export interface Operator {
  readonly store: Store;
  readonly act: Act;
  readonly management: Nouns;
  /** Undefined where nothing is remembered outside the database. */
  readonly epoch: EpochWatch | undefined;
}

/** Opens a database for one piece of upkeep. @throws {KeyturnError} it cannot be. */
export async function withOperator<T>(
  target: UpkeepTarget,
  caller: Caller,
  work: (operator: Operator) => Promise<T>,
): Promise<T> {
  const options = storeOptionsOf(target);
  const store = await openTool(options);
  try {
    const lifecycle = await lifecycleOf(store, options);
    const epochFile = await epochFileOf({ ...target, role: 'tool' });
    await initialise(lifecycle);
    const epoch =
      epochFile === undefined ? undefined : await EpochWatch.start(lifecycle, epochFile);
    const act = { lifecycle, rights: rightsOf(caller) };
    const management = managementOf(async () => lifecycle, caller);
    const done = await work({ store, act, management, epoch });
    await epoch?.check(); // What was done is remembered, too.
    return done;
  } finally {
    await store.close();
  }
}

/** Nothing is cached here, so nothing has to be dropped. */
async function lifecycleOf(store: Store, { ports }: StoreOptions): Promise<Lifecycle> {
  const { databaseMs } = await store.changesSince(0, 0);
  const offsetMs = databaseMs - ports.clock.nowMs();
  return {
    store,
    ports,
    nowMs: () => ports.clock.nowMs() + offsetMs,
    inFlight: new Set(),
    changes: new Changes(),
    committed: async () => undefined,
    seen: () => undefined,
  };
}
