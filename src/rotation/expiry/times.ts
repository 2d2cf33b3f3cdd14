import { formatTime } from '../../keys/duration.js';
import { type KeyRecord, stateAt } from '../../keys/key.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import { isLive } from '../../keys/secret.js';
import type { Act } from '../../lifecycle/context.js';
import type { ExpiryTime } from '../../policy-file-views.js';
import { followersOf, MAX_FOLLOWERS } from '../policy-followers.js';
import type { Terms } from '../terms.js';
import type { ExpiryTerms } from './expiry-terms.js';
import { disablesAt, idleOf, type Looked, unusedOf } from './findings.js';
import { sayAt } from './moments.js';
import { hearingOf } from './unheard.js';
import { warningsOf } from './warning.js';

const MAX_TIMES = 10;
const BATCH_SIZE = 200;

/**
 * What would become of the keys of a policy, the soonest first, if nobody uses or rotates them.
 * @public
 */
export async function expiryTimes(
  { lifecycle }: Act,
  { keyspace, terms }: { readonly keyspace: Pick<KeyspaceRecord, 'id'>; readonly terms: Terms },
): Promise<readonly ExpiryTime[]> {
  const { expiry = null } = terms;
  if (expiry === null) return [];
  const { store } = lifecycle;
  const nowMs = lifecycle.nowMs();
  let times: readonly Moment[] = [];
  let batch: KeyRecord[] = [];
  const weigh = async () => {
    const uses = await store.lastUses(batch.map(({ id }) => id));
    const looked = batch.map((key) => ({ key, uses: uses.get(key.id) }));
    const warnings = await warningsOf(store, terms, idleOf(looked, { terms, nowMs }));
    const more = looked.flatMap((one) => {
      const warning = warnings.get(one.key.id);
      return momentsOf({ ...one, warning }, expiry, nowMs);
    });
    const all = [...times, ...more].toSorted((left, right) => left.atMs - right.atMs);
    times = all.slice(0, MAX_TIMES);
    batch = [];
  };
  let count = 0;
  for await (const key of followersOf(
    store,
    { keyspaceId: keyspace.id, name: terms.policy },
    nowMs,
  )) {
    if (stateAt(key, nowMs) === 'active') batch.push(key);
    if (batch.length === BATCH_SIZE) await weigh();
    count += 1;
    if (count === MAX_FOLLOWERS) break;
  }
  await weigh();
  const hearing = hearingOf(store, terms);
  const shown = times.map(async ({ atMs, what, key, lost }): Promise<ExpiryTime> => {
    const { id, name } = key;
    // Of the few that are shown it is asked at the end.
    const held = what === 'disabled' ? ((await hearing(key)).unheard ?? lost ?? null) : null;
    return { at: formatTime(atMs), what, key: { id, name }, held };
  });
  return Promise.all(shown);
}

interface Moment extends Pick<ExpiryTime, 'what'> {
  readonly atMs: number;
  readonly key: KeyRecord;
  /** Why its people were not warned, and will not be by itself. */
  readonly lost?: string | null;
}

type LookedAt = Pick<Looked, 'key' | 'uses' | 'warning'>;

function momentsOf(looked: LookedAt, expiry: ExpiryTerms, nowMs: number): readonly Moment[] {
  return [...pastPolicy(looked, expiry), ...unused(looked, expiry, nowMs)];
}

/** Of the secret that is the first to be too old. */
function pastPolicy({ key }: { readonly key: KeyRecord }, expiry: ExpiryTerms): readonly Moment[] {
  const made = key.secrets.filter(({ state }) => isLive(state)).map(({ createdAt }) => createdAt);
  if (expiry.maxAgeMs === null || made.length === 0) return [];
  const sinceMs = Math.min(...made) + expiry.maxAgeMs;
  return [{ atMs: sayAt(key, expiry, sinceMs), what: 'past_policy', key }];
}

function unused(looked: LookedAt, expiry: ExpiryTerms, nowMs: number): readonly Moment[] {
  const found = unusedOf(looked, { expiry });
  if (found === undefined) return [];
  const { key, warning } = looked;
  // Whoever was not warned in time is warned now.
  const nextMs = Math.max(found.saidAt, nowMs);
  const endMs = disablesAt(expiry, warning?.warnedAt ?? nextMs);
  const warned: Moment = { atMs: warning?.recordedAt ?? nextMs, what: 'unused', key };
  const lost = warning?.lost ?? null;
  return endMs === null ? [warned] : [warned, { atMs: endMs, what: 'disabled', key, lost }];
}
