import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import { leastBody } from '../http/own-statuses.js';
import { type Got, openWorld, readAnswer, type Sent, type World } from '../http/world.js';

const DAY_MS = 86_400_000;
const ALL_SCOPES = [...new Set(routes.map(({ access }) => access))].filter(
  (access) => !['public', 'self', 'session', 'caller'].includes(access),
);
/** Both ways a request comes in: over node:http, and as a `Request` by a host. */
const doors = [{ door: 'the server' }, { door: 'the handler' }] as const;

let world: World;
const keys = new Map<string, string>();
beforeAll(async () => {
  world = await openWorld();
  for (const keyspace of ['keyturn', 'default']) await makeUnusable(keyspace);
  keys.set('damaged', swapLast(world.root));
  keys.set('deleted', await deletedKey());
  keys.set('consumer', (await world.newKey({ scopes: ['*'] })).plaintext);
});
// So that no test spends the tries of another: an address gets ten of them a second.
beforeEach(() => world.keyturn.clock.advanceMs(10_000));
afterAll(() => world.close());

const guarded = routes.filter(({ access }) => access !== 'public');
const ofAnybody = guarded.filter(({ access }) => access === 'session' || access === 'caller');
const managed = guarded.filter((route) => route.access !== 'self' && !ofAnybody.includes(route));
const own = guarded.filter(({ access }) => access === 'self');
const unusable = ['expired', 'revoked', 'disabled', 'not_yet_valid'] as const;

describe.each(doors)('by $door', ({ door }) => {
  const ask = door === 'the server' ? askServer : askHandler;

  test.each(guarded)('security 14: $method $path refuses a caller without a key', async (route) => {
    const got = await ask(route, { key: undefined });
    expect(got.status).toBe(401);
    expect(got.json.code).toBe('missing');
    expect(got.headers.get('www-authenticate')).toMatch(/^Api-Key realm="/);
  });

  test.each(guarded)('security 14: $method $path refuses a damaged key', async (route) => {
    const got = await ask(route, { key: keys.get('damaged') });
    expect(got.status).toBe(401);
    expect(got.json.code).toBe('malformed');
  });

  test.each(guarded)(
    'security 14: $method $path refuses an expired, revoked, disabled or early key',
    async (route) => {
      const keyspace = route.access === 'self' ? 'default' : 'keyturn';
      for (const state of unusable) {
        const got = await ask(route, { key: keys.get(`${state} ${keyspace}`) });
        expect(got.status, state).toBe(401);
        expect(got.json.code).toBe(state);
        expect(got.headers.get('www-authenticate')).toContain(`Api-Key realm="${keyspace}"`);
      }
    },
  );

  test.each(guarded)(
    'security 14: $method $path refuses a key that works from elsewhere only',
    async (route) => {
      const keyspace = route.access === 'self' ? 'default' : 'keyturn';
      const got = await ask(route, { key: keys.get(`elsewhere ${keyspace}`) });
      expect(got.status).toBe(403);
      expect(got.json.code).toBe('address_denied');
    },
  );

  test.each(managed)(
    "security 14: $method $path knows a consumer's key as little as one that never was",
    async (route) => {
      const consumer = await ask(route, { key: keys.get('consumer') });
      const deleted = await ask(route, { key: keys.get('deleted') });
      expect(consumer.status).toBe(401);
      expect(consumer.text).toBe(deleted.text);
      expect(shownHeaders(consumer)).toEqual(shownHeaders(deleted));
    },
  );

  test.each(managed)(
    'security 14: $method $path refuses every scope but its own',
    async (route) => {
      const others = ALL_SCOPES.filter((scope) => scope !== route.access);
      for (const scopes of [[], others, othersOf(route)]) {
        const tooWeak = await ask(route, { key: (await world.manager(scopes)).plaintext });
        expect(tooWeak.status).toBe(403);
        expect(tooWeak.json).toMatchObject({ code: 'insufficient_scope', scopes: [route.access] });
      }
      const enough = await ask(route, { key: (await world.manager([route.access])).plaintext });
      expect([401, 403]).not.toContain(enough.status);
    },
  );

  test.each(guarded)(
    'security 14: $method $path takes no identity from query, body or other headers',
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
});

test.each(guarded.filter(({ method }) => method === 'GET'))(
  'security 14: HEAD $path refuses whom GET does',
  async (route) => {
    for (const key of [undefined, keys.get('damaged'), keys.get('deleted')]) {
      expect((await askServer(route, { key }, 'HEAD')).status).toBe(401);
    }
  },
);

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])(
  'security 14: /v1/authorize refuses whoever asks with %s',
  async (method) => {
    for (const key of [undefined, keys.get('damaged'), keys.get('revoked default')]) {
      expect((await world.ask(method, '/v1/authorize', { key })).status).toBe(401);
    }
  },
);

