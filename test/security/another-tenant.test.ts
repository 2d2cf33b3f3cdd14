import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import { leastBody } from '../http/own-statuses.js';
import { type Got, openWorld, type World } from '../http/world.js';

let world: World;
let bound: string;
beforeAll(async () => {
  world = await openWorld();
  const other = await world.keyturn.keyspaces.create({ name: 'other', prefix: 'other' });
  bound = (await world.manager(['*'], [other.id])).plaintext;
});
afterAll(() => world.close());

const withId = routes.filter(
  ({ access, params }) => access !== 'public' && access !== 'self' && params.length > 0,
);

test.each(withId)(
  'security 15: $method $path is 404 with the bytes of what never was',
  async (route) => {
    const there = await ask(route, await idFor(route));
    const never = await ask(route, 'key_01m85trj2xcm8b615p7yx30519');
    expect(there.status).toBe(404);
    expect(there.text).toBe(never.text);
    expect(shownHeaders(there)).toEqual(shownHeaders(never));
  },
);

test('security 15: a list shows nothing of another tenant, and a filter on it is 404', async () => {
  await world.newKey({ name: 'theirs' });
  const key = bound;
  for (const path of ['/v1/keys', '/v1/events', '/v1/usage', '/v1/keyspaces']) {
    const { status, json } = await world.ask('GET', path, { key });
    expect(status).toBe(200);
    const shown = json.items.map(
      (item: { keyspace?: string; name?: string }) => item.keyspace ?? item.name,
    );
    expect(shown.filter((name: string) => name !== 'other')).toEqual([]);
  }
  for (const path of [
    ...['/v1/keys', '/v1/keys/import/report', '/v1/events', '/v1/events/verify'],
    ...['/v1/usage', '/v1/owners'],
  ]) {
    const there = await world.ask('GET', `${path}?keyspace=default`, { key });
    const never = await world.ask('GET', `${path}?keyspace=nowhere`, { key });
    expect(there.status).toBe(404);
    expect(there.text).toBe(never.text);
  }
});

test("security 15: another tenant's key cannot be found or verified", async () => {
  const { plaintext } = await world.newKey();
  const key = bound;
  const found = await world.ask('POST', '/v1/keys/find', { key, body: { plaintext } });
  expect(found.status).toBe(404);
  const body = { plaintext, keyspace: 'default' };
  const verified = await world.ask('POST', '/v1/keys/verify', { key, body });
  const never = { plaintext, keyspace: 'nowhere' };
  const unknown = await world.ask('POST', '/v1/keys/verify', { key, body: never });
  expect(verified.status).toBe(404);
  expect(verified.text).toBe(unknown.text);
  const own = { plaintext, keyspace: 'other' };
  const inOwn = await world.ask('POST', '/v1/keys/verify', { key, body: own });
  expect(inOwn.json).toEqual({ valid: false, code: 'unknown' });
});

test('security 15: nothing is made for another tenant, and no figures of all are shown', async () => {
  const key = bound;
  const made = await world.ask('POST', '/v1/keys', { key, body: { name: 'intruder' } });
  expect(made.status).toBe(404);
  const owner = await world.ask('POST', '/v1/owners', { key, body: { id: 'intruder' } });
  expect(owner.status).toBe(404);
  expect((await world.ask('GET', '/metrics', { key })).status).toBe(403);
});

test('security 15: a page of another list goes on in none of theirs', async () => {
  for (const name of ['a', 'b', 'c']) await world.newKey({ name });
  const first = await world.ask('GET', '/v1/keys?limit=1');
  const second = await world.ask('GET', `/v1/keys?limit=200&cursor=${first.json.nextCursor}`, {
    key: bound,
  });
  expect(second.json).toEqual({ items: [], nextCursor: null });
});

function ask(route: Route, id: string): Promise<Got> {
  const body = route.takesBody ? (leastBody[`${route.method} ${route.path}`] ?? {}) : undefined;
  return world.ask(route.method, route.path.replace(/\{\w+\}/, id), { body, key: bound });
}

/** The id of a thing of the default keyspace, of the kind the route is about. */
async function idFor({ path }: Route): Promise<string> {
  if (path.startsWith('/v1/keys/')) return (await world.newKey()).id;
  if (path.startsWith('/v1/keyspaces/')) return (await world.keyturn.keyspaces.get('default')).id;
  const id = `owner-${Math.random().toString(36).slice(2)}`;
  await world.keyturn.owners.create({ id });
  return id;
}

/** Every header but those that are of this one answer. */
function shownHeaders({ headers }: Got) {
  return [...headers].filter(([name]) => name !== 'request-id' && name !== 'date');
}
