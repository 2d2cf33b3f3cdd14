import { InvalidRequestError } from '../errors.js';
import { digestOf } from '../keys/digest.js';
import { MAX_KEY_LENGTH } from '../keys/format.js';
import { type KeyId, keyIdFrom, type PersonId, personIdFrom } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { TooOld } from '../store/store.js';
import type { Key, KeyQuery, List, Page, Secret } from '../views.js';
import { type Located, locateKey, viewLocated } from './change-key.js';
import { type Act, keyspaceOf, visibleKeyspaces } from './context.js';
import { cursorOf, placeIn, sortOf } from './key-order.js';
import { idsOf, viewKey } from './key-view.js';
import { limitOf, listOf, pageAt, pageOf } from './list.js';
import { followed, tooOldIn } from './max-age.js';
import { requireScope } from './rights.js';

/** @throws {NotFoundError} no key the caller may see has this id. */
export async function getKey(act: Act, id: string): Promise<Key> {
  if (act.rights.key?.keyId !== id) requireScope(act.rights, 'keys:read');
  return viewLocated(act, await locateKey(act, id));
}

/** Keys, newest first unless it is asked otherwise. */
export function listKeys(open: () => Promise<Act>, query: KeyQuery): List<Key> {
  return listOf(async (next) => loadPage(await open(), pageAt(query, next)));
}

/** Which key and secret a plaintext is, in any state; null if none that the caller may see. */
export async function findKey(
  act: Act,
  plaintext: string,
): Promise<{ readonly key: Key; readonly secret: Secret } | null> {
  requireScope(act.rights, 'keys:read');
  const found = await locateSecret(act, plaintext);
  if (found === undefined) return null;
  const key = viewLocated(act, found.located);
  const secret = key.secrets.find(({ number }) => number === found.number);
  return secret === undefined ? null : { key, secret };
}

/**
 * The key that a plaintext belongs to, as it is now, and the number of the secret that it is, in any
 * state; undefined: none that the caller may see.
 * @public
 */
export async function locateSecret(
  act: Act,
  plaintext: string,
): Promise<{ readonly located: Located; readonly number: number } | undefined> {
  if (plaintext.length > MAX_KEY_LENGTH) return undefined;
  const digest = digestOf(plaintext);
  const { store, foreign } = act.lifecycle;
  const found = (await store.findByDigest(digest)) ?? (await foreign?.find(plaintext));
  const record =
    found === undefined ? undefined : await store.getKey(found.keyId, act.rights.within);
  if (found === undefined || record === undefined) return undefined;
  return { located: await locateKey(act, record.id), number: found.secretNumber };
}

async function loadPage(act: Act, query: KeyQuery): Promise<Page<Key>> {
  requireScope(act.rights, 'keys:read');
  const limit = limitOf(query);
  const sort = sortOf(query);
  const place = placeIn(query.cursor, sort);
  const { store } = act.lifecycle;
  const nowMs = act.lifecycle.nowMs();
  const keyspaces =
    query.keyspace === undefined ? undefined : await keyspaceOf(act, query.keyspace);
  const tooOld = query.pastPolicy === true ? await tooOldOf(act, query, keyspaces) : undefined;
  if (tooOld?.length === 0) return { items: [], nextCursor: null };
  const rows = await store.listKeys({
    within: keyspaces === undefined ? act.rights.within : [keyspaces.id],
    search: query.search,
    owner: query.owner,
    state: query.state,
    environment: query.environment,
    tag: query.tag,
    makerId: makerOf(query),
    policy: query.policy,
    tooOld,
    nowMs,
    limit: limit + 1,
    after: place.after,
    sort: query.sort === undefined ? undefined : { ...sort, afterValue: place.value },
  });
  for (const { id, version } of rows) act.lifecycle.seen(id, version);
  const uses = await store.lastUses(idsOf(rows));
  const slots = await store.automation.slotsOf(idsOf(rows));
  const startAt = new Map(slots.map((slot) => [slot.keyId, slot.startAt]));
  const names = new Map((await visibleKeyspaces(act)).map(({ id, name }) => [id, name]));
  const followedBy = followed(store);
  const policies = new Map<KeyId, Awaited<ReturnType<typeof followedBy>>>();
  for (const row of rows) policies.set(row.id, await followedBy(row));
  return pageOf(rows, limit, {
    item: (row) => {
      const keyspaceName = names.get(row.keyspaceId) ?? row.keyspaceId;
      const { maxAgeMs, isRotating = false } = policies.get(row.id) ?? {};
      const nextStartAt = isRotating ? startAt.get(row.id) : null;
      return viewKey(row, { keyspaceName, uses: uses.get(row.id), maxAgeMs, nextStartAt, nowMs });
    },
    cursor: (row) => cursorOf(row, sort, uses.get(row.id)),
  });
}

/** By the policies of the keyspaces that are asked about. */
async function tooOldOf(
  act: Act,
  { policy }: KeyQuery,
  keyspace: KeyspaceRecord | undefined,
): Promise<readonly TooOld[]> {
  const keyspaces = keyspace === undefined ? await visibleKeyspaces(act) : [keyspace];
  const { store, nowMs } = act.lifecycle;
  return tooOldIn(store, keyspaces, { policy, nowMs: nowMs() });
}

/** @throws {InvalidRequestError} it is no key id. */
function makerOf({ maker }: KeyQuery): KeyId | PersonId | undefined {
  const makerId = maker === undefined ? undefined : (keyIdFrom(maker) ?? personIdFrom(maker));
  if (maker === undefined || makerId !== undefined) return makerId;
  const fault = { pointer: '/maker', message: 'is no key id.', fix: 'Write key_…, or usr_….' };
  throw new InvalidRequestError([fault]);
}
