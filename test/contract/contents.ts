import type { KeyspaceId } from '../../src/keys/id.js';
import type { Store } from '../../src/store/store.js';
import { aKeyFilter, DAY_AT } from './build.js';

/** Everything that can be read of a keyspace, to see that nothing has changed. */
export async function contentsOf(store: Store, keyspaceId: KeyspaceId) {
  const within = [keyspaceId];
  const keys = await store.listKeys(aKeyFilter(keyspaceId));
  const used = { within, fromMs: 0, toMs: DAY_AT * 2, per: 'hour', by: 'secret' } as const;
  return {
    keys,
    keyspaces: (await store.listKeyspaces()).filter(({ id }) => id === keyspaceId),
    owners: await store.listOwners({ within, limit: 200, after: null }),
    events: await store.listEvents({ within, limit: 200, order: 'oldest' }),
    head: await store.chainHead(keyspaceId),
    lastUses: await store.lastUses(keys.map(({ id }) => id)),
    usage: await store.usage({ ...used, limit: 200, after: null }),
    counts: await store.counts(),
    sequence: (await store.changesSince(0, 1)).head,
  };
}
