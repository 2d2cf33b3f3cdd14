import type { PlanningJob } from '../store/automation.js';
import type { PolicyRecord } from '../store/rotation.js';
import type { Store } from '../store/store.js';
import { termsIn } from './policy-record.js';
import type { Terms } from './terms.js';

const PAGE_SIZE = 200; // Of policies.

/** A job for each policy of any keyspace of whose terms this is so, from its first key on. */
export async function jobsWhere(
  store: Store,
  isMeant: (terms: Terms) => boolean,
): Promise<readonly PlanningJob[]> {
  const jobs: PlanningJob[] = [];
  for (const { id: keyspaceId } of await store.listKeyspaces()) {
    let after: string | null = null;
    do {
      const policies = await store.listPolicies(keyspaceId, { after, limit: PAGE_SIZE });
      const meant = policies.filter((policy) => {
        const terms = termsOrNone(policy);
        return terms !== undefined && isMeant(terms);
      });
      jobs.push(...meant.map(({ name }) => ({ keyspaceId, policy: name, after: null })));
      after = policies.length < PAGE_SIZE ? null : (policies.at(-1)?.name ?? null);
    } while (after !== null);
  }
  return jobs;
}

/** Undefined: it is damaged, which is told where it is used. */
export function termsOrNone(policy: PolicyRecord): Terms | undefined {
  try {
    return termsIn(policy);
  } catch {
    return undefined;
  }
}
