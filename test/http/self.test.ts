import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('/v1/self', () => {
  test('tells a consumer what its key is, and not what its issuer keeps with it', async () => {
    const { id, plaintext: key } = await world.newKey({
      owner: 'acme',
      scopes: ['a:b'],
      tags: ['late-payer'],
      metadata: { note: 'watch' },
    });
    const got = await world.ask('GET', '/v1/self', { key });
    expect(got.json).toEqual({
      key: {
        id,
        keyspace: 'default',
        name: 'a key',
        owner: 'acme',
        environment: 'live',
        scopes: ['a:b'],
        expiresAt: null,
        notBefore: null,
        restrictions: {},
      },
      secret: { number: 1, state: 'current' },
    });
    expect(got.text).not.toMatch(/late-payer|watch/);
  });

  test('takes a key of any keyspace, wherever that keyspace lets it stand', async () => {
    await world.keyturn.keyspaces.create({
      name: 'acme',
      prefix: 'acme',
      credentials: { headers: ['x-acme-key'], schemes: ['bearer'] },
    });
    const { id, plaintext } = await world.newKey({ keyspace: 'acme' });
    for (const headers of [{ 'x-acme-key': plaintext }, { authorization: `Bearer ${plaintext}` }]) {
      const got = await world.ask('GET', '/v1/self', { key: undefined, headers });
      expect(got.json.key).toMatchObject({ id, keyspace: 'acme' });
    }
    const elsewhere = await world.ask('GET', '/v1/self', { key: plaintext });
    expect(elsewhere.status).toBe(401);
    const manager = await world.ask('GET', '/v1/self');
    expect(manager.json.key).toMatchObject({ keyspace: 'keyturn', name: 'root' });
  });

  test('knows a key that was made after the first question', async () => {
    const token = `late_live_${'0'.repeat(38)}`;
    expect((await world.ask('GET', '/v1/self', { key: token })).status).toBe(401);
    await world.keyturn.keyspaces.create({ name: 'late', prefix: 'late' });
    const { plaintext: key } = await world.newKey({ keyspace: 'late' });
    expect((await world.ask('GET', '/v1/self', { key })).status).toBe(200);
  });

  test('is refused to a key that is no good any more', async () => {
    const { id, plaintext: key } = await world.newKey();
    await world.keyturn.keys.disable(id);
    const got = await world.ask('GET', '/v1/self', { key });
    expect(got.status).toBe(401);
    expect(got.json.code).toBe('disabled');
  });
});

describe("a key's restrictions, on the routes about itself", () => {
  const bound = { methods: ['DELETE'], paths: ['/reports/**'] };

  test('say nothing there of methods and paths, which are those of the API it is for', async () => {
    const { id, plaintext: key } = await world.newKey({ restrictions: bound });
    expect((await world.ask('GET', '/v1/authorize', { key })).json.code).toBe('method_denied');
    expect((await world.ask('GET', '/v1/self', { key })).json.key).toMatchObject({ id });
    const ended = await world.ask('POST', '/v1/self/revoke', { key });
    expect(ended.json.key).toMatchObject({ id, state: 'revoked' });
    expect((await world.ask('GET', '/v1/self', { key })).json.code).toBe('revoked');
  });

  test('still say where a request may come from', async () => {
    for (const [restrictions, code] of [
      [{ ...bound, addresses: ['203.0.113.0/24'] }, 'address_denied'],
      [{ ...bound, origins: ['https://app.example'] }, 'origin_denied'],
    ] as const) {
      const { id, plaintext: key } = await world.newKey({ restrictions });
      for (const [method, path] of [
        ['GET', '/v1/self'],
        ['POST', '/v1/self/revoke'],
      ] as const) {
        const got = await world.ask(method, path, { key });
        expect([got.status, got.json.code]).toEqual([403, code]);
      }
      expect((await world.keyturn.keys.get(id)).state).toBe('active');
    }
  });

  test('bind a management key, which is for these routes too', async () => {
    for (const [restrictions, code] of [
      [{ methods: ['DELETE'] }, 'method_denied'],
      [{ paths: ['/v1/keys/**'] }, 'path_denied'],
    ] as const) {
      const input = { keyspace: 'keyturn', scopes: ['keys:read'], restrictions };
      const { plaintext: key } = await world.newKey(input);
      const got = await world.ask('GET', '/v1/self', { key });
      expect([got.status, got.json.code]).toEqual([403, code]);
    }
  });
});

