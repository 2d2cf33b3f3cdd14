import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, statusOf, type World } from './world.js';

let world: World;
let mounted: World;
beforeAll(async () => {
  world = await openWorld();
  mounted = await openWorld({ basePath: '/keyturn' });
});
afterAll(async () => {
  await world.close();
  await mounted.close();
});

const forms = [
  '//v1/keys',
  '/v1//keys',
  '/v1/keys/',
  '/v1/./keys',
  '/v1/x/../keys',
  '/./v1/keys',
  '/v1/keys/.',
  '/v1/keys/..',
  '/v1/%6beys',
  '/v1/%6Beys',
  '/%76%31/keys',
  '/v1%2fkeys',
  '/v1%2Fkeys',
  '/v1/keys%2Ffind',
  '/v1%2F%2E%2E%2Fv1/keys',
  '/v1/%2e%2e/v1/keys',
  '/v1/keys%00',
  '/v1/keys%20',
  '/v1/keys;x=1',
  '/v1/keys%3bx',
  '/v1\\keys',
  '/v1/keys%5c',
  '/V1/keys',
  '/v1/Keys',
  '/v1/keys%c0%af',
  '/v1/keys%ff',
  '/v1/keys%',
  '/v1/keys%2',
  '/v1/%2525',
  'v1/keys',
  '*',
  'http://other.example//v1/keys',
  'http://other.example/v1/%6beys',
] as const;

describe('security 43: only canonical paths are routed', () => {
  test.each(forms)('%s is 404', async (target) => {
    const got = await world.raw(`GET ${target} HTTP/1.1`, 'Host: h', `X-API-Key: ${world.root}`);
    expect([400, 404]).toContain(statusOf(got));
    expect(got).not.toContain('"items"');
  });

  // Not those that the URL parser changes before any handler sees them.
  test.each(
    forms.filter(
      (target) => target.startsWith('/') && new URL(`http://h${target}`).pathname === target,
    ),
  )('%s is 404 by the handler too', async (target) => {
    const headers = { 'x-api-key': world.root };
    const request = new Request(`http://keyturn.test${target}`, { headers });
    const got = await world.keyturn.handler(request, { address: '127.0.0.1' });
    expect(got.status).toBe(404);
  });

  test('the canonical form is routed, in origin form and in absolute form', async () => {
    const head = ['Host: h', `X-API-Key: ${world.root}`];
    expect(statusOf(await world.raw('GET /v1/keys HTTP/1.1', ...head))).toBe(200);
    expect(statusOf(await world.raw('GET http://h/v1/keys?limit=1 HTTP/1.1', ...head))).toBe(200);
    expect(statusOf(await world.raw('GET /v1/keys HTTP/1.0', ...head))).toBe(200);
  });

  test('the two hot routes are no laxer than the others', async () => {
    const { plaintext } = await world.newKey();
    const head = ['Host: h', `X-API-Key: ${plaintext}`];
    for (const target of [
      '//v1/authorize',
      '/v1/authorize/',
      '/v1/%61uthorize',
      '/v1/authorizex',
    ]) {
      expect(statusOf(await world.raw(`GET ${target} HTTP/1.1`, ...head))).toBe(404);
    }
    for (const target of [
      '/v1/authorize',
      '/v1/authorize?',
      '/v1/authorize#x',
      'http://h/v1/authorize',
    ]) {
      expect(statusOf(await world.raw(`GET ${target} HTTP/1.1`, ...head))).toBe(200);
    }
  });
});

