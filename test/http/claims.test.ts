import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

const BASE = 'https://keys.example/keyturn';
const DAY_MS = 86_400_000;

let world: World;
let key: { readonly id: string; readonly plaintext: string };
beforeAll(async () => {
  world = await openWorld({ publicUrl: 'https://keys.example', basePath: '/keyturn' });
});
beforeEach(async () => {
  key = await world.newKey({ name: 'Acme CI' });
});
afterAll(() => world.close());

const ask: World['ask'] = (method, path, sent) => world.ask(method, `/keyturn${path}`, sent);
const rotate = (body: object = {}) =>
  ask('POST', `/v1/keys/${key.id}/rotate`, { body: { deliver: 'claim', ...body } });
const tokenIn = (url: string) => new URL(url).hash.slice(1);
const open = (token: string) => ask('POST', '/claim', { key: undefined, body: { token } });
const self = (plaintext: string) => ask('GET', '/v1/self', { key: plaintext });

describe('a claim', () => {
  test('is a link, and the key stays as it is until it is opened', async () => {
    const { status, json } = await rotate();
    expect(status).toBe(202);
    expect(json.claim.url).toMatch(/^https:\/\/keys\.example\/keyturn\/claim#[\w-]{43}$/);
    expect(json.rotation).toMatchObject({
      step: 'announce',
      state: 'waiting',
      newSecret: null,
      deadline: null,
      claimExpiresAt: json.claim.expiresAt,
    });
    expect(json.plaintext).toBeUndefined();
    expect((await self(key.plaintext)).json.secret).toEqual({ number: 1, state: 'current' });
  });

  test('shows the new secret once, with a line that tries it and the life of the old one', async () => {
    const { json } = await rotate();
    world.keyturn.clock.advanceMs(5 * DAY_MS);
    const opened = await open(tokenIn(json.claim.url));
    expect(opened.status).toBe(200);
    const { plaintext } = opened.json;
    expect(opened.json).toMatchObject({
      keyspace: 'default',
      key: { id: key.id, name: 'Acme CI', environment: 'live' },
      test: `(read -rs KEY && printf '%s%s\\n' 'Authorization: Api-Key ' "$KEY" | curl -H @- '${BASE}/v1/self')`,
      old: { number: 1, state: 'retiring', atDeadline: 'hold' },
    });
    // The deadline counts from the opening.
    const deadline = new Date(world.keyturn.clock.nowMs() + 30 * DAY_MS).toISOString();
    expect(opened.json.old.deadline).toBe(deadline);
    expect((await self(plaintext)).json.secret).toEqual({ number: 2, state: 'current' });
    expect((await self(key.plaintext)).json.secret).toMatchObject({ state: 'retiring', deadline });
    const { json: rotation } = await ask('GET', `/v1/rotations/${json.rotation.id}`);
    expect(rotation).toMatchObject({ step: 'observe', deliver: 'claim', claimExpiresAt: null });
    const e5 = rotation.evidence.find(({ id }: { id: string }) => id === 'E5');
    expect(e5).toMatchObject({ state: 'not_applicable' });
    expect((await open(tokenIn(json.claim.url))).status).toBe(403);
  });

  test('is not made without a public address, or with a leaked secret that lives on', async () => {
    const bare = await openWorld();
    const { id } = await bare.newKey();
    for (const body of [{ deliver: 'claim' }, { deliver: 'claim', dryRun: true }]) {
      const got = await bare.ask('POST', `/v1/keys/${id}/rotate`, { body });
      expect(got.status).toBe(422);
      expect(got.json.errors[0]).toMatchObject({ pointer: '/deliver' });
      expect(got.text).toContain('publicUrl');
    }
    expect((await bare.ask('POST', `/v1/keys/${id}/rotate`)).status).toBe(201);
    await bare.close();
    const emergency = await rotate({ compromised: true, reason: 'leaked', overlap: '30m' });
    expect(emergency.status).toBe(422);
    expect(emergency.json.errors[0].pointer).toBe('/overlap');
    expect((await self(key.plaintext)).status).toBe(200);
  });

  test.each([
    [{ remind: ['3d', '3d'] }, '/claim/remind/1'],
    [{ remind: ['7d', '3d'] }, '/claim/remind/1'],
    [{ remind: ['30d'] }, '/claim/remind/0'],
    [{ remind: ['0s'] }, '/claim/remind/0'],
    [{ remind: ['soon'] }, '/claim/remind/0'],
    [{ remind: ['2d'], close: '2d' }, '/claim/remind/0'],
    [{ remind: Array.from({ length: 11 }, (_, day) => `${day + 1}d`) }, '/claim/remind'],
  ])('has reminders in ascending order, each before it closes: %o', async (claim, pointer) => {
    const got = await ask('POST', '/v1/policies', { body: { name: 'odd', claim } });
    expect(got.status).toBe(422);
    expect(got.json.errors[0].pointer).toBe(pointer);
  });

  test('keeps the reminders that are left where only its close is said', async () => {
    const made = await ask('POST', '/v1/policies', { body: { name: 'p', claim: { close: '7d' } } });
    expect(made.json.claim).toEqual({ close: '7d', remind: ['3d'], unclaimed: 'hold' });
    const body = { claim: { unclaimed: 'disable', remind: [] } };
    const changed = await ask('PATCH', '/v1/policies/p', { body });
    expect(changed.json.claim).toEqual({ close: '7d', remind: [], unclaimed: 'disable' });
  });

  test('is planned by a dry run, which makes no link', async () => {
    const { status, json, text } = await rotate({ dryRun: true });
    expect(status).toBe(200);
    expect(json.plan).toMatchObject({ deliver: 'claim', deadline: null });
    expect(json.plan.says).toContain('opens once, within 30d');
    expect(text).not.toContain('/claim#');
  });

  test('is linked anew by retry; the link before, and a secret that nobody used, are gone', async () => {
    const first = await rotate();
    const retry = () => ask('POST', `/v1/rotations/${first.json.rotation.id}/retry`);
    const second = await retry();
    expect(second.json.claim.url).not.toBe(first.json.claim.url);
    expect((await open(tokenIn(first.json.claim.url))).status).toBe(403);
    const opened = await open(tokenIn(second.json.claim.url));
    const third = await retry();
    expect(third.json.rotation).toMatchObject({
      step: 'announce',
      newSecret: null,
      deadline: null,
    });
    expect((await self(opened.json.plaintext)).json.code).toBe('revoked');
    expect((await self(key.plaintext)).json.secret).toEqual({ number: 1, state: 'current' });
    const again = await open(tokenIn(third.json.claim.url));
    expect(again.json).toMatchObject({ old: { number: 1 } });
    expect((await self(again.json.plaintext)).json.secret).toMatchObject({ number: 3 });
  });

  test('is not linked anew once its secret is in use', async () => {
    const { json } = await rotate();
    const { json: opened } = await open(tokenIn(json.claim.url));
    await world.keyturn.verify({ plaintext: opened.plaintext, address: '203.0.113.7' });
    world.keyturn.clock.advanceMs(2_000);
    await new Promise((resolve) => setImmediate(resolve)); // It is flushed.
    const got = await ask('POST', `/v1/rotations/${json.rotation.id}/retry`);
    expect(got.status).toBe(409);
    expect((await self(opened.plaintext)).status).toBe(200);
  });

  test('waits for an approval first, and is linked by who asked', async () => {
    await ask('POST', '/v1/policies', { body: { name: 'agreed', approval: { approvers: 1 } } });
    key = await world.newKey({ policy: 'agreed' });
    const { status, json } = await rotate();
    expect(status).toBe(202);
    expect(json.claim).toBeUndefined();
    const at = `/v1/rotations/${json.rotation.id}`;
    const { plaintext: other } = await world.manager(['keys:rotate']);
    expect((await ask('POST', `${at}/approve`, { key: other })).json.rotation.step).toBe(
      'announce',
    );
    const linked = await ask('POST', `${at}/retry`);
    expect((await open(tokenIn(linked.json.claim.url))).status).toBe(200);
  });

  test('shows no dead secret of a key that is disabled, and opens once it is enabled', async () => {
    const { json } = await rotate();
    const token = tokenIn(json.claim.url);
    await world.keyturn.keys.disable(key.id);
    const refused = await open(token);
    expect(refused).toMatchObject({ status: 409, json: { code: 'state_conflict' } });
    expect(refused.json.detail).toContain('is disabled');
    const looked = await ask('POST', '/claim/look', { key: undefined, body: { token } });
    expect(looked).toMatchObject({ status: 409, json: { detail: refused.json.detail } });
    expect((await world.keyturn.keys.get(key.id)).secrets).toHaveLength(1);
    await world.keyturn.keys.enable(key.id);
    const opened = await open(token);
    expect((await self(opened.json.plaintext)).status).toBe(200);
  });

  test('shows no dead secret of a key that has expired meanwhile', async () => {
    const expiresAt = new Date(world.keyturn.clock.nowMs() + 5 * DAY_MS).toISOString();
    key = await world.newKey({ expiresAt });
    const { json } = await rotate();
    const token = tokenIn(json.claim.url);
    const secrets = async () => (await world.keyturn.keys.get(key.id)).secrets;
    expect((await ask('POST', '/claim/look', { key: undefined, body: { token } })).status).toBe(
      200,
    );
    world.keyturn.clock.advanceMs(6 * DAY_MS);
    const refused = await open(token);
    expect(refused.status).toBe(409);
    expect(refused.json.detail).toContain('has expired');
    expect((await secrets()).map(({ state }) => state)).toEqual(['current']);
    const later = new Date(world.keyturn.clock.nowMs() + 5 * DAY_MS).toISOString();
    await world.keyturn.keys.update(key.id, { expiresAt: later });
    expect((await self((await open(token)).json.plaintext)).status).toBe(200);
  });

  test('comes without its link where the call is repeated', async () => {
    const headers = { 'idempotency-key': `claim-${key.id}` };
    const body = { deliver: 'claim' };
    const path = `/v1/keys/${key.id}/rotate`;
    expect((await ask('POST', path, { body, headers })).json.claim.url).toContain('/claim#');
    const again = await ask('POST', path, { body, headers });
    expect(again.json).toMatchObject({ replayed: true });
    expect(again.text).not.toContain('/claim#');
  });

  test('asks a person when nobody has opened it in time', async () => {
    const { json } = await rotate();
    const at = `/v1/rotations/${json.rotation.id}`;
    world.keyturn.clock.advanceMs(31 * DAY_MS);
    await expect
      .poll(async () => {
        world.keyturn.clock.advanceMs(1_000);
        return (await ask('GET', at)).json.state;
      })
      .toBe('needs_operator');
    expect((await ask('GET', at)).json.asks).toContain('retry');
    expect((await open(tokenIn(json.claim.url))).status).toBe(403);
    expect((await self(key.plaintext)).json.secret.state).toBe('current');
    const { json: retried } = await ask('POST', `${at}/retry`);
    expect((await open(tokenIn(retried.claim.url))).status).toBe(200);
  });
});
