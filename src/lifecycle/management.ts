import { requireForms, type Told } from '../form.js';
import type { Caller, CreatedKey, Keys, Management, ReplayedKey, WriteOptions } from '../public.js';
import type { KeyInput } from '../views.js';
import { disableKey, enableKey, updateKey } from './change-key.js';
import { listConsumersOf } from './consumers.js';
import type { Act, Lifecycle } from './context.js';
import { createKey } from './create-key.js';
import { revokeFamily } from './end-family.js';
import { deleteKey, revokeKey } from './end-key.js';
import { listEvents, verifyChains } from './events.js';
import { importKeys } from './import-keys.js';
import * as forms from './input-forms.js';
import { createKeyspace, getKeyspace, listKeyspaces, updateKeyspace } from './keyspaces.js';
import { follow } from './live.js';
import { createOwner, eraseOwner, getOwner, listOwners, updateOwner } from './owners.js';
import { findKey, getKey, listKeys } from './read-keys.js';
import { rightsOf } from './rights.js';
import { withRightsOfNow } from './rights-now.js';
import { switchReport } from './switch-report.js';
import { listUsage } from './usage.js';

/**
 * All nouns but those of rotations.
 * @public
 */
export type Nouns = Omit<
  Management,
  | 'keys'
  | 'rotations'
  | 'policies'
  | 'destinations'
  | 'channels'
  | 'notices'
  | 'people'
  | 'sessions'
  | 'overview'
> & {
  readonly keys: Omit<Keys, 'rotate' | 'reportLeaks' | 'bulk'>;
};

/** Begins an act, once what it was told is of its form. @throws {InvalidRequestError} it is not. */
type Begin = (...told: readonly Told[]) => Promise<Act>;

/**
 * Everything a caller may do, bound to its rights. `open` is called for each act, so that a
 * Keyturn that was never used has opened nothing.
 * @throws {InvalidRequestError} the caller is not of its form.
 * @public
 */
export function managementOf(open: () => Promise<Lifecycle>, caller: Caller): Nouns {
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
    live: async (query = {}) => follow(await begin([forms.LIVE, query]), query),
    usage: {
      list: (filter = {}) => listUsage(() => begin([forms.USAGE_FILTER, filter]), filter),
    },
  };
}

function keysOf(begin: Begin): Nouns['keys'] {
  async function create(input: KeyInput): Promise<CreatedKey>;
  async function create(input: KeyInput, options: WriteOptions): Promise<CreatedKey | ReplayedKey>;
  async function create(input: KeyInput, options: WriteOptions = {}) {
    const act = await begin([forms.KEY_INPUT, input], [forms.WRITE, options]);
    const made = await withRightsOfNow(act, (now) => createKey(now, input, options));
    if (made.kind === 'replayed') return { key: made.key, replayed: true as const };
    // The one moment the plaintext is shown.
    return { key: made.key, plaintext: made.plaintext.reveal() };
  }
  return {
    create,
    get: async (id) => getKey(await begin([forms.ID, { id }]), id),
    consumers: async (id) => listConsumersOf(await begin([forms.ID, { id }]), id),
    list: (query = {}) => listKeys(() => begin([forms.KEY_QUERY, query]), query),
    import: async (input, options = {}) => {
      const act = await begin([forms.IMPORT, input], [forms.WRITE, options]);
      return withRightsOfNow(act, (now) => importKeys(now, input, options));
    },
    importReport: async (query = {}) =>
      switchReport(await begin([forms.SWITCH_QUERY, query]), query),
    find: async (query) => findKey(await begin([forms.SEARCH, query]), query.plaintext),
    update: async (id, patch, options = {}) => {
      const told = [
        [forms.KEY_PATCH, patch],
        [forms.UPDATE, options],
      ] as const;
      const act = await begin([forms.ID, { id }], ...told);
      return withRightsOfNow(act, (now) => updateKey(now, id, { patch, options }));
    },
    revoke: async (id, input = {}, options = {}) => {
      const told = [
        [forms.REVOCATION, input],
        [forms.WRITE, options],
      ] as const;
      const act = await begin([forms.ID, { id }], ...told);
      const { reason = null, secret, descendants } = input;
      const how = { reason, secret, options };
      if (descendants === true) return revokeFamily(act, id, how);
      return withRightsOfNow(act, (now) => revokeKey(now, id, how));
    },
    disable: async (id, input = {}, options = {}) => {
      const told = [
        [forms.REASON, input],
        [forms.WRITE, options],
      ] as const;
      const act = await begin([forms.ID, { id }], ...told);
      const how = { reason: input.reason ?? null, options };
      return withRightsOfNow(act, (now) => disableKey(now, id, how));
    },
    enable: async (id, input = {}, options = {}) => {
      const told = [
        [forms.REASON, input],
        [forms.WRITE, options],
      ] as const;
      const act = await begin([forms.ID, { id }], ...told);
      const how = { reason: input.reason ?? null, options };
      return withRightsOfNow(act, (now) => enableKey(now, id, how));
    },
    delete: async (id, options = {}) => {
      const act = await begin([forms.ID, { id }], [forms.UPDATE, options]);
      return withRightsOfNow(act, (now) => deleteKey(now, id, options));
    },
  };
}

function keyspacesOf(begin: Begin): Management['keyspaces'] {
  return {
    create: async (input, options = {}) => {
      const act = await begin([forms.KEYSPACE_INPUT, input], [forms.WRITE, options]);
      return withRightsOfNow(act, (now) => createKeyspace(now, input, options));
    },
    get: async (nameOrId) => getKeyspace(await begin([forms.NAME_OR_ID, { nameOrId }]), nameOrId),
    list: (query = {}) => listKeyspaces(() => begin([forms.PAGE, query]), query),
    update: async (nameOrId, patch, options = {}) => {
      const told = [
        [forms.KEYSPACE_PATCH, patch],
        [forms.UPDATE, options],
      ] as const;
      const act = await begin([forms.NAME_OR_ID, { nameOrId }], ...told);
      return withRightsOfNow(act, (now) => updateKeyspace(now, nameOrId, { patch, options }));
    },
  };
}

function ownersOf(begin: Begin): Management['owners'] {
  return {
    create: async (input, options = {}) => {
      const act = await begin([forms.OWNER_INPUT, input], [forms.WRITE, options]);
      return withRightsOfNow(act, (now) => createOwner(now, input, options));
    },
    get: async (id, where = {}) =>
      getOwner(await begin([forms.ID, { id }], [forms.PLACE, where]), id, where),
    list: (query = {}) => listOwners(() => begin([forms.OWNER_QUERY, query]), query),
    update: async (id, patch, options = {}) => {
      const told = [
        [forms.OWNER_PATCH, patch],
        [forms.UPDATE_IN_PLACE, options],
      ] as const;
      const act = await begin([forms.ID, { id }], ...told);
      return withRightsOfNow(act, (now) => updateOwner(now, id, { patch, options }));
    },
    erase: async (id, options = {}) => {
      const act = await begin([forms.ID, { id }], [forms.WRITE_IN_PLACE, options]);
      return withRightsOfNow(act, (now) => eraseOwner(now, id, options));
    },
  };
}
