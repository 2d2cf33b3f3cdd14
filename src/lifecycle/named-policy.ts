import type { FieldFault } from '../errors.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { DEFAULT_POLICY, isPolicyName } from '../keys/policy-name.js';
import { coversAll } from '../keys/scopes.js';
import { nearest } from '../nearest.js';
import type { Write } from '../store/change.js';
import type { Act } from './context.js';

const MAX_COMPARED = 200; // Policies of the keyspace that a wrong name is compared with.

/**
 * What is wrong with the policy that a key is to name; undefined: nothing, or its form is wrong
 * already.
 */
export async function faultInPolicy(
  act: Act,
  keyspace: KeyspaceRecord,
  name: string | null | undefined,
): Promise<FieldFault | undefined> {
  if (!isNamed(name) || !isPolicyName(name)) return undefined;
  const { store } = act.lifecycle;
  if ((await store.getPolicy(keyspace.id, name)) !== undefined) return undefined;
  const message = `names "${name}", and the keyspace "${keyspace.name}" has no such policy.`;
  // Who may not read policies is told of none.
  const isShown = coversAll(act.rights.scopes, ['policies:read']);
  const cut = { limit: MAX_COMPARED, after: null };
  const known = isShown ? await store.listPolicies(keyspace.id, cut) : [];
  const like = nearest(name, [DEFAULT_POLICY, ...known.map((policy) => policy.name)]);
  const guess = like === undefined ? '' : `Did you mean "${like}"? If not, look`;
  const fix = `${guess || 'Look'} in the list of policies, or make this one first.`;
  return { pointer: '/policy', message, fix };
}

/**
 * For a change in which a key names a policy that it did not name before: nobody deletes the policy
 * meanwhile. It comes after the keys, whose rows every change takes first.
 */
export function policyHeld(
  { id: keyspaceId }: Pick<KeyspaceRecord, 'id'>,
  name: string | null,
): readonly Write[] {
  return isNamed(name) ? [{ kind: 'hold_policy', keyspaceId, name }] : [];
}

/** `default` is always known. */
function isNamed(name: string | null | undefined): name is string {
  return name !== null && name !== undefined && name !== DEFAULT_POLICY;
}
