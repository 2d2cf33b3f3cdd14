import {
  AlreadyExistsError,
  NotFoundError,
  StateConflictError,
  UnprocessableError,
} from '../errors.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { DEFAULT_POLICY, isPolicyName } from '../keys/policy-name.js';
import { perform } from '../lifecycle/change.js';
import { requireVersion } from '../lifecycle/change-key.js';
import { type Act, keyspaceOf } from '../lifecycle/context.js';
import { badCursor, limitOf, listOf, pageAt, pageOf } from '../lifecycle/list.js';
import { requireScope } from '../lifecycle/rights.js';
import type {
  Policy,
  PolicyInput,
  PolicyInUse,
  PolicyPatch,
  PolicyQuery,
  SavedPolicy,
} from '../policy-views.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type { PolicyRecord } from '../store/rotation.js';
import type { List } from '../views.js';
import { type MailMeans, policyWarnings } from './mail-warnings.js';
import { requireChannels } from './named-channels.js';
import { readTerms } from './policy-input.js';
import { factOf, factsOf, planPut, termsIn, viewPolicy } from './policy-record.js';
import { BUILT_IN, type Terms } from './terms.js';

/** The terms of a key: its policy's, its keyspace's `default`, or the built-in ones. */
export async function policyOf({ lifecycle }: Act, key: KeyRecord): Promise<Terms> {
  const found = await lifecycle.store.getPolicy(key.keyspaceId, key.policy ?? DEFAULT_POLICY);
  if (found !== undefined) return termsIn(found);
  if (key.policy === null || key.policy === DEFAULT_POLICY) return BUILT_IN;
  const fix = 'Make that policy, or give the key another one.';
  const message = `names "${key.policy}", and its keyspace has no such policy.`;
  throw new UnprocessableError([{ pointer: '/policy', message, fix }]);
}

/** Keys that are counted: more take longer than anybody who asks. */
const MAX_COUNTED = 10_000;

interface Place {
  readonly keyspace?: string | undefined;
}

/** @throws {AlreadyExistsError} the keyspace has a policy of this name. */
export async function createPolicy(
  act: Act,
  input: PolicyInput,
  { hasMail, ...options }: WriteOptions & MailMeans,
): Promise<SavedPolicy> {
  requireScope(act.rights, 'policies:write');
  const keyspace = await keyspaceOf(act, input.keyspace);
  const { name, keyspace: _place, ...fields } = input;
  const call = { operation: `policy.create ${keyspace.id}`, input, ...options };
  const performed = await perform(act, call, async () => {
    if ((await act.lifecycle.store.getPolicy(keyspace.id, name)) !== undefined) {
      throw new AlreadyExistsError('This policy exists already. Change it instead of making it.');
    }
    const terms = readTerms({ ...BUILT_IN, policy: name }, fields);
    await requireChannels(act, keyspace, { terms, before: undefined });
    return saved(act, keyspace, { terms, before: undefined, hasMail });
  });
  return performed.answer;
}

/** Changes what the patch names. A rotation that is open keeps the terms it began with. */
export async function updatePolicy(
  act: Act,
  name: string,
  edit: { readonly patch: PolicyPatch; readonly options: UpdateOptions & Place } & MailMeans,
): Promise<SavedPolicy> {
  requireScope(act.rights, 'policies:write');
  const { patch, options, hasMail } = edit;
  const keyspace = await keyspaceOf(act, options.keyspace);
  const call = { operation: `policy.update ${keyspace.id} ${name}`, input: patch, ...options };
  const performed = await perform(act, call, async () => {
    const before = await locatePolicy(act, keyspace, name);
    requireVersion(before, options.ifMatch);
    const terms = readTerms(termsIn(before), patch);
    await requireChannels(act, keyspace, { terms, before });
    return saved(act, keyspace, { terms, before, hasMail });
  });
  return performed.answer;
}

