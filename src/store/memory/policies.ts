import type { KeyspaceId } from '../../keys/id.js';
import { DEFAULT_POLICY } from '../../keys/policy-name.js';
import type { Conflict, Write } from '../change.js';
import type { PolicyRecord } from '../rotation.js';
import type { PageCut } from '../store.js';
import type { Journal } from './journal.js';
import { frozen, type Tables } from './tables.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;

export function getPolicy(
  tables: Tables,
  keyspaceId: KeyspaceId,
  name: string,
): PolicyRecord | undefined {
  return tables.policies.get(placeOf({ keyspaceId, name }));
}

export function listPolicies(
  tables: Tables,
  wanted: KeyspaceId,
  { after, limit }: PageCut,
): readonly PolicyRecord[] {
  return [...tables.policies.values()]
    .filter(({ keyspaceId, name }) => keyspaceId === wanted && (after === null || name > after))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .slice(0, limit);
}

export function putPolicy(
  tables: Tables,
  journal: Journal,
  { policy, expectedVersion }: Of<'put_policy'>,
): Conflict | undefined {
  const place = placeOf(policy);
  if ((tables.policies.get(place)?.version ?? 0) !== expectedVersion) return 'version';
  journal.set(tables.policies, place, frozen(policy));
  return undefined;
}

export function deletePolicy(
  tables: Tables,
  journal: Journal,
  { policy, expectedVersion }: Of<'delete_policy'>,
): Conflict | undefined {
  const place = placeOf(policy);
  if (tables.policies.get(place)?.version !== expectedVersion) return 'version';
  const isNamed = policy.name !== DEFAULT_POLICY && countNaming(tables, policy, 1) > 0;
  if (isNamed) return 'version';
  journal.delete(tables.policies, place);
  return undefined;
}

export function countNaming(
  { keys }: Tables,
  { keyspaceId, name }: Pick<PolicyRecord, 'keyspaceId' | 'name'>,
  most: number,
): number {
  let count = 0;
  for (const key of keys.values()) {
    if (count === most) break;
    const isNaming = key.keyspaceId === keyspaceId && key.policy === name;
    if (isNaming && key.state !== 'revoked') count += 1;
  }
  return count;
}

function placeOf({ keyspaceId, name }: Pick<PolicyRecord, 'keyspaceId' | 'name'>): string {
  return `${keyspaceId} ${name}`;
}
