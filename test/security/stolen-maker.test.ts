import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import type { CreatedKey } from '../../src/public.js';
import type { Got } from '../http/world.js';
import { type DataKind, dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { peopleAttempts } from './people-attempts.js';
import { rotationAttempts, VENDING } from './rotation-attempts.js';
import { type Served, serve } from './served.js';

const LONGEST_PAGE = 200;
/** Routes that change nothing, whatever their method says. */
const READING = [
  '/v1/keys/find',
  '/v1/keys/verify',
  '/v1/policies/test',
  '/v1/destinations/{id}/test',
  '/v1/channels/{id}/test',
];
const PUBLIC_OR_SELF = ['public', 'self', 'session'];
const changing = routes.filter(
  ({ method, access, path }) =>
    method !== 'GET' && !PUBLIC_OR_SELF.includes(access) && !READING.includes(path),
);

let fleet: Fleet;
/** Where the key is revoked, and where its thief calls. */
let near: Served;
let far: Served;
let stolen: CreatedKey;

async function start({ create }: Pick<DataKind, 'create'>): Promise<void> {
  fleet = await startFleet({ create, options: { destinations: VENDING, notices: {} } });
  near = await serve(fleet.at(0).keyturn);
  far = await serve(fleet.at(1).keyturn);
  stolen = await newManager(['*']);
  await fleet.settle();
}

function newManager(scopes: readonly string[]): Promise<CreatedKey> {
  return fleet.at(0).issue({ keyspace: 'keyturn', scopes });
}

/** A good request to each route that changes anything. */
interface Attempt {
  readonly route: Pick<Route, 'method' | 'path'>;
  readonly make: (key: string) => Promise<Got>;
}

async function attempts(): Promise<readonly Attempt[]> {
  const { keys, owners } = fleet.at(0).keyturn;
  const active = (await fleet.at(0).issue()).key.id;
  const disabled = (await fleet.at(0).issue()).key.id;
  const revoked = (await fleet.at(0).issue()).key.id;
  await keys.disable(disabled);
  await keys.revoke(revoked);
  const owner = (await owners.create({ id: 'acme', name: 'Acme' })).id;
  const requests: Readonly<Record<string, readonly [string, object]>> = {
    'POST /v1/keys': ['', { name: 'child', keyspace: 'keyturn', scopes: ['*'] }],
    'POST /v1/keys/import': ['', { rows: [{ id: '1', name: 'thiefs', sha256: 'a'.repeat(64) }] }],
    'POST /v1/keys/bulk': ['', { ids: [active], act: 'disable' }],
    'PATCH /v1/keys/{id}': [active, { name: 'changed' }],
    'DELETE /v1/keys/{id}': [revoked, {}],
    'POST /v1/keys/{id}/revoke': [active, {}],
    'POST /v1/keys/{id}/disable': [active, {}],
    'POST /v1/keys/{id}/enable': [disabled, {}],
    'POST /v1/keyspaces': ['', { name: 'thiefs', prefix: 'thief' }],
    'PATCH /v1/keyspaces/{id}': ['default', { staleness: '60s' }],
    'POST /v1/owners': ['', { id: 'thief' }],
    'PATCH /v1/owners/{id}': [owner, { name: 'Thief' }],
    'POST /v1/owners/{id}/erase': [owner, {}],
    ...(await rotationAttempts(fleet)),
    ...(await peopleAttempts(fleet)),
  };
  return changing.map(({ method, path }) => {
    const known = requests[`${method} ${path}`];
    if (known === undefined) throw new Error(`Say how ${method} ${path} is asked.`);
    const [id, body] = known;
    const sent = method === 'DELETE' ? {} : { body };
    const target = path.replace(/\{\w+\}/, id);
    return { route: { method, path }, make: (key) => far.ask(method, target, { key, ...sent }) };
  });
}

/** How much has been changed so far. */
async function eventCount(): Promise<number> {
  return (await fleet.at(0).store.counts()).events;
}

afterEach(() => fleet.close());

describe.each(dataKinds)('a stolen management key on $name', ({ create }) => {
  beforeEach(() => start({ create }));

  test('security 46: changes nothing where it is revoked before the commit', async () => {
    for (const { route, make } of await attempts()) {
      const thiefs = await newManager(['*']);
      await fleet.settle();
      expect((await far.ask('GET', '/v1/keys', { key: thiefs.plaintext })).status).toBe(200);
      const held = holdNext(fleet.at(1).store, 'before', 'commit');
      const made = make(thiefs.plaintext);
      await held.isHeld;
      const revoke = `/v1/keys/${thiefs.key.id}/revoke`;
      expect((await near.ask('POST', revoke)).status).toBe(200);
      const countBefore = await eventCount();
      held.letGo();
      const { status, json } = await made;
      expect([route, status, json.code]).toEqual([route, 401, 'unauthenticated']);
      expect([route, await eventCount()]).toEqual([route, countBefore]);
    }
  });

  test.each([
    ['disabled', (id: string) => near.ask('POST', `/v1/keys/${id}/disable`), 'unauthenticated'],
    [
      'given fewer rights',
      (id: string) => near.ask('PATCH', `/v1/keys/${id}`, { body: { scopes: [] } }),
      'forbidden',
    ],
  ])('security 46: makes no key where it is %s before the commit', async (_how, weaken, code) => {
    expect((await far.ask('GET', '/v1/keys', { key: stolen.plaintext })).status).toBe(200);
    const held = holdNext(fleet.at(1).store, 'before', 'commit');
    const body = { name: 'child', keyspace: 'keyturn', scopes: ['*'] };
    const made = far.ask('POST', '/v1/keys', { key: stolen.plaintext, body });
    await held.isHeld;
    expect((await weaken(stolen.key.id)).status).toBe(200);
    held.letGo();
    expect((await made).json.code).toBe(code);
    const { items } = await fleet.at(0).keyturn.keys.list({ maker: stolen.key.id });
    expect(items).toEqual([]);
  });

  test('security 46: makes no key where it expires before the commit', async () => {
    // The database's own time goes on, while that of the test stands still.
    const expiresAt = new Date(fleet.clock.nowMs() + 1).toISOString();
    const maker = await fleet.at(0).issue({ keyspace: 'keyturn', scopes: ['*'], expiresAt });
    await fleet.settle();
    expect((await far.ask('GET', '/v1/keys', { key: maker.plaintext })).status).toBe(200);
    const held = holdNext(fleet.at(1).store, 'before', 'commit');
    const made = far.ask('POST', '/v1/keys', { key: maker.plaintext, body: { name: 'late' } });
    await held.isHeld;
    fleet.clock.advanceMs(1);
    held.letGo();
    expect((await made).json.code).toBe('unauthenticated');
    const { items } = await fleet.at(0).keyturn.keys.list({ maker: maker.key.id });
    expect(items).toEqual([]);
  });

  test('security 46: changes nothing where nobody has heard of its end', async () => {
    const all = await attempts();
    await fleet.settle();
    expect((await far.ask('GET', '/v1/keys', { key: stolen.plaintext })).status).toBe(200);
    fleet.cutFeed(1);
    await near.ask('POST', `/v1/keys/${stolen.key.id}/revoke`);
    const countBefore = await eventCount();
    for (const { route, make } of all) {
      const { status } = await make(stolen.plaintext);
      expect([route, status]).toEqual([route, 401]);
    }
    expect(await eventCount()).toBe(countBefore);
  });

  test('security 46: reads nothing beyond the bound, and at once where it is heard', async () => {
    await far.ask('GET', '/v1/keys', { key: stolen.plaintext });
    await near.ask('POST', `/v1/keys/${stolen.key.id}/revoke`);
    await fleet.settle();
    for (const server of [near, far]) {
      for (const path of ['/v1/keys', '/v1/events', '/v1/usage', '/v1/self', '/metrics']) {
        const got = await server.ask('GET', path, { key: stolen.plaintext });
        expect([path, got.status, got.json.code]).toEqual([path, 401, 'revoked']);
      }
    }
    const unheard = await newManager(['*']);
    await fleet.settle();
    expect((await far.ask('GET', '/v1/keys', { key: unheard.plaintext })).status).toBe(200);
    fleet.cutFeed(1);
    await near.ask('POST', `/v1/keys/${unheard.key.id}/revoke`);
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
    expect((await far.ask('GET', '/v1/keys', { key: unheard.plaintext })).status).toBe(401);
  });
});

/** Makes a key with another one; a management key, if it gets scopes. */
async function child(maker: CreatedKey, scopes?: readonly string[]): Promise<CreatedKey> {
  await fleet.settle();
  const management = scopes === undefined ? {} : { keyspace: 'keyturn', scopes };
  const body = { name: 'child', ...management };
  const { status, json } = await far.ask('POST', '/v1/keys', { key: maker.plaintext, body });
  if (status !== 201) throw new Error(`It was not made: ${json.code}`);
  return json;
}

function revokeAll({ key }: CreatedKey): Promise<Got> {
  const body = { descendants: true };
  return near.ask('POST', `/v1/keys/${key.id}/revoke`, { body });
}

async function statesOf(...made: readonly CreatedKey[]) {
  const { keys } = fleet.at(0).keyturn;
  return Promise.all(made.map(async ({ key }) => (await keys.get(key.id)).state));
}

describe.each(dataKinds)('what a stolen management key made on $name', ({ create }) => {
  beforeEach(() => start({ create }));

  test('security 46: is on record, whatever becomes of either', async () => {
    const made = [await child(stolen, ['keys:write']), await child(stolen)];
    const ids = made.map(({ key }) => key.id).toSorted();
    const listed = async () => {
      const { json } = await near.ask('GET', `/v1/keys?maker=${stolen.key.id}`);
      return json.items.map(({ id }: { readonly id: string }) => id).toSorted();
    };
    expect(await listed()).toEqual(ids);
    for (const id of ids) await near.ask('PATCH', `/v1/keys/${id}`, { body: { name: 'changed' } });
    await near.ask('POST', `/v1/keys/${stolen.key.id}/revoke`);
    await near.ask('DELETE', `/v1/keys/${stolen.key.id}`);
    expect(await listed()).toEqual(ids);
    const { items } = await fleet.at(0).keyturn.events.list({ type: 'key.created', limit: 2 });
    const actor = { kind: 'management_key', id: stolen.key.id };
    expect(items).toMatchObject([{ actor }, { actor }]);
  });

  test('security 46: is ended with it, down to the last, and nothing else is', async () => {
    const first = await child(stolen, ['*']);
    const second = await child(first, ['keys:write', 'keys:read']);
    const third = await child(second, ['keys:read']);
    const consumers = [await child(stolen), await child(second)];
    const others = [await child(await newManager(['*']), ['*']), await fleet.at(0).issue()];
    const descendants = [first, second, third, ...consumers];
    const { json } = await revokeAll(stolen);
    expect(json.key.state).toBe('revoked');
    expect(json.descendants.toSorted()).toEqual(descendants.map(({ key }) => key.id).toSorted());
    expect(new Set(await statesOf(...descendants))).toEqual(new Set(['revoked']));
    expect(await statesOf(...others)).toEqual(['active', 'active']);
    await fleet.settle();
    for (const { plaintext: key } of [stolen, first, second, third]) {
      expect((await far.ask('GET', '/v1/keys', { key })).json.code).toBe('revoked');
    }
    for (const { plaintext: key } of consumers) {
      expect((await far.ask('GET', '/v1/authorize', { key })).json.code).toBe('revoked');
    }
    expect((await revokeAll(stolen)).json.descendants).toEqual([]);
  });

  test('security 46: is never made once its maker is ended, however close', async () => {
    const first = await child(stolen, ['*']);
    await fleet.settle();
    const held = holdNext(fleet.at(1).store, 'before', 'commit');
    const late = child(first, ['*']).catch((error: unknown) => String(error));
    await held.isHeld;
    expect((await revokeAll(stolen)).json.descendants).toEqual([first.key.id]);
    held.letGo();
    expect(await late).toContain('unauthenticated');
    const { items } = await fleet.at(0).keyturn.keys.list({ maker: first.key.id });
    expect(items).toEqual([]);
  });

  test('security 46: is ended where it was made while its makers were, at any moment', async () => {
    const first = await child(stolen, ['*']);
    const made: CreatedKey[] = [];
    let refusedCount = 0;
    const { store } = fleet.at(0);
    store.after = async (method) => {
      if (method !== 'commit' && method !== 'listKeys') return;
      for (const { plaintext: key } of [stolen, first]) {
        const got = await far.ask('POST', '/v1/keys', { key, body: { name: 'late' } });
        if (got.status === 201) made.push(got.json);
        else refusedCount += 1;
      }
    };
    const { json } = await revokeAll(stolen);
    store.after = undefined;
    const descendants = [first, ...made].map(({ key }) => key.id);
    expect(json.descendants.toSorted()).toEqual(descendants.toSorted());
    expect(new Set(await statesOf(first, ...made))).toEqual(new Set(['revoked']));
    expect([made.length > 0, refusedCount > 0]).toEqual([true, true]);
  });
});

test('security 46: more keys than a page of them are all ended with their maker', async () => {
  const [memory] = dataKinds;
  if (memory === undefined) throw new Error('There is no store in memory.');
  await start(memory);
  const made: CreatedKey[] = [];
  while (made.length <= LONGEST_PAGE) made.push(await child(stolen));
  expect((await revokeAll(stolen)).json.descendants).toHaveLength(made.length);
  expect(new Set(await statesOf(...made))).toEqual(new Set(['revoked']));
});
