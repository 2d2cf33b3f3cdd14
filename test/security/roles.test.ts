import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import type { Role } from '../../src/keys/role.js';
import { leastBody } from '../http/own-statuses.js';
import { PASSWORD, personIn, type SignedInPerson } from '../http/people.js';
import { openWorld, type World } from '../http/world.js';

const TEN_MINUTES_MS = 10 * 60_000;
const ROLES: readonly Role[] = ['viewer', 'auditor', 'operator', 'admin'];
/** As the design has it, in a second hand: a scope that a role gets by mistake is seen here. */
const MAY: Readonly<Record<string, readonly Role[]>> = {
  'keys:read': ROLES,
  'keyspaces:read': ROLES,
  'owners:read': ROLES,
  'policies:read': ROLES,
  'destinations:read': ROLES,
  'channels:read': ROLES,
  'rotations:read': ROLES,
  'usage:read': ROLES,
  'events:read': ['auditor', 'operator', 'admin'],
  'people:read': ['auditor', 'admin'],
  'keys:write': ['operator', 'admin'],
  'keys:rotate': ['operator', 'admin'],
  'keys:revoke': ['operator', 'admin'],
  'owners:write': ['operator', 'admin'],
  'keyspaces:write': ['admin'],
  'policies:write': ['admin'],
  'destinations:write': ['admin'],
  'channels:write': ['admin'],
  'people:write': ['admin'],
  'metrics:read': ['admin'],
};

let world: World;
const people = new Map<Role, SignedInPerson>();
beforeAll(async () => {
  world = await openWorld();
  for (const role of ROLES) people.set(role, await personIn(world, role));
});
afterAll(() => world.close());

const ofPeople = routes.filter(
  ({ access, by }) => access !== 'public' && access !== 'self' && by.kind !== 'check',
);
const scoped = ofPeople.filter(({ access }) => access !== 'session' && access !== 'caller');
const cases = ROLES.flatMap((role) => scoped.map((route) => ({ role, ...route })));

/** The least that a route can be asked, by a person of this role. */
function ask(role: Role, { method, path }: Pick<Route, 'method' | 'path'>) {
  const body = leastBody[`${method} ${path}`] ?? {};
  const sent = method === 'POST' || method === 'PATCH' ? { body } : {};
  return as(role).ask(method, path.replaceAll(/\{\w+\}/g, 'nobody'), sent);
}

function as(role: Role): SignedInPerson {
  const person = people.get(role);
  if (person === undefined) throw new Error(`Nobody is ${role}.`);
  return person;
}

describe('every role and every route', () => {
  test('security 14: a scope that a route asks for is in the table of roles', () => {
    expect(new Set(scoped.map(({ access }) => access))).toEqual(new Set(Object.keys(MAY)));
  });

  test.each(cases)('security 14: $role and $method $path', async ({ role, ...route }) => {
    const { status, json } = await ask(role, route);
    if (MAY[route.access]?.includes(role)) {
      expect([401, 403]).not.toContain(status);
      return;
    }
    expect([status, json.code]).toEqual([403, 'forbidden']);
    expect(json.detail).toContain(route.access);
  });

  test('the table is told as it is', async () => {
    const { items } = (await as('viewer').ask('GET', '/v1/roles')).json;
    for (const { role, scopes } of items) {
      const own = Object.keys(MAY).filter((scope) => MAY[scope]?.includes(role));
      expect(new Set(scopes)).toEqual(new Set(role === 'admin' ? ['*'] : own));
      expect(as(role).session.scopes).toEqual(scopes);
    }
  });
});

