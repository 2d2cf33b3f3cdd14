import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

const HOUR_MS = 3_600_000;

let world: World;
let caller: string;
beforeAll(async () => {
  world = await openWorld();
  caller = (await world.manager(['keys:verify'])).plaintext;
});
afterAll(() => world.close());

const verify = (body: object) => world.ask('POST', '/v1/keys/verify', { key: caller, body });

describe('POST /v1/keys/verify', () => {
  test('says that a key is valid, and what it is', async () => {
    const { id, plaintext } = await world.newKey({
      name: 'Acme CI',
      owner: 'acme',
      scopes: ['reports:read'],
      tags: ['ci'],
      metadata: { plan: 'pro' },
    });
    const got = await verify({ plaintext, scopes: ['reports:read'] });
    expect(got.status).toBe(200);
    expect(got.json).toEqual({
      valid: true,
      key: {
        id,
        keyspace: 'default',
        name: 'Acme CI',
        owner: 'acme',
        environment: 'live',
        scopes: ['reports:read'],
        metadata: { plan: 'pro' },
        tags: ['ci'],
        expiresAt: null,
        notBefore: null,
        restrictions: {},
        version: 1,
      },
    });
  });

  test('says of every other key why it is not, with 200', async () => {
    const { keyturn, newKey } = world;
    const expiring = await newKey({ expiresAt: '1h' });
    const early = await newKey({ notBefore: '30d' });
    const revoked = await newKey();
    const disabled = await newKey();
    await keyturn.keys.revoke(revoked.id);
    await keyturn.keys.disable(disabled.id);
    keyturn.clock.advanceMs(2 * HOUR_MS);
    const plain = await newKey({ scopes: ['a:b'] });
    const bound = await newKey({
      restrictions: {
        addresses: ['203.0.113.0/24'],
        origins: ['https://app.example'],
        methods: ['GET'],
        paths: ['/reports/**'],
      },
    });
    const place = {
      address: '203.0.113.7',
      origin: 'https://app.example',
      method: 'GET',
      path: '/reports/1',
    };
    const flawed = `${plain.plaintext.slice(0, -1)}${plain.plaintext.endsWith('0') ? '1' : '0'}`;
    const cases: readonly (readonly [string, object])[] = [
      ['malformed', { plaintext: '' }],
      ['malformed', { plaintext: flawed }],
      ['malformed', { plaintext: 'x'.repeat(8_192) }],
      ['malformed', { plaintext: 'ключ' }],
      ['revoked', { plaintext: revoked.plaintext }],
      ['expired', { plaintext: expiring.plaintext }],
      ['not_yet_valid', { plaintext: early.plaintext }],
      ['disabled', { plaintext: disabled.plaintext }],
      ['wrong_environment', { plaintext: plain.plaintext, environment: 'test' }],
      ['insufficient_scope', { plaintext: plain.plaintext, scopes: ['a:c'] }],
      ['address_denied', { plaintext: bound.plaintext, ...place, address: '192.0.2.1' }],
      ['address_denied', { plaintext: bound.plaintext }],
      ['origin_denied', { plaintext: bound.plaintext, ...place, origin: 'https://evil.example' }],
      ['method_denied', { plaintext: bound.plaintext, ...place, method: 'POST' }],
      ['path_denied', { plaintext: bound.plaintext, ...place, path: '/reports/..%2fadmin' }],
      ['unknown', { plaintext: world.root }],
    ];
    for (const [code, body] of cases) {
      const got = await verify(body);
      expect(got.status).toBe(200);
      expect(got.json).toEqual({ valid: false, code });
    }
    expect((await verify({ plaintext: bound.plaintext, ...place })).json.valid).toBe(true);
  });

  test('looks in the keyspace that is named, by name or id', async () => {
    const acme = await world.keyturn.keyspaces.create({ name: 'acme', prefix: 'acme' });
    const { plaintext } = await world.newKey({ keyspace: 'acme' });
    for (const keyspace of [acme.id, 'acme']) {
      expect((await verify({ plaintext, keyspace })).json).toMatchObject({ valid: true });
    }
    expect((await verify({ plaintext })).json).toEqual({ valid: false, code: 'unknown' });
  });

  test('sees a change of the key at once', async () => {
    const { id, plaintext } = await world.newKey({ name: 'before' });
    expect((await verify({ plaintext })).json.key.name).toBe('before');
    await world.ask('PATCH', `/v1/keys/${id}`, { body: { name: 'after' } });
    expect((await verify({ plaintext })).json.key.name).toBe('after');
    await world.ask('POST', `/v1/keys/${id}/revoke`);
    expect((await verify({ plaintext })).json).toEqual({ valid: false, code: 'revoked' });
  });

  test('never repeats the plaintext', async () => {
    const { plaintext } = await world.newKey();
    const got = await verify({ plaintext, sent: plaintext });
    expect(got.status).toBe(400);
    expect(got.text).not.toContain(plaintext);
    expect((await verify({ plaintext })).text).not.toContain(plaintext);
  });

  test('takes no query', async () => {
    const body = { plaintext: 'x' };
    const got = await world.ask('POST', '/v1/keys/verify?keyspace=default', { key: caller, body });
    expect(got.status).toBe(400);
    expect(got.json.errors[0].pointer).toBe('/keyspace');
  });

  test('refuses a caller whose own key is restricted to elsewhere', async () => {
    const { plaintext: key } = await world.newKey({
      keyspace: 'keyturn',
      scopes: ['keys:verify'],
      restrictions: { addresses: ['192.0.2.0/24'] },
    });
    const got = await world.ask('POST', '/v1/keys/verify', { key, body: { plaintext: 'x' } });
    expect(got.status).toBe(403);
    expect(got.json.code).toBe('address_denied');
  });

  test('tells how long to wait where it helps', async () => {
    const limited = await openWorld({
      serving: (keyturn) => ({
        ...keyturn,
        verify: (request) =>
          'plaintext' in request
            ? { valid: false, code: 'rate_limited', retryAfter: 9 }
            : keyturn.verify(request),
      }),
    });
    const got = await limited.ask('POST', '/v1/keys/verify', { body: { plaintext: 'x' } });
    expect(got.json).toEqual({ valid: false, code: 'rate_limited', retryAfter: 9 });
    await limited.close();
  });

  test('security 24: says 503 where the truth cannot be had, never that a key is bad', async () => {
    const away = await openWorld({
      serving: (keyturn) => ({
        ...keyturn,
        verify: async (request) =>
          'plaintext' in request
            ? { valid: false, code: 'unavailable', retryAfter: 1 }
            : keyturn.verify(request),
      }),
    });
    const got = await away.ask('POST', '/v1/keys/verify', { body: { plaintext: 'x' } });
    expect(got.status).toBe(503);
    expect(got.headers.get('retry-after')).toBe('1');
    expect(got.json.code).toBe('unavailable');
    await away.close();
  });
});
