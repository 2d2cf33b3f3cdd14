import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type Sent, type World } from './world.js';

let world: World;
let behindOne: World;
beforeAll(async () => {
  world = await openWorld();
  behindOne = await openWorld({ trustedHops: 1 });
});
afterAll(async () => {
  await world.close();
  await behindOne.close();
});

describe('/v1/authorize', () => {
  test.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND'])(
    'admits by %s, because a gateway may ask with the original method',
    async (method) => {
      const { id, plaintext: key } = await world.newKey({
        owner: 'acme',
        scopes: ['reports:read'],
      });
      const got = await world.ask(method, '/v1/authorize?scopes=reports:read', { key });
      expect(got.status).toBe(200);
      expect(got.text).toBe('');
      expect(got.headers.get('keyturn-key-id')).toBe(id);
      expect(got.headers.get('keyturn-owner')).toBe('acme');
      expect(got.headers.get('keyturn-scopes')).toBe('reports%3Aread');
      expect(got.headers.get('content-length')).toBe('0');
    },
  );

  test('security 42: what goes into a header is percent-encoded, and always there', async () => {
    const owner = 'Zoë, "quoted" %41 & 東京';
    const { plaintext } = await world.newKey({ owner, scopes: ['a:b', 'c:*'] });
    const got = await world.ask('GET', '/v1/authorize', { key: plaintext });
    const value = got.headers.get('keyturn-owner') ?? '';
    expect(value).toMatch(/^[\x21-\x7e]+$/);
    expect(decodeURIComponent(value)).toBe(owner);
    expect(decodeURIComponent(got.headers.get('keyturn-scopes') ?? '').split(' ')).toEqual([
      'a:b',
      'c:*',
    ]);
    const { plaintext: bare } = await world.newKey();
    const empty = await world.ask('GET', '/v1/authorize', { key: bare });
    expect(empty.headers.get('keyturn-owner')).toBe('');
    expect(empty.headers.get('keyturn-scopes')).toBe('');
  });

  test('security 42: what the client says of itself changes nothing', async () => {
    const { plaintext: key } = await world.newKey({ owner: 'acme' });
    const got = await world.ask('GET', '/v1/authorize', {
      key,
      headers: {
        'keyturn-owner': 'root',
        'keyturn-key-id': 'key_x',
        'x-http-method-override': 'GET',
      },
    });
    expect(got.headers.get('keyturn-owner')).toBe('acme');
  });

  test('refuses with the refusal itself', async () => {
    const { id, plaintext } = await world.newKey({ scopes: ['a:b'] });
    const missing = await world.ask('GET', '/v1/authorize', { key: undefined });
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toContain('realm="default"');
    const lacking = await world.ask('GET', '/v1/authorize?scopes=a:b,a:c', { key: plaintext });
    expect(lacking.status).toBe(403);
    expect(lacking.json).toMatchObject({ code: 'insufficient_scope', scopes: ['a:b', 'a:c'] });
    expect(lacking.headers.get('keyturn-key-id')).toBeNull();
    await world.keyturn.keys.revoke(id);
    const revoked = await world.ask('GET', '/v1/authorize', { key: plaintext });
    expect(revoked.status).toBe(401);
    expect(revoked.json.code).toBe('revoked');
  });

  test('refuses in the form of the keyspace, and itself in problem documents', async () => {
    await world.keyturn.keyspaces.create({ name: 'django', prefix: 'dj', refusal: 'drf' });
    const { plaintext: key } = await world.newKey({ keyspace: 'django' });
    const path = '/v1/authorize?keyspace=django';
    expect(await world.ask('GET', path, { key })).toMatchObject({ status: 200 });
    const detail = 'Authentication credentials were not provided.';
    for (const refused of [
      await world.ask('GET', path, { key: undefined }),
      await world.ask('GET', `${path}&scopes=a:b`, { key }),
    ]) {
      expect(refused.status).toBe(403);
      expect(refused.json).toEqual({ detail });
      expect(refused.headers.get('content-type')).toBe('application/json');
      expect(refused.headers.has('www-authenticate')).toBe(false);
    }
    const self = await world.ask('GET', '/v1/self', { key: `${key.slice(0, -1)}!` });
    expect(self.status).toBe(401);
    expect(self.headers.get('content-type')).toBe('application/problem+json');
    const own = await world.ask('PATCH', '/v1/keyspaces/keyturn', { body: { refusal: 'drf' } });
    expect(own).toMatchObject({ status: 409, json: { code: 'state_conflict' } });
  });

  test('never admits a management key', async () => {
    const plain = await world.ask('GET', '/v1/authorize');
    expect(plain.status).toBe(401);
    expect(plain.json.code).toBe('unknown');
    const { id } = await world.keyturn.keyspaces.get('keyturn');
    const never = await world.ask('GET', '/v1/authorize?keyspace=nowhere');
    for (const keyspace of ['keyturn', id]) {
      const named = await world.ask('GET', `/v1/authorize?keyspace=${keyspace}`);
      expect(named.status).toBe(404);
      expect(named.text).toBe(never.text);
    }
  });

  test('asks in the keyspace that is named, by its own header forms', async () => {
    const { id } = await world.keyturn.keyspaces.create({
      name: 'acme',
      prefix: 'acme',
      credentials: { headers: ['x-acme-key'], schemes: [], query: null },
    });
    const { plaintext } = await world.newKey({ keyspace: 'acme' });
    const headers = { 'x-acme-key': plaintext };
    for (const keyspace of ['acme', id]) {
      const got = await world.ask('GET', `/v1/authorize?keyspace=${keyspace}`, {
        key: undefined,
        headers,
      });
      expect(got.status).toBe(200);
    }
    const other = await world.ask('GET', '/v1/authorize?keyspace=acme', { key: plaintext });
    expect(other.json.code).toBe('missing');
  });

  test.each([
    '?scope=a:b',
    '?scopes=',
    '?scopes=a:b&scopes=c:d',
    '?scopes=a%0Ab',
    '?keyspace=',
    '?keyspace=default&keyspace=keyturn',
    '?api_key=x',
  ])('a mistyped %s admits nobody', async (search) => {
    const { plaintext: key } = await world.newKey({ scopes: ['*'] });
    const got = await world.ask('GET', `/v1/authorize${search}`, { key });
    expect(got.status).toBe(400);
  });
});

