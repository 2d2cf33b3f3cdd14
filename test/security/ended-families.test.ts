import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnwritableError } from '../../src/errors.js';
import type { CreatedKey } from '../../src/public.js';
import type { KeyInput } from '../../src/views.js';
import type { Got } from '../http/world.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { type Served, serve } from './served.js';

const ACTIVE = 'active';
const REVOKED = 'revoked';

let fleet: Fleet;
let server: Served;
afterEach(() => {
  fleet.at(0).store.before = undefined;
  fleet.at(0).store.after = undefined;
});

/** Made by the root key, or by another one. */
async function make(scopes: readonly string[], maker?: CreatedKey): Promise<CreatedKey> {
  return issue({ keyspace: 'keyturn', scopes }, maker);
}

async function issue(input: Partial<KeyInput>, maker?: CreatedKey): Promise<CreatedKey> {
  const key = maker?.plaintext ?? server.root;
  const { status, json } = await server.ask('POST', '/v1/keys', {
    key,
    body: { name: 'a key', ...input },
  });
  if (status !== 201) throw new Error(`It was not made: ${json.detail}`);
  return json;
}

function endFamily({ key }: CreatedKey, by?: CreatedKey, more: object = {}): Promise<Got> {
  const path = `/v1/keys/${key.id}/revoke`;
  const body = { descendants: true, ...more };
  return server.ask('POST', path, { key: by?.plaintext ?? server.root, body });
}

async function statesOf(...made: readonly CreatedKey[]) {
  const { keys } = fleet.at(0).keyturn;
  return Promise.all(made.map(async ({ key }) => (await keys.get(key.id)).state));
}

const idsOf = (...made: readonly CreatedKey[]) => made.map(({ key }) => key.id).toSorted();
const eventCount = async () => (await fleet.at(0).store.counts()).events;

/** The store takes so many changes more, and then none until it is let. */
function breakAfter(changes: number): { readonly mend: () => void } {
  const { store } = fleet.at(0);
  let count = 0;
  store.before = (method) => {
    if (method !== 'commit') return;
    count += 1;
    if (count > changes) throw new StoreUnwritableError('The test has filled the disk. Empty it.');
  };
  return {
    mend: () => {
      store.before = undefined;
    },
  };
}

