import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import { leastBody } from './own-statuses.js';
import { type Got, openWorld, type Sent, type World } from './world.js';

const DAY_MS = 86_400_000;
const ALL_SCOPES = [...new Set(routes.map(({ access }) => access))].filter(
  (access) => access !== 'public' && access !== 'self',
);

let world: World;
const keys = new Map<string, string>();
beforeAll(async () => {
  world = await openWorld();
  const { keyturn, manager, newKey } = world;
  const expiring = { keyspace: 'keyturn', scopes: ['*'], expiresAt: '1d' };
  const [expired, revoked, disabled] = [
    await newKey(expiring),
    await newKey({ keyspace: 'keyturn', scopes: ['*'] }),
    await newKey({ keyspace: 'keyturn', scopes: ['*'] }),
  ];
  await keyturn.keys.revoke(revoked.id);
  await keyturn.keys.disable(disabled.id);
  keyturn.clock.advanceMs(2 * DAY_MS);
  keys.set('expired', expired.plaintext).set('revoked', revoked.plaintext);
  keys.set('disabled', disabled.plaintext).set('damaged', swapLast(world.root));
  keys.set('deleted', await deletedKey());
  keys.set('consumer', (await newKey({ scopes: ['*'] })).plaintext);
  keys.set('bound', (await manager(['*'], [(await otherKeyspace()).id])).plaintext);
});
afterAll(() => world.close());

const guarded = routes.filter(({ access }) => access !== 'public');
const managed = guarded.filter(({ access }) => access !== 'self');

