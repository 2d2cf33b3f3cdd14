import { InternalError } from '../errors.js';
import { DEFAULT_KEYSPACE, MANAGEMENT_KEYSPACE } from '../keys/keyspace.js';
import { MANAGEMENT_SCOPES } from '../keys/management-scopes.js';
import type { Lifecycle } from './context.js';
import { draftKeyspace } from './keyspaces.js';
import { rightsOf } from './rights.js';

/**
 * Makes the first two keyspaces where they are missing. Any number of processes may do so at
 * once: the name is unique, and who comes second finds it made.
 * @public
 */
export async function initialise(lifecycle: Lifecycle): Promise<void> {
  const known = (await lifecycle.store.listKeyspaces()).map(({ name }) => name);
  const rights = rightsOf({ actor: { kind: 'application', id: 'keyturn' } });
  const first = [
    { ...MANAGEMENT_KEYSPACE, isManagement: true, scopes: MANAGEMENT_SCOPES },
    { ...DEFAULT_KEYSPACE, isManagement: false, scopes: null },
  ];
  for (const { isManagement, scopes, ...input } of first) {
    if (known.includes(input.name)) continue;
    const { write, event } = draftKeyspace({ lifecycle, rights }, input, { isManagement, scopes });
    const base = { personal: [], caller: null, idempotency: null };
    const result = await lifecycle.store.commit({ ...base, writes: [write], events: [event] });
    if (result.ok || result.conflict === 'exists') continue;
    throw new InternalError(`The keyspace "${input.name}" cannot be made: ${result.conflict}.`);
  }
}
