import { formatTime } from '../../keys/duration.js';
import type { EventId } from '../../keys/id.js';
import { type KeyRecord, stateAt } from '../../keys/key.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import { isLive } from '../../keys/secret.js';
import type { Act } from '../../lifecycle/context.js';
import type { ExpiryTime } from '../../policy-file-views.js';
import { followersOf, MAX_FOLLOWERS } from '../policy-followers.js';
import type { Terms } from '../terms.js';
import type { ExpiryTerms } from './expiry-terms.js';
import { disablesAt, type Looked, unusedOf } from './findings.js';
import { sayAt } from './moments.js';
import { unheardBy } from './unheard.js';

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
    // As if somebody were: of the few that are shown it is asked at the end.
    const looked = batch.map((key) => ({ key, uses: uses.get(key.id), unheard: null }));
    const warnings = looked.flatMap((one) => unusedOf(one, { expiry })?.id ?? []);
    const warnedAt = await store.automation.recordedAt(warnings);
    const more = looked.flatMap((one) => momentsOf(one, expiry, { nowMs, warnedAt }));
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
  const unheardOf = unheardBy(store, terms);
  const shown = times.map(async ({ atMs, what, key }): Promise<ExpiryTime> => {
    const { id, name } = key;
    const held = what === 'disabled' ? await unheardOf(key) : null;
    return { at: formatTime(atMs), what, key: { id, name }, held };
  });
  return Promise.all(shown);
}

interface Moment extends Pick<ExpiryTime, 'what'> {
  readonly atMs: number;
  readonly key: KeyRecord;
}

interface Known {
  readonly nowMs: number;
  /** When whose people were warned, by what it is recorded under. */
  readonly warnedAt: ReadonlyMap<EventId, number>;
}

type LookedAt = Pick<Looked, 'key' | 'uses' | 'unheard'>;

function momentsOf(looked: LookedAt, expiry: ExpiryTerms, known: Known): readonly Moment[] {
  return [...pastPolicy(looked, expiry), ...unused(looked, expiry, known)];
}

/** Of the secret that is the first to be too old. */
function pastPolicy({ key }: { readonly key: KeyRecord }, expiry: ExpiryTerms): readonly Moment[] {
  const made = key.secrets.filter(({ state }) => isLive(state)).map(({ createdAt }) => createdAt);
  if (expiry.maxAgeMs === null || made.length === 0) return [];
  const sinceMs = Math.min(...made) + expiry.maxAgeMs;
  return [{ atMs: sayAt(key, expiry, sinceMs), what: 'past_policy', key }];
}

function unused(
  looked: LookedAt,
  expiry: ExpiryTerms,
  { nowMs, warnedAt }: Known,
): readonly Moment[] {
  const found = unusedOf(looked, { expiry });
  if (found === undefined) return [];
  const { key } = looked;
  // Whoever was not warned in time is warned now.
  const saidMs = warnedAt.get(found.id) ?? Math.max(found.saidAt, nowMs);
  const endMs = disablesAt(expiry, saidMs);
  const warned: Moment = { atMs: saidMs, what: 'unused', key };
  return endMs === null ? [warned] : [warned, { atMs: endMs, what: 'disabled', key }];
}
