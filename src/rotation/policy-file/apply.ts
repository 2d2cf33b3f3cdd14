import { InvalidRequestError, UnprocessableError } from '../../errors.js';
import { isObject } from '../../form.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import { perform } from '../../lifecycle/change.js';
import { type Act, keyspaceOf } from '../../lifecycle/context.js';
import { requireScope } from '../../lifecycle/rights.js';
import type {
  AppliedPolicies,
  AppliedPolicy,
  PolicyChange,
  PolicyFile,
  PolicyFileToApply,
} from '../../policy-file-views.js';
import type { PolicyTerms } from '../../policy-views.js';
import type { WriteOptions } from '../../public.js';
import type { PolicyRecord } from '../../store/rotation.js';
import { type MailMeans, policyWarnings } from '../mail-warnings.js';
import { requireChannels } from '../named-channels.js';
import { countFollowers } from '../policy-followers.js';
import { readTerms, viewTerms } from '../policy-input.js';
import { planPut, termsIn, withRunway } from '../policy-record.js';
import { presetWarnings } from '../schedule/presets.js';
import { BUILT_IN, type Terms } from '../terms.js';
import { type PolicyText, readPolicyFile } from './read.js';

/** A policy of a file, beside what it is now. */
export interface Stated {
  readonly keyspace: KeyspaceRecord;
  readonly terms: Terms;
  readonly before: PolicyRecord | undefined;
  readonly preset: string | undefined;
}

/**
 * Makes the policies of a file as the file says them: what it leaves out is as built in, and policies
 * that it does not name stay. All of them, or none.
 * @throws {InvalidRequestError} it is no policy file.
 * @throws {UnprocessableError} what it says does not fit together; each fault with line and column.
 * @public
 */
export async function applyPolicies(
  act: Act,
  input: PolicyFileToApply,
  { hasMail, ...options }: WriteOptions & MailMeans,
): Promise<AppliedPolicies> {
  requireScope(act.rights, 'policies:write');
  const { dryRun = false } = input;
  if (dryRun) return (await planOf(act, input, { hasMail })).answer;
  const call = { operation: 'policy.apply', input, ...options };
  const performed = await perform(act, call, () => planOf(act, input, { hasMail }));
  return performed.answer;
}

async function planOf(act: Act, input: PolicyFileToApply, means: MailMeans) {
  const policies: AppliedPolicy[] = [];
  const puts: Awaited<ReturnType<typeof planPut>>['change'][] = [];
  for (const one of await statedIn(act, input)) {
    const applied = await appliedOf(act, one, means);
    policies.push(applied);
    if (applied.action === 'unchanged') continue;
    puts.push((await planPut(act, one.keyspace, one)).change);
  }
  const answer = { policies, dryRun: input.dryRun ?? false };
  if (puts.length === 0) return { answer };
  const writes = puts.flatMap((put) => put.writes);
  const events = puts.flatMap((put) => put.events);
  return { change: { writes, events, personal: [] }, answer };
}

/** The policies of a file, whole. @throws see `applyPolicies`. */
export async function statedIn(act: Act, input: PolicyFile): Promise<readonly Stated[]> {
  const stated: Stated[] = [];
  for (const policy of readPolicyFile(input.file)) {
    stated.push(await stateOf(act, policy, input.keyspace));
  }
  const names = stated.map(({ keyspace, terms }) => `${terms.policy} ${keyspace.id}`);
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice === -1) return stated;
  const message = `names the policy "${stated[twice]?.terms.policy}" twice.`;
  const fix = 'Leave one of the two out.';
  throw new InvalidRequestError([{ pointer: '/file', message, fix }]);
}

async function stateOf(act: Act, policy: PolicyText, place: string | undefined): Promise<Stated> {
  const { preset } = policy;
  const { name, keyspace: said, ...fields } = policy.input;
  const keyspace = await keyspaceOf(act, said ?? place);
  const before = await act.lifecycle.store.getPolicy(keyspace.id, name);
  const was = before && termsIn(before);
  try {
    const terms = readTerms({ ...BUILT_IN, policy: name }, fields);
    await requireChannels(act, keyspace, { terms, before });
    const { schedule, expiry } = terms;
    const whole = {
      ...terms,
      schedule: schedule ? { ...schedule, runwayUntil: was?.schedule?.runwayUntil ?? null } : null,
      expiry: expiry ? { ...expiry, runwayUntil: was?.expiry?.runwayUntil ?? null } : null,
    };
    const stated = await withRunway(act, keyspace, { terms: whole, before });
    return { keyspace, terms: stated, before, preset };
  } catch (error) {
    if (!(error instanceof UnprocessableError)) throw error;
    throw new UnprocessableError(policy.placed(error.errors), { cause: error });
  }
}

/** What would change, and for how many keys. */
export async function appliedOf(
  act: Act,
  stated: Stated,
  means: MailMeans,
): Promise<AppliedPolicy> {
  const { keyspace, terms, before } = stated;
  const { store } = act.lifecycle;
  const after = viewTerms(terms);
  const changes = changesFrom(before === undefined ? undefined : viewTerms(termsIn(before)), after);
  const keyCount = await countFollowers(store, { keyspaceId: keyspace.id, name: terms.policy });
  const isChanged = changes.length > 0 ? 'changed' : 'unchanged';
  return {
    policy: { name: terms.policy, keyspace: keyspace.name, ...after },
    action: before === undefined ? 'created' : isChanged,
    changes,
    keyCount,
    warnings: [
      ...(await policyWarnings(act, stated, means)),
      ...presetWarnings(stated.preset, after),
    ],
  };
}

/** Field by field; of a new policy, what differs from the built-in one. */
function changesFrom(before: PolicyTerms | undefined, after: PolicyTerms): readonly PolicyChange[] {
  const [left, right] = [leavesOf(before ?? viewTerms(BUILT_IN)), leavesOf(after)];
  const fields = [...new Set([...left.keys(), ...right.keys()])];
  return fields
    .filter((field) => left.get(field) !== right.get(field))
    .map((field) => ({
      field,
      before: left.get(field) ?? null,
      after: right.get(field) ?? null,
    }));
}

/** Paths in the words of a file, and what stands there as text. What is empty is not there. */
function leavesOf(value: object, parent = ''): ReadonlyMap<string, string> {
  const entries = Object.entries(value).flatMap(([name, inner]): [string, string][] => {
    const path = `${parent}${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
    if (isObject(inner)) return [...leavesOf(inner, `${path}.`)];
    const text = Array.isArray(inner) ? inner.join(', ') : String(inner ?? '');
    return text === '' ? [] : [[path, text]];
  });
  return new Map(entries);
}