describe('/v1/self/rotate', () => {
  /** A key that may rotate itself, and how it calls. */
  async function selfRotating(restrictions = {}) {
    const name = `own-${policies++}`;
    await world.keyturn.policies.create({ name, selfRotation: true });
    const { id, plaintext: key } = await world.newKey({ policy: name, restrictions });
    const headers = { 'idempotency-key': 'once', origin: 'https://app.example' };
    return { id, rotate: () => world.ask('POST', '/v1/self/rotate', { key, headers }) };
  }
  let policies = 0;

  test('is one use of the key, as every other call is', async () => {
    const { id, rotate } = await selfRotating();
    const counted = () => {
      const valid = world.keyturn.metrics().filter(({ labels }) => labels['outcome'] === 'valid');
      return valid.reduce((sum, { value }) => sum + value, 0);
    };
    const before = counted();
    expect((await rotate()).status).toBe(202);
    expect(counted() - before).toBe(1);
    expect((await world.keyturn.rotations.list({ key: id })).items).toHaveLength(1);
  });

  test('is allowed from an origin that its key allows', async () => {
    const { rotate } = await selfRotating({ origins: ['https://app.example'] });
    expect((await rotate()).status).toBe(202);
    const elsewhere = await selfRotating({ origins: ['https://else.example'] });
    expect((await elsewhere.rotate()).json.code).toBe('origin_denied');
  });
});

describe('/v1/self/revoke', () => {
  test('ends the key that asks, whoever holds it, and says who did', async () => {
    const { id, plaintext: key } = await world.newKey();
    const got = await world.ask('POST', '/v1/self/revoke', { key, body: { reason: 'leaked' } });
    expect(got.status).toBe(200);
    expect(got.json.key).toMatchObject({ id, state: 'revoked' });
    expect((await world.ask('GET', '/v1/self', { key })).json.code).toBe('revoked');
    const events = await world.keyturn.events.list({ subject: id, type: 'key.revoked' });
    expect(events.items).toMatchObject([{ actor: { kind: 'consumer', id }, reason: 'leaked' }]);
    expect(events.items[0]?.requestId).toBe(got.headers.get('request-id'));
  });

  test('security 36: ends no secret but the one that was sent, and the key by its current one', async () => {
    const { id, plaintext: old } = await world.newKey();
    const rotated = await world.keyturn.keys.rotate(id, { keep: true });
    if (!('plaintext' in rotated)) throw new Error('There is no new secret.');
    const next = rotated.plaintext;
    const revoke = (key: string, body: object) =>
      world.ask('POST', '/v1/self/revoke', { key, body });
    for (const [key, body] of [
      [old, { secret: 2 }],
      [old, {}],
      [old, { secret: 3 }],
      [next, { secret: 1 }],
    ] as const) {
      const got = await revoke(key, body);
      expect([body, got.status, got.json.code]).toEqual([body, 403, 'forbidden']);
    }
    const states = async () => (await world.keyturn.keys.get(id)).secrets.map(({ state }) => state);
    expect(await states()).toEqual(['retiring', 'current']);
    expect((await revoke(old, { secret: 1 })).status).toBe(200);
    expect(await states()).toEqual(['revoked', 'current']);
    expect((await revoke(next, {})).status).toBe(200);
  });

  test('ends no other key', async () => {
    const { plaintext: key } = await world.newKey();
    const other = await world.newKey();
    for (const body of [{ id: other.id }, { key: other.id }, { descendants: true }]) {
      expect((await world.ask('POST', '/v1/self/revoke', { key, body })).status).toBe(400);
    }
    expect((await world.keyturn.keys.get(other.id)).state).toBe('active');
  });

  test("a consumer's key does nothing else", async () => {
    const { id, plaintext: key } = await world.newKey({ scopes: ['*'] });
    for (const path of [`/v1/keys/${id}/revoke`, `/v1/keys/${id}/disable`, '/v1/keys']) {
      expect((await world.ask('POST', path, { key, body: {} })).status).toBe(401);
    }
  });
});