test("security 14: a consumer's own routes are of the key that is shown, whatever else is said", async () => {
  const { id, plaintext: key } = await world.newKey({ name: 'mine' });
  const other = await world.newKey({ name: 'theirs' });
  const self = await world.ask('GET', '/v1/self', { key });
  expect(self.json.key.id).toBe(id);
  for (const body of [{ id: other.id }, { key: other.id }, { keyId: other.id }]) {
    expect((await world.ask('POST', '/v1/self/revoke', { key, body })).status).toBe(400);
  }
  expect((await world.ask('GET', `/v1/self?id=${other.id}`, { key })).status).toBe(400);
  expect(own.map(({ path }) => path)).toEqual([
    '/v1/authorize',
    '/v1/self',
    '/v1/self/rotate',
    '/v1/self/revoke',
  ]);
});

test('security 14: public routes are the ones that are meant to be', () => {
  const open = routes.filter(({ access }) => access === 'public').map(({ path }) => path);
  expect(new Set(open)).toEqual(
    new Set([
      '/healthz',
      '/readyz',
      '/openapi.json',
      '/docs',
      '/docs/style.css',
      '/docs/codes/{code}',
      '/docs/{section}',
      '/docs/{section}/{page}',
      '/admin',
      '/admin/{page}',
      '/admin/{page}/{thing}',
      '/admin/{page}/{thing}/{part}',
      '/admin/assets/{file}',
      '/setup',
      '/setup.js',
      '/v1/sign-in',
      '/v1/sign-in/{provider}',
      '/v1/sign-in/{provider}/callback',
      '/v1/invitation',
      '/claim',
      '/claim.js',
      '/claim/look',
      '/claim/disown',
    ]),
  );
});

function askServer(route: Route, sent: Sent, as?: string): Promise<Got> {
  const { method, path, body } = leastOf(route);
  return world.ask(as ?? method, path, { body, ...sent });
}

async function askHandler(route: Route, sent: Sent): Promise<Got> {
  const { method, path, body } = leastOf(route);
  const headers = new Headers(sent.headers);
  if (sent.key !== undefined) headers.set('x-api-key', sent.key);
  if (body !== undefined) headers.set('content-type', 'application/json');
  const request = new Request(`http://keyturn.test${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(sent.body ?? body) }),
  });
  return readAnswer(await world.keyturn.handler(request, { address: '127.0.0.1' }));
}

/** The least that a route can be asked. */
function leastOf({ method, path, takesBody }: Route) {
  return {
    method: method === 'ANY' ? 'GET' : method,
    path: path.replace(/\{\w+\}/, 'nobody'),
    body: takesBody ? (leastBody[`${method} ${path}`] ?? {}) : undefined,
  };
}

/** Every right over every other resource. */
function othersOf({ access }: Route): string[] {
  const resources = new Set(ALL_SCOPES.map((scope) => scope.split(':')[0]));
  return [...resources].filter((one) => !access.startsWith(`${one}:`)).map((one) => `${one}:*`);
}

/** A key in each state in which it admits nobody, and one that works from elsewhere. */
async function makeUnusable(keyspace: string): Promise<void> {
  const { keyturn, newKey } = world;
  const all = { keyspace, scopes: ['*'] };
  const made = {
    expired: await newKey({ ...all, expiresAt: '1d' }),
    revoked: await newKey(all),
    disabled: await newKey(all),
    not_yet_valid: await newKey({ ...all, notBefore: '365d' }),
    elsewhere: await newKey({ ...all, restrictions: { addresses: ['192.0.2.1'] } }),
  };
  await keyturn.keys.revoke(made.revoked.id);
  await keyturn.keys.disable(made.disabled.id);
  keyturn.clock.advanceMs(2 * DAY_MS);
  for (const [state, { plaintext }] of Object.entries(made)) {
    keys.set(`${state} ${keyspace}`, plaintext);
  }
}

async function deletedKey(): Promise<string> {
  const { id, plaintext } = await world.newKey({ keyspace: 'keyturn', scopes: ['*'] });
  await world.keyturn.keys.revoke(id);
  await world.keyturn.keys.delete(id);
  return plaintext;
}

/** Every header but those that are of this one answer. */
function shownHeaders({ headers }: Got) {
  return [...headers].filter(([name]) => name !== 'request-id' && name !== 'date');
}

function swapLast(key: string): string {
  const last = key.at(-1) === '0' ? '1' : '0';
  return key.slice(0, -1) + last;
}
