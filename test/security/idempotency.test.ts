import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Got } from '../http/world.js';
import { dataKinds, durableKinds } from '../setup/data.js';
import { dumpOf } from '../setup/dump.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { expectNothingOf } from './canaries.js';
import { type Served, serve } from './served.js';

let fleet: Fleet;
let servers: readonly Served[];

/** Two instances of one fleet, each behind a server of its own. */
async function startServers({ create }: Pick<(typeof dataKinds)[number], 'create'>) {
  fleet = await startFleet({ create });
  servers = [await serve(fleet.at(0).keyturn), await serve(fleet.at(1).keyturn)];
  await fleet.settle();
}

function server(index = 0): Served {
  const found = servers[index];
  if (found === undefined) throw new Error(`There is no server ${index}.`);
  return found;
}

/** A management key of another person. */
async function newCaller(scopes: readonly string[] = ['keys:write', 'keys:revoke']) {
  const made = await fleet.at(0).issue({ keyspace: 'keyturn', scopes });
  await fleet.settle();
  return made;
}

/** Posts with the one Idempotency-Key that everybody has guessed. */
function post(path: string, body: object, { key = server().root, at = 0 } = {}): Promise<Got> {
  return server(at).ask('POST', path, { key, body, headers: { 'idempotency-key': 'guessed' } });
}

const BODY = { name: 'wanted' };

afterEach(() => fleet.close());

describe.each(dataKinds)('a guessed Idempotency-Key on $name', ({ create }) => {
  beforeEach(() => startServers({ create }));

  test('security 41: gives each of two callers a key of their own', async () => {
    const other = await newCaller();
    const first = await post('/v1/keys', BODY);
    for (const at of [0, 1]) {
      const second = await post('/v1/keys', BODY, { key: other.plaintext, at });
      expect(second.json.key.id).not.toBe(first.json.key.id);
      expect(second.text).not.toContain(first.json.key.id);
    }
    // Both may repeat what is their own.
    const repeated = await post('/v1/keys', BODY, { at: 1 });
    expect(repeated.json).toEqual({ key: first.json.key, replayed: true });
  });

  test('security 41: is no one’s but the key’s that ends itself with it', async () => {
    const [one, other] = [await fleet.at(0).issue(), await fleet.at(0).issue()];
    await fleet.settle();
    for (const made of [one, other]) {
      const ended = await post('/v1/self/revoke', {}, { key: made.plaintext });
      expect(ended.json).toMatchObject({ key: { id: made.key.id, state: 'revoked' } });
      expect(ended.json.replayed).toBeUndefined();
    }
  });

  test('security 41: with another body is refused, and changes nothing', async () => {
    const { id } = (await post('/v1/keys', BODY)).json.key;
    await post(`/v1/keys/${id}/disable`, { reason: 'the first' });
    for (const at of [0, 1]) {
      for (const [path, body] of [
        ['/v1/keys', { name: 'the second' }],
        [`/v1/keys/${id}/disable`, { reason: 'the second' }],
      ] as const) {
        const got = await post(path, body, { at });
        expect(got.status).toBe(422);
        expect(got.json.code).toBe('idempotency_mismatch');
        expect(got.text).not.toContain(id);
      }
    }
    const { items } = await fleet.at(0).keyturn.keys.list({ keyspace: 'default' });
    expect(items).toMatchObject([{ id, name: BODY.name, stateReason: 'the first' }]);
  });

  test('security 41: is another one on each route, for each key and keyspace', async () => {
    await server().ask('POST', '/v1/keyspaces', { body: { name: 'other', prefix: 'other' } });
    await fleet.settle();
    const here = await post('/v1/keys', BODY);
    const there = await post('/v1/keys', { ...BODY, keyspace: 'other' });
    const ids = [here.json.key.id, there.json.key.id];
    expect(there.json.plaintext).toMatch(/^other_/);
    for (const act of ['disable', 'enable', 'revoke']) {
      for (const id of ids) {
        const got = await post(`/v1/keys/${id}/${act}`, {});
        expect(got.status).toBe(200);
        expect(got.json.key.id).toBe(id);
        expect(got.json.replayed).toBeUndefined();
      }
    }
  });

  test('security 41: shows no plaintext again, to nobody', async () => {
    const first = await post('/v1/keys', BODY);
    for (const at of [0, 1]) {
      const again = await post('/v1/keys', BODY, { at });
      expect(again.status).toBe(201);
      expect(again.json).toEqual({ key: first.json.key, replayed: true });
      expectNothingOf([first.json.plaintext], again.text);
    }
  });

  test.each([
    ['revoked', 401, (id: string) => fleet.at(0).keyturn.keys.revoke(id)],
    ['disabled', 401, (id: string) => fleet.at(0).keyturn.keys.disable(id)],
    ['expired', 401, (id: string) => expire(id)],
    ['weaker', 403, (id: string) => fleet.at(0).keyturn.keys.update(id, { scopes: [] })],
  ])('security 41: gives a caller that is %s by now a %i', async (_what, status, end) => {
    const caller = await newCaller();
    const first = await post('/v1/keys', BODY, { key: caller.plaintext });
    expect(first.status).toBe(201);
    await end(caller.key.id);
    await fleet.settle();
    for (const at of [0, 1]) {
      const again = await post('/v1/keys', BODY, { key: caller.plaintext, at });
      expect(again.status).toBe(status);
      expect(again.text).not.toContain(first.json.key.id);
    }
  });

  test('security 41: sent to all at once makes one key', async () => {
    const all = [0, 1, 0, 1, 0, 1].map((at) => post('/v1/keys', BODY, { at, key: server().root }));
    const answers = await Promise.all(all);
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(made.filter(({ json }) => json.plaintext !== undefined)).toHaveLength(1);
    expect(new Set(made.map(({ json }) => json.key.id)).size).toBe(1);
    for (const { status, json } of answers.filter((answer) => !made.includes(answer))) {
      expect([status, json.code]).toEqual([409, 'idempotency_in_flight']);
    }
    const { items } = await fleet.at(0).keyturn.keys.list({ search: BODY.name });
    expect(items).toHaveLength(1);
  });

  async function expire(id: string): Promise<void> {
    await fleet.at(0).keyturn.keys.update(id, { expiresAt: '1s' });
    fleet.clock.advanceMs(1_000);
  }
});

describe.each(durableKinds)('what is kept for an Idempotency-Key on $name', ({ create }) => {
  beforeEach(() => startServers({ create }));

  test('security 41: opens nothing to who has stolen it', async () => {
    const first = await post('/v1/keys', BODY);
    const thief = await newCaller();
    const rows = await fleet.data.execute('select * from idempotency_records');
    expect(rows).toHaveLength(1);
    const { whole } = await dumpOf(fleet.data);
    expectNothingOf([first.json.plaintext, server().root], whole);
    expect(whole).not.toContain('guessed');
    for (const text of Object.values(rows[0] ?? {}).map(String)) {
      if (!/^[\x20-\x7e]{1,255}$/.test(text)) continue;
      for (const key of [thief.plaintext, server().root]) {
        const headers = { 'idempotency-key': text };
        const got = await server().ask('POST', '/v1/keys', { key, body: BODY, headers });
        expect(got.status).toBe(201);
        expect(got.json.key.id).not.toBe(first.json.key.id);
      }
    }
  });
});