describe.each(dataKinds)('a management key with all it made on $name', ({ create }) => {
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());
  beforeEach(async () => {
    server = await serve(fleet.at(0).keyturn);
  });

  test('security 46: is ended by itself', async () => {
    const leaked = await make(['*']);
    const child = await make(['*'], leaked);
    const all = [leaked, child, await make(['*'], child), await issue({}, child)];
    const { status, json } = await endFamily(leaked, leaked);
    expect([status, json.key?.state]).toEqual([200, REVOKED]);
    expect(json.descendants.toSorted()).toEqual(idsOf(...all.slice(1)));
    expect(new Set(await statesOf(...all))).toEqual(new Set([REVOKED]));
    for (const { plaintext: key } of all.slice(0, 3)) {
      expect((await server.ask('GET', '/v1/self', { key })).json.code).toBe(REVOKED);
    }
  });

  test.each([
    ['itself', (leaked: CreatedKey) => leaked],
    ['one that it made', (_leaked: CreatedKey, child: CreatedKey) => child],
  ])('security 46: is ended by %s with what it makes meanwhile', async (_whom, callerOf) => {
    const leaked = await make(['*']);
    const child = await make(['*'], leaked);
    const late: CreatedKey[] = [];
    const { store } = fleet.at(0);
    store.after = async (method) => {
      if (method !== 'listKeys' || late.length > 0) return;
      late.push(leaked); // Once.
      late.push(await make(['*'], child), await issue({}, leaked));
    };
    const { status, json } = await endFamily(leaked, callerOf(leaked, child));
    store.after = undefined;
    expect(status).toBe(200);
    expect(json.descendants.toSorted()).toEqual(idsOf(child, ...late.slice(1)));
    expect(new Set(await statesOf(child, ...late))).toEqual(new Set([REVOKED]));
  });

  test('security 46: is ended by one that it made, which ends with it', async () => {
    const maker = await make(['*']);
    const child = await make(['*'], maker);
    const all = [maker, child, await make(['*'], child), await issue({}, maker)];
    const { status, json } = await endFamily(maker, child);
    expect([status, json.key?.state]).toEqual([200, REVOKED]);
    expect(json.descendants.toSorted()).toEqual(idsOf(...all.slice(1)));
    expect(new Set(await statesOf(...all))).toEqual(new Set([REVOKED]));
  });

  test('security 46: is ended by who may end keys, and need not see any', async () => {
    const maker = await make(['keys:write']);
    const child = await issue({}, maker);
    const { status, json } = await endFamily(maker, await make(['keys:write', 'keys:revoke']));
    expect([status, json.descendants]).toEqual([200, idsOf(child)]);
    expect(await statesOf(maker, child)).toEqual([REVOKED, REVOKED]);
  });

  test('security 46: is not begun to be ended by who may not end one of them', async () => {
    const maker = await make(['keys:write', 'keys:read', 'keys:revoke']);
    const all = [maker, await issue({}, maker), await make(['keys:write'], maker)];
    all.push(await issue({}, maker));
    await server.ask('PATCH', `/v1/keys/${maker.key.id}`, { body: { scopes: ['keys:read'] } });
    const weak = await make(['keys:read', 'keys:revoke']);
    const before = await eventCount();
    const { status, json } = await endFamily(maker, weak);
    expect([status, json.code]).toEqual([403, 'forbidden']);
    expect(json.detail).toContain('"keys:write"');
    expect(await eventCount()).toBe(before);
    expect(new Set(await statesOf(...all))).toEqual(new Set([ACTIVE]));
  });

  test('security 46: is not begun to be ended where some are beyond the border', async () => {
    const { items } = (await server.ask('GET', '/v1/keyspaces')).json;
    const keyspaces = items
      .filter(({ name }: { readonly name: string }) => name === 'keyturn')
      .map(({ id }: { readonly id: string }) => id);
    const maker = await make(['keys:write']);
    const all = [maker, await issue({}, maker)];
    const restrictions = { keyspaces };
    await server.ask('PATCH', `/v1/keys/${maker.key.id}`, { body: { restrictions } });
    const scopes = ['keys:write', 'keys:revoke'];
    const bound = await issue({ keyspace: 'keyturn', scopes, restrictions });
    const before = await eventCount();
    const { status, json } = await endFamily(maker, bound);
    expect([status, json.code]).toEqual([403, 'forbidden']);
    expect(json.detail).toContain('bound to none');
    expect(await eventCount()).toBe(before);
    expect(await statesOf(...all)).toEqual([ACTIVE, ACTIVE]);
    expect((await endFamily(maker)).json.descendants).toEqual(idsOf(...all.slice(1)));
  });

  test('security 46: is not begun to be ended where it has no such secret', async () => {
    const maker = await make(['*']);
    const child = await issue({}, maker);
    expect((await endFamily(maker, maker, { secret: 2 })).status).toBe(422);
    expect(await statesOf(maker, child)).toEqual([ACTIVE, ACTIVE]);
  });

  test.each([1, 2, 3])(
    'security 46: may repeat its own end, which stopped after change %i',
    async (changes) => {
      const leaked = await make(['*']);
      const child = await make(['*'], leaked);
      const all = [leaked, child, await issue({}, child), await issue({}, leaked)];
      const { mend } = breakAfter(changes);
      const { status, json, headers } = await endFamily(leaked, leaked);
      mend();
      expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'partly_done', '1']);
      expect(json.detail).toContain(`${changes} of these keys`);
      expect(json.detail).toContain('Repeat the call');
      const states = await statesOf(...all);
      expect(states[0]).toBe(ACTIVE);
      expect(states.filter((state) => state === REVOKED)).toHaveLength(changes);
      expect((await endFamily(leaked, leaked)).json.descendants).toHaveLength(3 - changes);
      expect(new Set(await statesOf(...all))).toEqual(new Set([REVOKED]));
    },
  );

  test('security 46: is told of as it is where nothing was ended', async () => {
    const maker = await make(['*']);
    const child = await issue({}, maker);
    const { mend } = breakAfter(0);
    const { json } = await endFamily(maker);
    mend();
    expect(json.code).toBe('store_unwritable');
    expect(await statesOf(maker, child)).toEqual([ACTIVE, ACTIVE]);
  });

  test('security 46: is told of as it is where the caller ends halfway', async () => {
    const maker = await make(['*']);
    const all = [maker, await issue({}, maker), await issue({}, maker)];
    const caller = await make(['*']);
    const { store, keyturn } = fleet.at(0);
    let isEnded = false;
    store.after = async (method) => {
      if (method !== 'commit' || isEnded) return;
      isEnded = true;
      await keyturn.keys.revoke(caller.key.id);
    };
    const { json } = await endFamily(maker, caller);
    store.after = undefined;
    expect(json.code).toBe('partly_done');
    expect(json.detail).toContain('(unauthenticated)');
    expect((await statesOf(...all)).toSorted()).toEqual([ACTIVE, ACTIVE, REVOKED]);
    await endFamily(maker);
    expect(new Set(await statesOf(...all))).toEqual(new Set([REVOKED]));
  });

  test('security 46: is ended with what a key made that is deleted since', async () => {
    const thief = await make(['*']);
    const between = await make(['*'], thief);
    const hidden = [await make(['*'], between), await issue({}, between)];
    const path = `/v1/keys/${between.key.id}`;
    await server.ask('POST', `${path}/revoke`, { key: thief.plaintext });
    expect((await server.ask('DELETE', path, { key: thief.plaintext })).status).toBe(204);
    expect((await endFamily(thief)).json.descendants.toSorted()).toEqual(idsOf(...hidden));
    expect(await statesOf(...hidden)).toEqual([REVOKED, REVOKED]);
  });

  test('security 41: is answered alike when asked again, and otherwise refused', async () => {
    const maker = await make(['*']);
    const made = [await issue({}, maker), await issue({}, maker)];
    const ask = (body: object) =>
      server.ask('POST', `/v1/keys/${maker.key.id}/revoke`, {
        body,
        headers: { 'idempotency-key': 'once' },
      });
    const first = await ask({ descendants: true });
    expect(first.json.descendants.toSorted()).toEqual(idsOf(...made));
    expect((await ask({ descendants: true })).json).toEqual({ ...first.json, replayed: true });
    for (const other of [{ descendants: false }, {}]) {
      const { status, json } = await ask(other);
      expect([status, json.code]).toEqual([422, 'idempotency_mismatch']);
    }
  });
});
