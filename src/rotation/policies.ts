import {
  AlreadyExistsError,
  NotFoundError,
  StoreCorruptError,
  UnprocessableError,
} from '../errors.js';
import { formatTime } from '../keys/duration.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { DEFAULT_POLICY } from '../keys/policy-name.js';
import { perform } from '../lifecycle/change.js';
import { requireVersion } from '../lifecycle/change-key.js';
import { type Act, keyspaceOf } from '../lifecycle/context.js';
import { recordFact } from '../lifecycle/key-events.js';
import { listOf, pageOf } from '../lifecycle/list.js';
import { requireScope } from '../lifecycle/rights.js';
import type { Policy, PolicyInput, PolicyPatch, PolicyQuery } from '../policy-views.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type { PolicyRecord } from '../store/rotation.js';
import type { List } from '../views.js';
import { readTerms, viewTerms } from './policy-input.js';
import { BUILT_IN, type Terms } from './terms.js';

/** The terms of a key: its policy's, its keyspace's `default`, or the built-in ones. */
export async function policyOf({ lifecycle }: Act, key: KeyRecord): Promise<Terms> {
  const policies = await lifecycle.store.listPolicies([key.keyspaceId]);
  const name = key.policy ?? DEFAULT_POLICY;
  const found = policies.find((policy) => policy.name === name);
  if (found !== undefined) return termsIn(found);
  if (key.policy === null || key.policy === DEFAULT_POLICY) return BUILT_IN;
  const fix = 'Make that policy, or give the key another one.';
  const message = `names "${key.policy}", and its keyspace has no such policy.`;
  throw new UnprocessableError([{ pointer: '/policy', message, fix }]);
}

interface Place {
  readonly keyspace?: string | undefined;
}

/** @throws {AlreadyExistsError} the keyspace has a policy of this name. */
export async function createPolicy(
  act: Act,
  input: PolicyInput,
  options: WriteOptions,
): Promise<Policy> {
  requireScope(act.rights, 'policies:write');
  const keyspace = await keyspaceOf(act, input.keyspace);
  const { name, keyspace: _place, ...fields } = input;
  const call = { operation: `policy.create ${keyspace.id}`, input, ...options };
  const performed = await perform(act, call, async () => {
    if ((await findPolicy(act, keyspace, name)) !== undefined) {
      throw new AlreadyExistsError('This policy exists already. Change it instead of making it.');
    }
    const terms = readTerms({ ...BUILT_IN, policy: name }, fields);
    return planPut(act, keyspace, { terms, before: undefined });
  });
  return performed.answer;
}

/** Changes what the patch names. A rotation that is open keeps the terms it began with. */
export async function updatePolicy(
  act: Act,
  name: string,
  edit: { readonly patch: PolicyPatch; readonly options: UpdateOptions & Place },
): Promise<Policy> {
  requireScope(act.rights, 'policies:write');
  const { patch, options } = edit;
  const keyspace = await keyspaceOf(act, options.keyspace);
  const call = { operation: `policy.update ${keyspace.id} ${name}`, input: patch, ...options };
  const performed = await perform(act, call, async () => {
    const before = await locatePolicy(act, keyspace, name);
    requireVersion(before, options.ifMatch);
    return planPut(act, keyspace, { terms: readTerms(termsIn(before), patch), before });
  });
  return performed.answer;
}

/** @throws {NotFoundError} the keyspace has no policy of this name. */
export async function getPolicy(act: Act, name: string, place: Place): Promise<Policy> {
  requireScope(act.rights, 'policies:read');
  const keyspace = await keyspaceOf(act, place.keyspace);
  return viewPolicy(await locatePolicy(act, keyspace, name), keyspace.name);
}

/** Of one keyspace, by name; there are few. */
export function listPolicies(open: () => Promise<Act>, query: PolicyQuery): List<Policy> {
  return listOf(async () => {
    const act = await open();
    requireScope(act.rights, 'policies:read');
    const keyspace = await keyspaceOf(act, query.keyspace);
    const rows = await act.lifecycle.store.listPolicies([keyspace.id]);
    return pageOf(rows, rows.length, {
      item: (row) => viewPolicy(row, keyspace.name),
      cursor: ({ name }) => name,
    });
  });
}

/** Its keys follow their keyspace's `default` no more: they name what is not there. */
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
    const expectedVersion = policy.version;
    const before = factsOf(termsIn(policy));
    const { event } = factOf(act, keyspace, { type: 'policy.deleted', name, before, after: {} });
    const write = { kind: 'delete_policy', policy, expectedVersion } as const;
    return { change: { writes: [write], events: [event], personal: [] }, answer: null };
  });
}

async function findPolicy(
  { lifecycle }: Act,
  { id }: KeyspaceRecord,
  name: string,
): Promise<PolicyRecord | undefined> {
  return (await lifecycle.store.listPolicies([id])).find((policy) => policy.name === name);
}

async function locatePolicy(
  act: Act,
  keyspace: KeyspaceRecord,
  name: string,
): Promise<PolicyRecord> {
  const found = await findPolicy(act, keyspace, name);
  if (found !== undefined) return found;
  throw new NotFoundError('The keyspace has no policy of this name. Look in the list of policies.');
}

function planPut(
  act: Act,
  keyspace: KeyspaceRecord,
  { terms, before }: { readonly terms: Terms; readonly before: PolicyRecord | undefined },
) {
  const nowMs = act.lifecycle.nowMs();
  const policy: PolicyRecord = {
    keyspaceId: keyspace.id,
    name: terms.policy,
    body: JSON.stringify(terms),
    createdAt: before?.createdAt ?? nowMs,
    updatedAt: nowMs,
    version: (before?.version ?? 0) + 1,
  };
  const { event } = factOf(act, keyspace, {
    type: 'policy.applied',
    name: terms.policy,
    before: before === undefined ? {} : factsOf(termsIn(before)),
    after: factsOf(terms),
  });
  const expectedVersion = before?.version ?? 0;
  const write = { kind: 'put_policy', policy, expectedVersion } as const;
  const change = { writes: [write], events: [event], personal: [] };
  return { change, answer: viewPolicy(policy, keyspace.name) };
}

function factOf(
  act: Act,
  keyspace: KeyspaceRecord,
  fact: {
    readonly type: 'policy.applied' | 'policy.deleted';
    readonly name: string;
    readonly before: ReturnType<typeof factsOf>;
    readonly after: ReturnType<typeof factsOf>;
  },
) {
  const { type, name, before, after } = fact;
  const subject = { kind: 'policy', id: name } as const;
  return recordFact(act, { type, keyspaceId: keyspace.id, subject, before, after });
}

function factsOf(terms: Terms) {
  return JSON.parse(JSON.stringify(viewTerms(terms)));
}

function viewPolicy(policy: PolicyRecord, keyspace: string): Policy {
  const { name, createdAt, updatedAt, version } = policy;
  const times = { createdAt: formatTime(createdAt), updatedAt: formatTime(updatedAt) };
  return { name, keyspace, ...viewTerms(termsIn(policy)), ...times, version };
}

function termsIn({ name, body }: PolicyRecord): Terms {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new StoreCorruptError(
      `The policy "${name}" holds damaged JSON. Restore the database from a backup.`,
      { cause },
    );
  }
}
