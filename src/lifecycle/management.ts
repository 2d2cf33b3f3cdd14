import type { Caller, CreatedKey, Keys, Management, ReplayedKey, WriteOptions } from '../public.js';
import type { KeyInput } from '../views.js';
import { disableKey, enableKey, updateKey } from './change-key.js';
import type { Act, Lifecycle } from './context.js';
import { createKey } from './create-key.js';
import { deleteKey, revokeKey } from './end-key.js';
import { listEvents, verifyChains } from './events.js';
import { createKeyspace, getKeyspace, listKeyspaces, updateKeyspace } from './keyspaces.js';
import { createOwner, eraseOwner, getOwner, listOwners, updateOwner } from './owners.js';
import { findKey, getKey, listKeys } from './read-keys.js';
import { rightsOf } from './rights.js';
import { listUsage } from './usage.js';

/**
 * Everything a caller may do, bound to its rights. `open` is called for each act, so that a
 * Keyturn that was never used has opened nothing.
 * @public
 */
export function managementOf(open: () => Promise<Lifecycle>, caller: Caller): Management {
  const rights = rightsOf(caller);
  const act = async (): Promise<Act> => ({ lifecycle: await open(), rights });
  return {
    keys: keysOf(act),
    keyspaces: {
      create: async (input, options = {}) => createKeyspace(await act(), input, options),
      get: async (nameOrId) => getKeyspace(await act(), nameOrId),
      list: (query = {}) => listKeyspaces(act, query),
      update: async (nameOrId, patch, options = {}) =>
        updateKeyspace(await act(), nameOrId, { patch, options }),
    },
    owners: {
      create: async (input, options = {}) => createOwner(await act(), input, options),
      get: async (id, where = {}) => getOwner(await act(), id, where),
      list: (query = {}) => listOwners(act, query),
      update: async (id, patch, options = {}) => updateOwner(await act(), id, { patch, options }),
      erase: async (id, options = {}) => eraseOwner(await act(), id, options),
    },
    events: {
      list: (query = {}) => listEvents(act, query),
      verify: async (query = {}) => verifyChains(await act(), query),
    },
    usage: { list: (filter = {}) => listUsage(act, filter) },
  };
}

function keysOf(act: () => Promise<Act>): Keys {
  async function create(input: KeyInput): Promise<CreatedKey>;
  async function create(input: KeyInput, options: WriteOptions): Promise<CreatedKey | ReplayedKey>;
  async function create(input: KeyInput, options: WriteOptions = {}) {
    const made = await createKey(await act(), input, options);
    if (made.kind === 'replayed') return { key: made.key, replayed: true as const };
    // The one moment the plaintext is shown.
    return { key: made.key, plaintext: made.plaintext.reveal() };
  }
  return {
    create,
    get: async (id) => getKey(await act(), id),
    list: (query = {}) => listKeys(act, query),
    find: async ({ plaintext }) => findKey(await act(), plaintext),
    update: async (id, patch, options = {}) => updateKey(await act(), id, { patch, options }),
    revoke: async (id, { reason = null, secret, descendants } = {}, options = {}) =>
      revokeKey(await act(), id, { reason, secret, descendants, options }),
    disable: async (id, { reason = null } = {}, options = {}) =>
      disableKey(await act(), id, { reason, options }),
    enable: async (id, { reason = null } = {}, options = {}) =>
      enableKey(await act(), id, { reason, options }),
    delete: async (id, options = {}) => deleteKey(await act(), id, options),
  };
}