describe('security 42: the original request', () => {
  const facts = {
    'x-forwarded-method': 'GET',
    'x-forwarded-uri': '/reports/1?x=1',
    'x-forwarded-for': '203.0.113.7',
  };
  const restrictions = { methods: ['GET'], paths: ['/reports/*'], addresses: ['203.0.113.0/24'] };

  test('is believed where a trusted proxy tells of it', async () => {
    const { plaintext: key } = await behindOne.newKey({ restrictions });
    const ask = (headers: Sent['headers']) =>
      behindOne.ask('GET', '/v1/authorize', { key, ...(headers && { headers }) });
    expect((await ask(facts)).status).toBe(200);
    const refusals = [
      [{ ...facts, 'x-forwarded-method': 'POST' }, 'method_denied'],
      [{ ...facts, 'x-forwarded-method': 'get' }, 'method_denied'],
      [{ ...facts, 'x-forwarded-method': 'GET, POST' }, 'method_denied'],
      [{ ...facts, 'x-forwarded-uri': '/admin' }, 'path_denied'],
      [{ ...facts, 'x-forwarded-uri': '/reports/..%2fadmin' }, 'path_denied'],
      [{ ...facts, 'x-forwarded-uri': '//reports/1' }, 'path_denied'],
      [{ ...facts, 'x-forwarded-uri': '/reports/1, /admin' }, 'path_denied'],
      [{ ...facts, 'x-forwarded-uri': '/reports/1;x' }, 'path_denied'],
      [{ ...facts, 'x-forwarded-for': '198.51.100.1' }, 'address_denied'],
      [{ ...facts, 'x-forwarded-for': 'unknown' }, 'address_denied'],
      [undefined, 'address_denied'],
    ] as const;
    for (const [headers, code] of refusals) expect((await ask(headers)).json.code).toBe(code);
  });

  test('is not believed from anybody else', async () => {
    const { plaintext: key } = await world.newKey({ restrictions: { paths: ['/reports/*'] } });
    const got = await world.ask('GET', '/v1/authorize', { key, headers: facts });
    expect(got.json.code).toBe('path_denied');
    const { plaintext: byMethod } = await world.newKey({ restrictions: { methods: ['GET'] } });
    const other = await world.ask('GET', '/v1/authorize', { key: byMethod, headers: facts });
    expect(other.json.code).toBe('method_denied');
  });

  test('a key in its query is refused, or taken where the keyspace opts in', async () => {
    const { keyturn, newKey, ask } = behindOne;
    const uriOf = (plaintext: string) => ({ 'x-forwarded-uri': `/reports?api_key=${plaintext}` });
    const { plaintext } = await newKey();
    const refused = await ask('GET', '/v1/authorize', {
      key: undefined,
      headers: uriOf(plaintext),
    });
    expect(refused.status).toBe(401);
    expect(refused.json.code).toBe('missing');
    await keyturn.keyspaces.create({
      name: 'open',
      prefix: 'open',
      credentials: { query: 'api_key' },
    });
    const opted = await newKey({ keyspace: 'open' });
    const got = await ask('GET', '/v1/authorize?keyspace=open', {
      key: undefined,
      headers: uriOf(opted.plaintext),
    });
    expect(got.status).toBe(200);
    const both = await ask('GET', '/v1/authorize?keyspace=open', {
      key: opted.plaintext,
      headers: uriOf(opted.plaintext),
    });
    expect(both.status).toBe(400);
    expect(both.json.code).toBe('ambiguous');
  });
});
