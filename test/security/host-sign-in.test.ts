import { afterEach, describe, expect, test } from 'vitest';
import type { Keyturn } from '../../src/public.js';
import type { HostPerson } from '../../src/sign-in-options.js';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import { untyped } from '../guards/untyped.js';
import { readAnswer } from '../http/world.js';

const ORIGIN = 'http://host.example';

let keyturn: TestKeyturn;
afterEach(() => keyturn.close());

async function start(signedIn: (request: Request) => unknown, basePath = ''): Promise<void> {
  keyturn = await createTestKeyturn({ signedIn: untyped(signedIn), basePath });
}

function ask(path: string, init: RequestInit & { readonly peer?: string | null } = {}) {
  const { peer = '192.0.2.1', ...rest } = init;
  const request = new Request(`${ORIGIN}${path}`, rest);
  return keyturn.handler(request, peer === null ? undefined : { address: peer });
}

function post(path: string, body: object, headers: object = { origin: ORIGIN }) {
  const sent = { 'content-type': 'application/json', ...headers };
  return ask(path, { method: 'POST', body: JSON.stringify(body), headers: sent });
}

const never = new Promise<never>(() => {});
/** What a hook may come up with that is no person in so many words. */
const NOBODY: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  'no answer': () => undefined,
  'an empty object': () => ({}),
  'an empty name': () => ({ actor: '' }),
  'a number': () => ({ actor: 1 }),
  'a list': () => ['ada'],
  'a text': () => 'ada',
  true: () => true,
  'a role that is none': () => ({ actor: 'ada', role: 'king' }),
  'a role that every object has': () => ({ actor: 'ada', role: 'constructor' }),
  'a field too many': () => ({ actor: 'ada', rôle: 'admin' }),
  'a time that is none': () => ({ actor: 'ada', authenticatedAt: 'just now' }),
  'control characters': () => ({ actor: 'a\u202eda' }),
  'what it inherits': () => Object.create({ actor: 'ada' }),
  'a fault': () => {
    throw new Error('secret host');
  },
  'a promise of a fault': () => Promise.reject(new Error('secret host')),
  'a promise of null': async () => null,
};

