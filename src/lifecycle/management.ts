import { requireForms, type Told } from '../form.js';
import type { Caller, CreatedKey, Keys, Management, ReplayedKey, WriteOptions } from '../public.js';
import type { KeyInput } from '../views.js';
import { disableKey, enableKey, updateKey } from './change-key.js';
import type { Act, Lifecycle } from './context.js';
import { createKey } from './create-key.js';
import { deleteKey, revokeKey } from './end-key.js';
import { listEvents, verifyChains } from './events.js';
import * as forms from './input-forms.js';
import { createKeyspace, getKeyspace, listKeyspaces, updateKeyspace } from './keyspaces.js';
import { createOwner, eraseOwner, getOwner, listOwners, updateOwner } from './owners.js';
import { findKey, getKey, listKeys } from './read-keys.js';
import { rightsOf } from './rights.js';
import { listUsage } from './usage.js';

/** Begins an act, once what it was told is of its form. @throws {InvalidRequestError} it is not. */
type Begin = (...told: readonly Told[]) => Promise<Act>;

/**
 * Everything a caller may do, bound to its rights. `open` is called for each act, so that a
 * Keyturn that was never used has opened nothing.
 * @throws {InvalidRequestError} the caller is not of its form.
 * @public
 */
export function managementOf(open: () => Promise<Lifecycle>, caller: Caller): Management {
  requireForms([forms.CALLER, caller]);
  const rights = rightsOf(caller);
  // First of all: what was not understood opens nothing and changes nothing.
  const begin: Begin = async (...told) => {
    requireForms(...told);
    return { lifecycle: await open(), rights };
  };
  return {
    keys: keysOf(begin),
    keyspaces: keyspacesOf(begin),
    owners: ownersOf(begin),
    events: {
      list: (query = {}) => listEvents(() => begin([forms.EVENT_QUERY, query]), query),
      verify: async (query = {}) => verifyChains(await begin([forms.CHAIN_QUERY, query]), query),
    },
    usage: {
      list: (filter = {}) => listUsage(() => begin([forms.USAGE_FILTER, filter]), filter),
    },
  };
}

function keysOf(begin: Begin): Keys {
  async function create(input: KeyInput): Promise<CreatedKey>;
  async function create(input: KeyInput, options: WriteOptions): Promise<CreatedKey | ReplayedKey>;
  async function create(input: KeyInput, options: WriteOptions = {}) {
    const act = await begin([forms.KEY_INPUT, input], [forms.WRITE, options]);
    const made = await createKey(act, input, options);
    if (made.kind === 'replayed') return { key: made.key, replayed: true as const };
    // The one moment the plaintext is shown.
    return { key: made.key, plaintext: made.plaintext.reveal() };
  }
  return {
    create,
    get: async (id) => getKey(await begin([forms.ID, { id }]), id),
    list: (query = {}) => listKeys(() => begin([forms.KEY_QUERY, query]), query),
    find: async (query) => findKey(await begin([forms.SEARCH, query]), query.plaintext),
    update: async (id, patch, options = {}) => {
      const told = [
        [forms.KEY_PATCH, patch],
        [forms.UPDATE, options],
      ] as const;
      return updateKey(await begin([forms.ID, { id }], ...told), id, { patch, options });
    },
    revoke: async (id, input = {}, options = {}) => {
      const told = [
        [forms.REVOCATION, input],
        [forms.WRITE, options],
      ] as const;
      const act = await begin([forms.ID, { id }], ...told);
      const { reason = null, secret, descendants } = input;
      return revokeKey(act, id, { reason, secret, descendants, options });
    },
    disable: async (id, input = {}, options = {}) => {
      const told = [
        [forms.REASON, input],
        [forms.WRITE, options],
      ] as const;
      const act = await begin([forms.ID, { id }], ...told);
      return disableKey(act, id, { reason: input.reason ?? null, options });
    },
    enable: async (id, input = {}, options = {}) => {
      const told = [
        [forms.REASON, input],
        [forms.WRITE, options],
      ] as const;
      const act = await begin([forms.ID, { id }], ...told);
      return enableKey(act, id, { reason: input.reason ?? null, options });
    },
    delete: async (id, options = {}) =>
      deleteKey(await begin([forms.ID, { id }], [forms.UPDATE, options]), id, options),
  };
}

function keyspacesOf(begin: Begin): Management['keyspaces'] {
  return {
    create: async (input, options = {}) => {
      const act = await begin([forms.KEYSPACE_INPUT, input], [forms.WRITE, options]);
      return createKeyspace(act, input, options);
    },
    get: async (nameOrId) => getKeyspace(await begin([forms.NAME_OR_ID, { nameOrId }]), nameOrId),
    list: (query = {}) => listKeyspaces(() => begin([forms.PAGE, query]), query),
    update: async (nameOrId, patch, options = {}) => {
      const told = [
        [forms.KEYSPACE_PATCH, patch],
        [forms.UPDATE, options],
      ] as const;
      const act = await begin([forms.NAME_OR_ID, { nameOrId }], ...told);
      return updateKeyspace(act, nameOrId, { patch, options });
    },
  };
}

function ownersOf(begin: Begin): Management['owners'] {
  return {
    create: async (input, options = {}) => {
      const act = await begin([forms.OWNER_INPUT, input], [forms.WRITE, options]);
      return createOwner(act, input, options);
    },
    get: async (id, where = {}) =>
      getOwner(await begin([forms.ID, { id }], [forms.PLACE, where]), id, where),
    list: (query = {}) => listOwners(() => begin([forms.OWNER_QUERY, query]), query),
    update: async (id, patch, options = {}) => {
      const told = [
        [forms.OWNER_PATCH, patch],
        [forms.UPDATE_IN_PLACE, options],
      ] as const;
      return updateOwner(await begin([forms.ID, { id }], ...told), id, { patch, options });
    },
    erase: async (id, options = {}) => {
      const act = await begin([forms.ID, { id }], [forms.WRITE_IN_PLACE, options]);
      return eraseOwner(act, id, options);
    },
  };
}
