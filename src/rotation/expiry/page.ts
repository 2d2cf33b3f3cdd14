import type { EventId } from '../../keys/id.js';
import { type KeyRecord, stateAt } from '../../keys/key.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import type { PlanningJob } from '../../store/automation.js';
import type { Store } from '../../store/store.js';
import { followersPage } from '../policy-followers.js';
import { jobsWhere, termsOrNone } from '../policy-jobs.js';
import { onceIdOf } from '../schedule/told-once.js';
import { DAY_MS, type Terms } from '../terms.js';
import { isMistaken } from './disable.js';
import { endOf, type Finding, findingsOf, idleOf, type Looked } from './findings.js';
import { warningsOf } from './warning.js';

/** What is to be done for a page of the keys that follow one policy. */
export interface Page {
  readonly keyspace: KeyspaceRecord;
  readonly terms: Terms;
  /** What was not recorded yet. */
  readonly findings: readonly Finding[];
  /** Unused keys whose people were warned, and whose grace is over. */
  readonly ending: readonly KeyRecord[];
  /** Those that were disabled as unused, and were in use. */
  readonly mistaken: readonly KeyRecord[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
}

/** The policies of all keyspaces whose keys are to be looked at. */
export function reviewJobs(store: Store): Promise<readonly PlanningJob[]> {
  return jobsWhere(store, saysAnything);
}

/** Where nobody is told and nothing expires, no key has to be looked at. */
function saysAnything({ expiry = null, notify }: Terms): boolean {
  return expiry !== null || (notify?.channels ?? []).length > 0;
}

/** Undefined: the policy is gone or damaged, and says nothing. */
export async function readPage(
  store: Store,
  { keyspaceId, policy: name, after }: PlanningJob,
  nowMs: number,
): Promise<Page | undefined> {
  const policy = await store.getPolicy(keyspaceId, name);
  const terms = policy && termsOrNone(policy);
  const keyspace = (await store.listKeyspaces()).find(({ id }) => id === keyspaceId);
  if (policy === undefined || terms === undefined || keyspace === undefined) return undefined;
  const { keys, next } = await followersPage(store, { keyspaceId, name }, { after, nowMs });
  const looked = await lookAt(store, keys, { terms, nowMs });
  const rules = { terms, changedAt: policy.updatedAt, nowMs };
  const found = looked.flatMap((one) => findingsOf(one, rules));
  const ids = found.flatMap((finding) => [finding.id, ...stoppedIds(finding, nowMs)]);
  const recordedAt = await store.automation.recordedAt([...new Set(ids)]);
  const isStopped = (finding: Finding) =>
    stoppedIds(finding, nowMs).some((id) => recordedAt.has(id));
  return {
    keyspace,
    terms,
    findings: found.filter((one) => !recordedAt.has(one.id) && !isStopped(one)),
    ending: looked.filter((one) => isEnding(one, terms, nowMs)).map(({ key }) => key),
    mistaken: looked.filter(({ key, uses }) => isMistaken(key, uses)).map(({ key }) => key),
    next,
  };
}

/**
 * Under what it is recorded that a rotation could not begin, today or the day before. Its slot lies
 * ahead then, as it is tried again: nobody is told that it comes soon.
 */
function stoppedIds({ type, key }: Finding, nowMs: number): readonly EventId[] {
  if (type !== 'key.due_soon') return [];
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return [todayMs, todayMs - DAY_MS].map((dayMs) =>
    onceIdOf('rotation.not_started', key.id, dayMs),
  );
}

async function lookAt(
  store: Store,
  keys: readonly KeyRecord[],
  { terms, nowMs }: { readonly terms: Terms; readonly nowMs: number },
): Promise<readonly Looked[]> {
  const { expiry = null, notify } = terms;
  const ids = keys.map(({ id }) => id);
  const uses = expiry?.unusedMs == null ? new Map() : await store.lastUses(ids);
  const isDueTold = (notify?.dueMs ?? []).length > 0;
  const slots = isDueTold ? await store.automation.slotsOf(ids) : [];
  const planned = new Map(slots.map((slot) => [slot.keyId, slot]));
  const seen = keys.map((key) => ({ key, uses: uses.get(key.id), slot: planned.get(key.id) }));
  const warnings = await warningsOf(store, terms, idleOf(seen, { terms, nowMs }));
  return seen.map((one) => ({ ...one, warning: warnings.get(one.key.id) }));
}

function isEnding(looked: Looked, { expiry = null }: Terms, nowMs: number): boolean {
  const { key, warning } = looked;
  if (expiry === null || warning === undefined || stateAt(key, nowMs) !== 'active') return false;
  const timeMs = endOf(warning, expiry);
  return timeMs !== null && timeMs <= nowMs;
}