describe('security 14: who may call', () => {
  test.each(guarded)('$method $path refuses a caller without a key', async (route) => {
    const got = await ask(route, { key: undefined });
    expect(got.status).toBe(401);
    expect(got.json.code).toBe('missing');
    expect(got.headers.get('www-authenticate')).toMatch(/^Api-Key realm="/);
  });

  test.each(guarded)('$method $path refuses a damaged key', async (route) => {
    const got = await ask(route, { key: keys.get('damaged') });
    expect(got.status).toBe(401);
    expect(got.json.code).toBe('malformed');
  });

  test.each(managed)(
    '$method $path refuses an expired, a revoked and a disabled key',
    async (route) => {
      for (const state of ['expired', 'revoked', 'disabled']) {
        const got = await ask(route, { key: keys.get(state) });
        expect(got.status).toBe(401);
        expect(got.json.code).toBe(state);
        expect(got.headers.get('www-authenticate')).toMatch(/^Api-Key realm="keyturn"/);
      }
    },
  );

  test.each(managed)(
    "$method $path knows a consumer's key as little as one that never was",
    async (route) => {
      const consumer = await ask(route, { key: keys.get('consumer') });
      const deleted = await ask(route, { key: keys.get('deleted') });
      expect(consumer.status).toBe(401);
      expect(consumer.text).toBe(deleted.text);
      expect(shownHeaders(consumer)).toEqual(shownHeaders(deleted));
    },
  );

  test.each(managed)('$method $path refuses every scope but its own', async (route) => {
    const others = ALL_SCOPES.filter((scope) => scope !== route.access);
    const tooWeak = await ask(route, { key: (await world.manager(others)).plaintext });
    expect(tooWeak.status).toBe(403);
    expect(tooWeak.json).toMatchObject({ code: 'insufficient_scope', scopes: [route.access] });
    const enough = await ask(route, { key: (await world.manager([route.access])).plaintext });
    expect([401, 403]).not.toContain(enough.status);
  });

  test.each(guarded)(
    '$method $path takes no identity from query, body or other headers',
    async (route) => {
      const claims = { actor: 'admin', keyId: 'key_x', isAdmin: true, caller: { key: null } };
      const got = await ask(route, {
        key: undefined,
        ...(route.takesBody && { body: claims }),
        headers: { 'x-user': 'root', 'x-forwarded-user': 'root', cookie: `key=${world.root}` },
      });
      expect(got.status).toBe(401);
    },
  );

  test('public routes are the ones that are meant to be', () => {
    const open = routes.filter(({ access }) => access === 'public').map(({ path }) => path);
    expect(new Set(open)).toEqual(
      new Set([
        '/healthz',
        '/readyz',
        '/openapi.json',
        '/docs',
        '/docs/style.css',
        '/docs/codes/{code}',
        '/setup',
        '/setup.js',
      ]),
    );
  });
});

describe("security 15: another tenant's things", () => {
  const withId = managed.filter(({ params }) => params.length > 0);

  test.each(withId)('$method $path is 404 with the bytes of what never was', async (route) => {
    const key = keys.get('bound');
    const there = await ask(route, { key }, await idFor(route));
    const never = await ask(route, { key }, 'key_01m85trj2xcm8b615p7yx30519');
    expect(there.status).toBe(404);
    expect(there.text).toBe(never.text);
    expect(shownHeaders(there)).toEqual(shownHeaders(never));
  });

  test('a list shows nothing of it, and a filter on it is 404', async () => {
    await world.newKey({ name: 'theirs' });
    const key = keys.get('bound');
    for (const path of ['/v1/keys', '/v1/events', '/v1/usage', '/v1/keyspaces']) {
      const { status, json } = await world.ask('GET', path, { key });
      expect(status).toBe(200);
      const shown = json.items.map(
        (item: { keyspace?: string; name?: string }) => item.keyspace ?? item.name,
      );
      expect(shown.filter((name: string) => name !== 'other')).toEqual([]);
    }
    for (const path of ['/v1/keys', '/v1/events', '/v1/events/verify', '/v1/usage', '/v1/owners']) {
      const there = await world.ask('GET', `${path}?keyspace=default`, { key });
      const never = await world.ask('GET', `${path}?keyspace=nowhere`, { key });
      expect(there.status).toBe(404);
      expect(there.text).toBe(never.text);
    }
  });

  test('a key of it cannot be found or verified', async () => {
    const { plaintext } = await world.newKey();
    const key = keys.get('bound');
    const found = await world.ask('POST', '/v1/keys/find', { key, body: { plaintext } });
    expect(found.status).toBe(404);
    const body = { plaintext, keyspace: 'default' };
    const verified = await world.ask('POST', '/v1/keys/verify', { key, body });
    const never = { plaintext, keyspace: 'nowhere' };
    const unknown = await world.ask('POST', '/v1/keys/verify', { key, body: never });
    expect(verified.status).toBe(404);
    expect(verified.text).toBe(unknown.text);
    const own = await world.ask('POST', '/v1/keys/verify', {
      key,
      body: { plaintext, keyspace: 'other' },
    });
    expect(own.json).toEqual({ valid: false, code: 'unknown' });
  });

  test('nothing can be made in it, and figures of all keyspaces are not shown', async () => {
    const key = keys.get('bound');
    const made = await world.ask('POST', '/v1/keys', { key, body: { name: 'intruder' } });
    expect(made.status).toBe(404);
    const owner = await world.ask('POST', '/v1/owners', { key, body: { id: 'intruder' } });
    expect(owner.status).toBe(404);
    expect((await world.ask('GET', '/metrics', { key })).status).toBe(403);
  });
});

function ask(route: Route, sent: Sent, id = 'nobody'): Promise<Got> {
  const body = route.takesBody ? (leastBody[`${route.method} ${route.path}`] ?? {}) : undefined;
  const method = route.method === 'ANY' ? 'GET' : route.method;
  return world.ask(method, route.path.replace(/\{\w+\}/, id), { body, ...sent });
}

/** The id of a thing of the default keyspace, of the kind the route is about. */
async function idFor({ path }: Route): Promise<string> {
  if (path.startsWith('/v1/keys/')) return (await world.newKey()).id;
  if (path.startsWith('/v1/keyspaces/')) return (await world.keyturn.keyspaces.get('default')).id;
  const id = `owner-${Math.random().toString(36).slice(2)}`;
  await world.keyturn.owners.create({ id });
  return id;
}

async function deletedKey(): Promise<string> {
  const { id, plaintext } = await world.newKey({ keyspace: 'keyturn', scopes: ['*'] });
  await world.keyturn.keys.revoke(id);
  await world.keyturn.keys.delete(id);
  return plaintext;
}

async function otherKeyspace() {
  return await world.keyturn.keyspaces.create({ name: 'other', prefix: 'other' });
}

/** Every header but those that are of this one answer. */
function shownHeaders({ headers }: Got) {
  return [...headers].filter(([name]) => name !== 'request-id' && name !== 'date');
}

function swapLast(key: string): string {
  const last = key.at(-1) === '0' ? '1' : '0';
  return key.slice(0, -1) + last;
}