async function saved(
  act: Act,
  keyspace: KeyspaceRecord,
  {
    terms,
    before,
    ...means
  }: MailMeans & { readonly terms: Terms; readonly before: PolicyRecord | undefined },
) {
  const { change, answer } = await planPut(act, keyspace, { terms, before });
  const warnings = await policyWarnings(act, { keyspace, terms }, means);
  return { change, answer: { ...answer, warnings } };
}

/** @throws {NotFoundError} the keyspace has no policy of this name. */
export async function getPolicy(act: Act, name: string, place: Place): Promise<PolicyInUse> {
  requireScope(act.rights, 'policies:read');
  const keyspace = await keyspaceOf(act, place.keyspace);
  const policy = await locatePolicy(act, keyspace, name);
  const keyCount = await act.lifecycle.store.countNaming(policy, MAX_COUNTED);
  return { ...viewPolicy(policy, keyspace.name), keyCount };
}

/** Of one keyspace, by name. */
export function listPolicies(open: () => Promise<Act>, query: PolicyQuery): List<Policy> {
  return listOf(async (next) => {
    const act = await open();
    requireScope(act.rights, 'policies:read');
    const { cursor: after = null } = pageAt(query, next);
    if (after !== null && !isPolicyName(after)) throw badCursor();
    const keyspace = await keyspaceOf(act, query.keyspace);
    const limit = limitOf(query);
    const cut = { after, limit: limit + 1 };
    const rows = await act.lifecycle.store.listPolicies(keyspace.id, cut);
    return pageOf(rows, limit, {
      item: (row) => viewPolicy(row, keyspace.name),
      cursor: ({ name }) => name,
    });
  });
}

/**
 * @throws {StateConflictError} keys name it that are not revoked: they could not be rotated any more.
 */
export async function deletePolicy(
  act: Act,
  name: string,
  options: UpdateOptions & Place,
): Promise<void> {
  requireScope(act.rights, 'policies:write');
  const keyspace = await keyspaceOf(act, options.keyspace);
  const call = { operation: `policy.delete ${keyspace.id} ${name}`, input: null, ...options };
  await perform(act, call, async () => {
    const policy = await locatePolicy(act, keyspace, name);
    requireVersion(policy, options.ifMatch);
    await requireUnnamed(act, policy, keyspace.name);
    const expectedVersion = policy.version;
    const before = factsOf(termsIn(policy));
    const { event } = factOf(act, keyspace, { type: 'policy.deleted', name, before, after: {} });
    const write = { kind: 'delete_policy', policy, expectedVersion } as const;
    return { change: { writes: [write], events: [event], personal: [] }, answer: null };
  });
}

/** The change that deletes it makes sure once more. Keys that name `default` have the built-in one. */
async function requireUnnamed(
  { lifecycle }: Act,
  policy: PolicyRecord,
  keyspace: string,
): Promise<void> {
  const { name } = policy;
  if (name === DEFAULT_POLICY) return;
  const count = await lifecycle.store.countNaming(policy, MAX_COUNTED);
  if (count === 0) return;
  const keys =
    count === 1 ? '1 key names' : `${count}${count < MAX_COUNTED ? '' : ' or more'} keys name`;
  throw new StateConflictError(
    `${keys} this policy, and could not be rotated without it. List the keys of the ` +
      `keyspace "${keyspace}" by the policy "${name}", give each another or revoke it; then ` +
      'delete this one.',
  );
}

export async function locatePolicy(
  act: Act,
  keyspace: KeyspaceRecord,
  name: string,
): Promise<PolicyRecord> {
  const found = await act.lifecycle.store.getPolicy(keyspace.id, name);
  if (found !== undefined) return found;
  const builtIn =
    'The keyspace has no policy "default": the built-in terms hold. Make it to change them.';
  const other = 'The keyspace has no policy of this name. Look in the list of policies.';
  throw new NotFoundError(name === DEFAULT_POLICY ? builtIn : other);
}