describe('what shows a secret, changes many, or says who comes in', () => {
  const confirmed = ofPeople.filter(({ confirm }) => confirm === true);
  beforeEach(() => world.keyturn.clock.advanceMs(TEN_MINUTES_MS));

  test.each(confirmed)(
    'security 19: $method $path asks once more who it is, and a key not',
    async (route) => {
      await as('admin').ask('GET', '/v1/session');
      const asked = await ask('admin', route);
      expect([asked.status, asked.json.code]).toEqual([403, 'confirmation_required']);
      const right = { body: { password: PASSWORD } };
      const proved = await as('admin').ask('POST', '/v1/session/confirm', right);
      expect(proved.json.confirmedUntil).toEqual(expect.any(String));
      expect([401, 403]).not.toContain((await ask('admin', route)).status);
      world.keyturn.clock.advanceMs(TEN_MINUTES_MS);
      expect((await ask('admin', route)).json.code).toBe('confirmation_required');
      const body = leastBody[`${route.method} ${route.path}`] ?? {};
      const path = route.path.replaceAll(/\{\w+\}/g, 'nobody');
      const byKey = await world.ask(route.method, path, route.takesBody ? { body } : {});
      expect([401, 403]).not.toContain(byKey.status);
    },
  );

  test('security 19: are not proved by a wrong password', async () => {
    const route = { method: 'POST', path: '/v1/keys' } as const;
    const wrong = { body: { password: 'not the password' } };
    const refused = await as('admin').ask('POST', '/v1/session/confirm', wrong);
    expect(refused.json.code).toBe('sign_in_refused');
    expect((await ask('admin', route)).json.code).toBe('confirmation_required');
  });

  test('are the rows that are meant to be', () => {
    const names = confirmed.map(({ method, path }) => `${method} ${path}`);
    const writes = ofPeople
      .filter(({ access }) => /^(?:people|destinations|policies|channels):write$/.test(access))
      .map(({ method, path }) => `${method} ${path}`)
      .filter((name) => !/\/(?:test|retry)$/.test(name));
    expect(names).toEqual(expect.arrayContaining(writes));
    expect(names).toEqual(
      expect.arrayContaining([
        'POST /v1/keys',
        'POST /v1/keys/{id}/rotate',
        'POST /v1/keys/import',
        'POST /v1/rotations',
        'POST /v1/leaks',
        'POST /v1/owners/{id}/erase',
      ]),
    );
  });

  test("somebody else's session asks once more, and one's own does not", async () => {
    const end = (id: string | null) => as('admin').ask('DELETE', `/v1/sessions/${id}`);
    const refused = await end(as('viewer').session.id);
    expect(refused.json.code).toBe('confirmation_required');
    const own = await as('admin').ask('GET', '/v1/sessions');
    expect(own.json.items).toMatchObject([{ isCurrent: true, agent: 'a test' }]);
  });
});

describe('a person who is bound to a keyspace', () => {
  test('security 15: sees and makes nothing in another, nor lets anybody in to it', async () => {
    const { id } = await world.keyturn.keyspaces.create({ name: 'bound', prefix: 'bound' });
    const bound = await personIn(world, 'admin', [id]);
    const { items } = (await bound.ask('GET', '/v1/keyspaces')).json;
    expect(items.map(({ name }: { readonly name: string }) => name)).toEqual(['bound']);
    const made = await bound.ask('POST', '/v1/keys', { body: { name: 'x', keyspace: 'bound' } });
    expect(made.status).toBe(201);
    const elsewhere = await bound.ask('POST', '/v1/keys', { body: { name: 'x' } });
    expect(elsewhere.status).toBe(404);
    const manager = { name: 'x', keyspace: 'keyturn', scopes: ['*'] };
    expect((await bound.ask('POST', '/v1/keys', { body: manager })).status).toBe(404);
    const person = { name: 'Eve', email: 'eve@bound.example', role: 'viewer' };
    expect((await bound.ask('POST', '/v1/people', { body: person })).status).toBe(403);
    expect((await bound.ask('GET', `/v1/people/${as('viewer').id}`)).status).toBe(404);
    const own = { ...person, keyspaces: ['bound'] };
    expect((await bound.ask('POST', '/v1/people', { body: own })).status).toBe(201);
    expect((await bound.ask('GET', '/v1/people')).json.items).toHaveLength(2);
  });

  test('security 13: nobody changes, invites or ends who may do more', async () => {
    const { plaintext: key } = await world.manager(['people:read', 'people:write', 'keys:read']);
    const admin = as('admin');
    for (const [method, path, body] of [
      ['PATCH', `/v1/people/${admin.id}`, { email: 'thief@evil.example' }],
      ['POST', `/v1/people/${admin.id}/invite`, {}],
      ['DELETE', `/v1/people/${admin.id}`, undefined],
      ['DELETE', `/v1/sessions/${admin.session.id}`, undefined],
      ['POST', '/v1/people', { name: 'Eve', email: 'eve@evil.example', role: 'admin' }],
    ] as const) {
      const got = await world.ask(method, path, { key, ...(body && { body }) });
      expect([method, path, got.status]).toEqual([method, path, 403]);
    }
    expect((await admin.ask('GET', '/v1/session')).status).toBe(200);
  });
});
