import { type KeyRecord, stateAt } from '../../keys/key.js';
import { DEFAULT_POLICY } from '../../keys/policy-name.js';
import { isLive } from '../../keys/secret.js';
import { searchedWords } from '../../keys/words.js';
import type { KeySort } from '../key-sort.js';
import { searchTextOf } from '../search-text.js';
import type { KeyFilter } from '../store.js';
import { isAnyOr, isWithin } from './lists.js';
import type { Tables } from './tables.js';

/** Ids sort by time. */
export function listKeys(tables: Tables, filter: KeyFilter): readonly KeyRecord[] {
  const sort = filter.sort ?? { by: 'createdAt', isDescending: true, afterValue: null };
  const places = [...tables.keys.values()].filter(keyTest(filter)).map((key) => ({
    key,
    id: key.id,
    value: sortValueOf(tables, key, sort),
  }));
  const { after, limit } = filter;
  const last = { id: after ?? '', value: sort.afterValue };
  return places
    .filter((place) => after === null || compare(place, last, sort) > 0)
    .sort((left, right) => compare(left, right, sort))
    .slice(0, limit)
    .map(({ key }) => key);
}

interface Place {
  readonly id: string;
  readonly value: string | number | null;
}

/** What has no value comes last, either way. */
function compare(left: Place, right: Place, { isDescending }: KeySort): number {
  const way = isDescending ? -1 : 1;
  if (left.value === null || right.value === null) {
    if (left.value !== right.value) return left.value === null ? 1 : -1;
  } else if (left.value !== right.value) {
    return bytewise(left.value, right.value) * way;
  }
  if (left.id === right.id) return 0;
  return left.id < right.id ? -way : way;
}

/** As both databases do. */
function bytewise(left: string | number, right: string | number): number {
  if (typeof left === 'number' || typeof right === 'number') return Number(left) - Number(right);
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function sortValueOf(tables: Tables, key: KeyRecord, { by }: KeySort): Place['value'] {
  switch (by) {
    case 'createdAt':
      return null;
    case 'name':
      return key.name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    case 'expiresAt':
      return key.expiresAt;
    case 'lastUsedAt': {
      const uses = tables.lastUses.get(key.id);
      return uses === undefined || uses.size === 0 ? null : Math.max(...uses.values());
    }
  }
}

function keyTest(filter: KeyFilter): (key: KeyRecord) => boolean {
  const { within, owner, environment, tag, makerId, policy, state, nowMs } = filter;
  const words = searchedWords(filter.search);
  return (key) =>
    isWithin(within, key.keyspaceId) &&
    isAnyOr(owner, key.owner) &&
    isAnyOr(environment, key.environment) &&
    isAnyOr(makerId, key.makerId) &&
    isAnyOr(policy, key.policy) &&
    (tag === undefined || key.tags.includes(tag)) &&
    (state === undefined || stateAt(key, nowMs) === state) &&
    isAnyTooOld(filter, key) &&
    hasWords(key, words);
}

function hasWords(key: KeyRecord, words: readonly string[] | undefined): boolean {
  if (words === undefined) return false;
  if (words.length === 0) return true;
  const text = searchTextOf(key);
  return words.every((word) => text.includes(` ${word}`));
}

function isAnyTooOld({ tooOld }: KeyFilter, key: KeyRecord): boolean {
  if (tooOld === undefined) return true;
  const made = key.secrets.filter(({ state }) => isLive(state)).map(({ createdAt }) => createdAt);
  return (
    key.state !== 'revoked' &&
    tooOld.some(
      ({ keyspaceId, policy, madeUntil }) =>
        keyspaceId === key.keyspaceId &&
        policy === (key.policy ?? DEFAULT_POLICY) &&
        made.some((createdAt) => createdAt <= madeUntil),
    )
  );
}