describe('what stands for something in a path', () => {
  const ids = [
    'a@b.example',
    'über uns',
    'auth0|12',
    '{x}',
    "it's (a) *test*!",
    'a+b',
    'a/b',
    'a%b',
    'a%2Fb',
    'a;b',
    'a\\b',
    'a?b#c',
    'x/../y',
    '/erase',
    '...',
  ];

  test.each(ids)('an owner called %s can be made, read, changed and erased', async (id) => {
    const path = `/v1/owners/${encodeURIComponent(id)}`;
    expect((await world.ask('POST', '/v1/owners', { body: { id } })).status).toBe(201);
    expect((await world.ask('GET', path)).json).toMatchObject({ id, name: null });
    const changed = await world.ask('PATCH', path, { body: { name: 'Ada' } });
    expect(changed.json).toMatchObject({ id, name: 'Ada' });
    const request = new Request(`http://keyturn.test${path}/erase`, {
      method: 'POST',
      headers: { 'x-api-key': world.root },
    });
    const erased = await world.keyturn.handler(request, { address: '127.0.0.1' });
    expect(erased.status).toBe(200);
    expect((await world.ask('GET', path)).json).toMatchObject({ id, name: null });
  });

  test('the longest id of an owner fits in a path', async () => {
    const id = '漢'.repeat(200);
    await world.keyturn.owners.create({ id });
    const erased = await world.ask('POST', `/v1/owners/${encodeURIComponent(id)}/erase`);
    expect(erased.json.id).toBe(id);
  });

  test('what clients encode or not, as they like, may stand either way', async () => {
    await world.keyturn.owners.create({ id: "o:!'()*@$&+,=" });
    for (const spelt of ["o:!'()*@$&+,=", 'o%3A%21%27%28%29%2A%40%24%26%2B%2C%3D']) {
      expect((await world.ask('GET', `/v1/owners/${spelt}`)).status).toBe(200);
    }
  });

  test('there is no other spelling of an id', async () => {
    for (const id of ['acme-1', 'a/x', 'ü']) await world.keyturn.owners.create({ id });
    const statusAt = async (segment: string) => {
      const head = ['Host: h', `X-API-Key: ${world.root}`];
      return statusOf(await world.raw(`GET /v1/owners/${segment} HTTP/1.1`, ...head));
    };
    for (const canonical of ['acme-1', 'a%2Fx', '%C3%BC']) {
      expect(await statusAt(canonical)).toBe(200);
    }
    const others = [
      '%61cme-1',
      'acme%2D1',
      'a%2fx',
      'a%252Fx',
      'a/x',
      '%c3%bc',
      'acme-1;',
      'acme-1/',
    ];
    for (const other of [...others, 'acme-1%00', 'acme-1%7F', 'acme-1%20', '%2E%2E']) {
      expect([other, await statusAt(other)]).toEqual([other, 404]);
    }
  });

  test('an escape never stands for a part of the route', async () => {
    const name = { name: 'Ada' };
    await world.keyturn.owners.create({ id: 'kept', ...name });
    const erase = await world.ask('POST', '/v1/owners/kept%2Ferase');
    expect(erase.status).toBe(405);
    expect((await world.ask('GET', '/v1/owners/kept')).json).toMatchObject(name);
    for (const path of ['/v1/owners%2Fkept', '/v1%2Fowners/kept', '/v1/owners/kept/%65rase']) {
      expect((await world.ask('GET', path)).status).toBe(404);
    }
    expect((await world.ask('GET', '/v1/keys/..%2Fowners%2Fkept')).status).toBe(404);
    expect(
      (await world.ask('GET', '/docs/codes/..%2F..%2Fhealthz', { key: undefined })).status,
    ).toBe(404);
  });

  test.each(['.', '..'])('no owner can be called %s, which no URL can name', async (id) => {
    const owner = await world.ask('POST', '/v1/owners', { body: { id } });
    expect(owner.status).toBe(422);
    expect(owner.json.errors).toEqual([
      {
        pointer: '/id',
        message: 'cannot be named by a URL.',
        fix: expect.stringContaining('other'),
      },
    ]);
    const key = await world.ask('POST', '/v1/keys', { body: { name: 'a', owner: id } });
    expect(key.status).toBe(422);
    expect(key.json.errors).toEqual([{ ...owner.json.errors[0], pointer: '/owner' }]);
  });
});

describe('below a base path', () => {
  test('everything is there, and nothing is beside it', async () => {
    expect((await mounted.ask('GET', '/keyturn/v1/keys')).status).toBe(200);
    expect((await mounted.ask('GET', '/keyturn/healthz')).status).toBe(200);
    expect((await mounted.ask('GET', '/keyturn/v1/authorize')).status).toBe(401);
    for (const path of [
      '/v1/keys',
      '/healthz',
      '/keyturnx/v1/keys',
      '/keyturn',
      '/Keyturn/healthz',
      '/v1/authorize',
    ]) {
      expect((await mounted.ask('GET', path)).status).toBe(404);
    }
  });

  test('problems and the description point below it', async () => {
    const problem = await mounted.ask('GET', '/keyturn/v1/nothing');
    expect(problem.json.type).toBe('/keyturn/docs/codes/not_found');
    expect((await mounted.ask('GET', problem.json.type)).status).toBe(200);
    const { json } = await mounted.ask('GET', '/keyturn/openapi.json');
    expect(json.servers).toEqual([{ url: '/keyturn' }]);
  });
});

describe('methods', () => {
  test('one that a path does not take is 405 with those it takes', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/v1/keys', 'POST, GET, HEAD, OPTIONS'],
      ['GET', '/v1/keys/verify', 'POST, OPTIONS'],
      ['DELETE', '/v1/keys/verify', 'POST, OPTIONS'],
      ['PUT', '/v1/keys/key_x', 'GET, PATCH, DELETE, HEAD, OPTIONS'],
      ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const got = await world.ask(method, path);
      expect(got.status).toBe(405);
      expect(got.headers.get('allow')).toBe(allow);
      expect(got.json.code).toBe('invalid_request');
    }
  });

  test('OPTIONS tells them, without a key', async () => {
    const got = await world.ask('OPTIONS', '/v1/keys', { key: undefined });
    expect(got.status).toBe(204);
    expect(got.headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
    expect(got.headers.get('access-control-allow-origin')).toBeNull();
    expect((await world.ask('OPTIONS', '/v1/nothing', { key: undefined })).status).toBe(404);
  });

  test('HEAD answers what GET does, without the body', async () => {
    const got = await world.ask('GET', '/v1/keyspaces');
    const head = await world.ask('HEAD', '/v1/keyspaces');
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    expect(head.headers.get('content-length')).toBe(got.headers.get('content-length'));
    expect((await world.ask('HEAD', '/v1/keyspaces', { key: undefined })).status).toBe(401);
  });

  test.each(['TRACE', 'PROPFIND', 'BREW'])('%s is refused', async (method) => {
    const got = await world.raw(
      `${method} /v1/keys HTTP/1.1`,
      'Host: h',
      `X-API-Key: ${world.root}`,
    );
    expect([400, 405]).toContain(statusOf(got));
  });
});
