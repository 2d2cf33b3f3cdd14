import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('a key over HTTP', () => {
  test('is created with everything that can be said of it, and its plaintext is shown once', async () => {
    const body = {
      name: 'Acme CI',
      owner: 'acme',
      environment: 'test',
      scopes: ['reports:read'],
      metadata: { plan: 'pro' },
      tags: ['ci'],
      expiresAt: '90d',
      notBefore: '2026-01-01',
      restrictions: { addresses: ['203.0.113.0/24'], methods: ['GET'] },
    };
    const made = await world.ask('POST', '/v1/keys', { body });
    expect(made.status).toBe(201);
    expect(made.headers.get('etag')).toBe('"1"');
    expect(made.json.plaintext).toMatch(/^key_test_[0-9A-Za-z]{38}$/);
    const { key } = made.json;
    expect(key).toMatchObject({
      ...body,
      expiresAt: expect.any(String),
      notBefore: expect.any(String),
      version: 1,
    });
    expect(made.text.split(made.json.plaintext)).toHaveLength(2);
    const read = await world.ask('GET', `/v1/keys/${key.id}`);
    expect(read.json).toEqual(key);
    expect(read.text).not.toContain(made.json.plaintext);
  });

  test('is changed by what is sent, and by nothing else', async () => {
    const { id } = await world.newKey({ owner: 'acme', tags: ['a'] });
    const got = await world.ask('PATCH', `/v1/keys/${id}`, {
      body: { owner: null, scopes: ['a:b'] },
    });
    expect(got.json).toMatchObject({ owner: null, scopes: ['a:b'], tags: ['a'], version: 2 });
    expect(got.headers.get('etag')).toBe('"2"');
  });

  test('is disabled, enabled, revoked for ever, and then deleted', async () => {
    const { id, plaintext } = await world.newKey();
    const act = (verb: string, body?: object) =>
      world.ask('POST', `/v1/keys/${id}/${verb}`, { body });
    expect((await act('disable', { reason: 'asked' })).json.key).toMatchObject({
      state: 'disabled',
      stateReason: 'asked',
    });
    expect((await act('enable')).json.key.state).toBe('active');
    const first = await act('revoke', { reason: 'leaked' });
    expect(first.json.key).toMatchObject({ state: 'revoked', stateReason: 'leaked' });
    const again = await act('revoke', { reason: 'leaked again' });
    expect(again.status).toBe(200);
    expect(again.json).toEqual(first.json);
    expect((await act('enable')).status).toBe(409);
    expect((await world.ask('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect((await world.ask('GET', `/v1/keys/${id}`)).status).toBe(404);
    const check = await world.ask('GET', '/v1/authorize', { key: plaintext });
    expect(check.status).toBe(401);
  });

  test('is found by its plaintext, in any state', async () => {
    const { id, plaintext } = await world.newKey();
    await world.keyturn.keys.revoke(id);
    const got = await world.ask('POST', '/v1/keys/find', { body: { plaintext } });
    expect(got.json.key).toMatchObject({ id, state: 'revoked' });
    expect(got.json.secret).toMatchObject({ number: 1, state: 'revoked' });
    expect(got.text).not.toContain(plaintext);
  });

  test('of another key is ended with all the keys it made', async () => {
    const parent = await world.manager(['keys:write', 'keys:read']);
    const body = { name: 'child', keyspace: 'keyturn', scopes: ['keys:read'] };
    const child = await world.ask('POST', '/v1/keys', { key: parent.plaintext, body });
    const { id } = child.json.key;
    const listed = await world.ask('GET', `/v1/keys?keyspace=keyturn&maker=${parent.id}`);
    expect(listed.json.items.map((key: { id: string }) => key.id)).toEqual([id]);
    const ended = await world.ask('POST', `/v1/keys/${parent.id}/revoke`, {
      body: { descendants: true },
    });
    expect(ended.json.descendants).toEqual([id]);
    expect((await world.ask('GET', `/v1/keys/${id}`)).json.state).toBe('revoked');
  });

  test('security 13: cannot be made stronger than its maker', async () => {
    const { plaintext: key } = await world.manager(['keys:write']);
    const body = { name: 'stronger', keyspace: 'keyturn', scopes: ['*'] };
    const got = await world.ask('POST', '/v1/keys', { key, body });
    expect(got.status).toBe(403);
    expect(got.json.code).toBe('forbidden');
    expect(got.json.detail).toContain('"*"');
  });
});

describe('If-Match', () => {
  test('lets a change through while the version stands, in both spellings', async () => {
    const { id } = await world.newKey();
    const change = (ifMatch: string, name: string) =>
      world.ask('PATCH', `/v1/keys/${id}`, { body: { name }, headers: { 'if-match': ifMatch } });
    expect((await change('1', 'b')).json.version).toBe(2);
    expect((await change('"2"', 'c')).json.version).toBe(3);
    expect((await change('*', 'd')).json.version).toBe(4);
    const late = await change('3', 'e');
    expect(late.status).toBe(412);
    expect(late.json.code).toBe('version_conflict');
    expect((await world.ask('GET', `/v1/keys/${id}`)).json.name).toBe('d');
  });

  test.each(['', 'W/"1"', '"1", "2"', 'one', '-1', '1.0'])('%j cannot be read', async (ifMatch) => {
    const { id } = await world.newKey();
    const sent = { body: { name: 'b' }, headers: { 'if-match': ifMatch } };
    const got = await world.ask('PATCH', `/v1/keys/${id}`, sent);
    expect(got.status).toBe(400);
    expect(got.json.errors[0].pointer).toBe('/If-Match');
    expect((await world.ask('GET', `/v1/keys/${id}`)).json.version).toBe(1);
  });
});

describe('Idempotency-Key', () => {
  const create = (idempotencyKey: string, body: object, key?: string) =>
    world.ask('POST', '/v1/keys', {
      body,
      headers: { 'idempotency-key': idempotencyKey },
      ...(key && { key }),
    });

  test('repeats the same answer, without the plaintext', async () => {
    const first = await create('once', { name: 'one' });
    const again = await create('once', { name: 'one' });
    expect(again.status).toBe(201);
    expect(again.json).toEqual({ key: first.json.key, replayed: true });
    expect(first.json.replayed).toBeUndefined();
  });

  test('with another body is refused, and makes nothing', async () => {
    await create('twice', { name: 'one' });
    const got = await create('twice', { name: 'other' });
    expect(got.status).toBe(422);
    expect(got.json.code).toBe('idempotency_mismatch');
  });

  test("security 41: of another caller, or of another route, is another's", async () => {
    const { plaintext } = await world.manager(['keys:write', 'keys:revoke']);
    const first = await create('shared', { name: 'one' });
    const second = await create('shared', { name: 'one' }, plaintext);
    expect(second.json.plaintext).toBeDefined();
    expect(second.json.key.id).not.toBe(first.json.key.id);
    const headers = { 'idempotency-key': 'shared' };
    const revoked = await world.ask('POST', `/v1/keys/${first.json.key.id}/revoke`, { headers });
    expect(revoked.json.replayed).toBeUndefined();
    expect(revoked.json.key.state).toBe('revoked');
  });

  test('security 41: a revoked caller gets no replay', async () => {
    const caller = await world.manager(['keys:write']);
    await create('kept', { name: 'one' }, caller.plaintext);
    await world.keyturn.keys.revoke(caller.id);
    expect((await create('kept', { name: 'one' }, caller.plaintext)).status).toBe(401);
  });

  test('is 1 to 255 printable characters', async () => {
    for (const bad of ['x'.repeat(256), 'tab\there', 'ü']) {
      const got = await create(bad, { name: 'one' });
      expect(got.status).toBe(400);
      expect(got.json.errors[0].pointer).toBe('/Idempotency-Key');
    }
    expect((await create('x'.repeat(255), { name: 'one' })).status).toBe(201);
  });
});

describe('a list of keys', () => {
  test('comes in pages that neither repeat nor lose one', async () => {
    const made: string[] = [];
    const { clock } = world.keyturn;
    for (let index = 0; index < 7; index += 1) {
      made.push((await world.newKey({ tags: ['paged'] })).id);
      clock.advanceMs(1);
    }
    const seen: string[] = [];
    let search = '?tag=paged&limit=3';
    for (;;) {
      const { status, json } = await world.ask('GET', `/v1/keys${search}`);
      expect(status).toBe(200);
      expect(json.items.length).toBeLessThanOrEqual(3);
      seen.push(...json.items.map((key: { id: string }) => key.id));
      await world.newKey({ tags: ['paged'] }); // Newer ones do not move the pages.
      if (json.nextCursor === null) break;
      search = `?tag=paged&limit=3&cursor=${encodeURIComponent(json.nextCursor)}`;
    }
    expect(seen).toEqual(made.toReversed());
  });

  test('is narrowed by what is asked', async () => {
    const { id } = await world.newKey({ owner: 'narrow', environment: 'test', tags: ['t1'] });
    await world.keyturn.keys.disable(id);
    for (const search of [
      'owner=narrow',
      'tag=t1',
      'state=disabled',
      'environment=test&owner=narrow',
      'search=NARROW',
    ]) {
      const { json } = await world.ask('GET', `/v1/keys?${search}`);
      expect(json.items.map((key: { id: string }) => key.id)).toEqual([id]);
    }
    expect((await world.ask('GET', '/v1/keys?owner=narrow&state=active')).json.items).toEqual([]);
  });

  test.each([
    'limit=0',
    'limit=201',
    'limit=ten',
    'limit=1e2',
    'limit=',
    'state=gone',
    'cursor=forged',
    'tag=a&tag=b',
  ])('refuses %s', async (search) => {
    const got = await world.ask('GET', `/v1/keys?${search}`);
    expect(got.status).toBe(400);
    expect(got.json.errors[0].pointer).toBe(`/${search.split('=')[0]}`);
  });
});