describe('the hook of a host application', () => {
  test.each(Object.entries(NOBODY))('security 43: signs nobody in by %s', async (_what, hook) => {
    await start(hook);
    for (const peer of ['192.0.2.1', null]) {
      for (const path of ['/v1/session', '/v1/keys', '/v1/people', '/v1/events', '/v1/roles']) {
        const answer = await ask(path, { peer });
        expect([path, answer.status]).toEqual([path, 401]);
        expect(await answer.text()).not.toContain('secret host');
      }
      const made = await post('/v1/keys', { name: 'x' });
      expect(made.status).toBe(401);
    }
  });

  test('security 43: signs nobody in that it names late', async () => {
    await start(() => never);
    const asked = ask('/v1/keys');
    await new Promise((resolve) => setImmediate(resolve));
    keyturn.clock.advanceMs(5_000);
    expect((await asked).status).toBe(401);
  });

  test.each([
    '//keyturn/v1/keys',
    '/keyturn//v1/keys',
    '/keyturn/v1/%6beys',
    '/keyturn/./v1/keys',
    '/keyturn/v1/keys/',
    '/keyturn/v1;/keys',
    '/keyturn/%76%31/keys',
    '/KEYTURN/v1/keys',
    '/v1/keys',
  ])('security 43: is asked at canonical paths alone, and not at %s', async (path) => {
    let askedCount = 0;
    await start(() => {
      askedCount += 1;
      return { actor: 'ada', role: 'admin' };
    }, '/keyturn');
    const answer = await keyturn.handler(
      untyped({ ...new Request(ORIGIN), ...rawRequest(`${ORIGIN}${path}`) }),
    );
    expect(answer.status).toBe(404);
    expect(askedCount).toBe(0);
    expect((await ask('/keyturn/v1/keys')).status).toBe(200);
  });

  test('security 43: sees headers and address, and no body', async () => {
    const seen: unknown[] = [];
    await start(async (request) => {
      seen.push([request.method, request.url, request.headers.get('cookie'), request.body]);
      return { actor: 'ada', role: 'admin', authenticatedAt: new Date(keyturn.clock.nowMs()) };
    });
    const headers = { cookie: 'host=1', origin: ORIGIN };
    expect((await post('/v1/keys', { name: 'x' }, headers)).status).toBe(201);
    expect(seen).toEqual([['POST', `${ORIGIN}/v1/keys`, 'host=1', null]]);
  });

  test('security 19: lets no page of another site ask in the name of whom it names', async () => {
    await start(() => ({ actor: 'ada', role: 'admin', authenticatedAt: new Date() }));
    for (const headers of [{}, { origin: 'https://evil.example' }, { origin: 'null' }]) {
      expect((await post('/v1/keys', { name: 'x' }, headers)).status).toBe(403);
    }
    const shown = await ask('/v1/keys', { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(shown.status).toBe(403);
  });
});

describe('whom a host application has signed in', () => {
  const signedInAs = (person: HostPerson) => start(() => person);

  test('is a viewer, unless it says more, and is named in the trail', async () => {
    await signedInAs({ actor: 'ada' });
    const { json: session } = await readAnswer(await ask('/v1/session'));
    expect(session).toMatchObject({
      ...{ id: null, method: 'host', confirmBy: 'host', confirmedUntil: null },
      person: { id: 'host:ada', name: 'ada', email: null, role: 'viewer' },
    });
    expect((await post('/v1/keyspaces', { name: 'x', prefix: 'xx' })).status).toBe(403);
    expect((await ask('/v1/people')).status).toBe(403);
    expect(await (await ask('/v1/sign-in')).json()).toMatchObject({ password: false, host: true });
    expect((await post('/v1/sign-in', { email: 'a@b.c', password: 'x' })).status).toBe(403);
    expect(
      (await ask('/v1/session', { method: 'DELETE', headers: { origin: ORIGIN } })).status,
    ).toBe(403);
  });

  test('security 19: has proved lately who it is only where the host says so', async () => {
    let provedMs: number | undefined;
    await start(() => {
      const authenticatedAt = provedMs === undefined ? undefined : new Date(provedMs);
      return { actor: 'ada', role: 'admin', authenticatedAt };
    });
    const make = async () => (await readAnswer(await post('/v1/keys', { name: 'x' }))).json;
    const refused = await make();
    expect(refused.code).toBe('confirmation_required');
    expect(refused.detail).toContain('"authenticatedAt"');
    const nowMs = keyturn.clock.nowMs();
    for (const [agoMs, code] of [
      [10 * 60_000, 'confirmation_required'],
      [-2 * 60_000, 'confirmation_required'],
      [9 * 60_000, undefined],
    ] as const) {
      provedMs = nowMs - agoMs;
      expect((await make()).code).toBe(code);
    }
    const { items } = await keyturn.events.list({ type: 'key.created' });
    expect(items[0]?.actor).toEqual({ kind: 'admin', id: 'host:ada' });
  });

  test('security 44: approves nothing that it asked for, nor does a key that it made', async () => {
    let actor = 'ada';
    await start(() => ({ actor, role: 'admin', authenticatedAt: new Date(keyturn.clock.nowMs()) }));
    await keyturn.policies.create({ name: 'agreed', approval: { approvers: 1 } });
    const { key } = await keyturn.keys.create({ name: 'x', policy: 'agreed' });
    const root = { name: 'own', keyspace: 'keyturn', scopes: ['*'] };
    const { json: manager } = await readAnswer(await post('/v1/keys', root));
    const { json: asked } = await readAnswer(await post(`/v1/keys/${key.id}/rotate`, {}));
    const approve = `/v1/rotations/${asked.rotation.id}/approve`;
    expect((await post(approve, {})).status).toBe(403);
    expect((await post(approve, {}, { 'x-api-key': manager.plaintext })).status).toBe(403);
    actor = 'bo';
    expect((await post(approve, {})).status).toBe(200);
  });
});

/** As a host hands one on that has not made a URL of its target: nothing in it is cleaned. */
function rawRequest(url: string): Partial<Request> & Pick<Keyturn, never> {
  const { method, headers } = new Request(ORIGIN);
  return { url, method, headers };
}
