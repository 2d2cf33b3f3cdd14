import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Got, openWorld, type World } from '../http/world.js';
import { expectNothingOf } from './canaries.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const OWNER = { 'user-agent': 'acme-ci/1', 'x-client-id': 'ci' };
/** Its client id is copied; its network is another. */
const THIEF = { address: '198.51.100.9', userAgent: 'acme-ci/1', clientId: 'ci' };

let world: World;
let key: { readonly id: string; readonly plaintext: string };
beforeAll(async () => {
  world = await openWorld({ publicUrl: 'https://keys.example' });
  const overlap = { hard: '7d', atHard: 'revoke' };
  await world.ask('POST', '/v1/policies', { body: { name: 'own', selfRotation: true, overlap } });
});
beforeEach(async () => {
  key = await world.newKey({ policy: 'own' });
  await use(key.plaintext);
  world.keyturn.clock.advanceMs(DAY_MS + 2_000);
  await use(key.plaintext);
  await settled();
});
afterAll(() => world.close());

/** As the owner's program does, which Keyturn knows. */
function use(plaintext: string): Promise<Got> {
  return world.ask('GET', '/v1/authorize', { key: plaintext, headers: OWNER });
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    world.keyturn.clock.advanceMs(1_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function rotate(plaintext: string, name: string): Promise<Got> {
  const headers = { ...OWNER, 'idempotency-key': name };
  return world.ask('POST', '/v1/self/rotate', { key: plaintext, headers });
}

const rotateAsThief = (idempotencyKey: string) =>
  world.keyturn.rotateSelf({ plaintext: key.plaintext, ...THIEF, idempotencyKey });
const rotationOf = async (id: string) => (await world.ask('GET', `/v1/rotations/${id}`)).json;

describe('a key that rotates itself', () => {
  test('security 33: gets the same secret again while its answer may be lost, never a third', async () => {
    const first = await rotate(key.plaintext, 'a');
    expect(first.status).toBe(201);
    const { plaintext } = first.json;
    world.keyturn.clock.advanceMs(9 * MINUTE_MS);
    const again = await rotate(key.plaintext, 'a');
    expect(again.status).toBe(201);
    expect(again.json).toMatchObject({ plaintext, replayed: true });
    const { json } = await world.ask('GET', `/v1/keys/${key.id}`);
    expect(json.secrets.map(({ state }: { state: string }) => state)).toEqual([
      'retiring',
      'current',
    ]);
    expect((await use(plaintext)).status).toBe(200);
    world.keyturn.clock.advanceMs(MINUTE_MS);
    expect((await rotate(key.plaintext, 'a')).status).toBe(409);
  });

  test('security 33: is answered clearly, whatever secret is shown', async () => {
    const { json } = await rotate(key.plaintext, 'b');
    expect(await rotate(json.plaintext, 'b')).toMatchObject({ status: 409 });
    expect((await rotate(key.plaintext, 'c')).json).toMatchObject({
      code: 'rotation_open',
      detail: expect.stringMatching(/same Idempotency-Key .* ask who gave you the key/),
    });
    expect((await rotate(json.plaintext, 'c')).json).toMatchObject({ code: 'rotation_open' });
    // Another key has answers of its own.
    const other = await world.newKey({ policy: 'own' });
    const ofOther = await rotate(other.plaintext, 'b');
    expect(ofOther.status).toBe(202);
    expect(ofOther.text).not.toContain(json.plaintext);
    await world.ask('POST', `/v1/rotations/${json.rotation.id}/finish`);
    expect((await rotate(key.plaintext, 'b')).json).toMatchObject({
      status: 401,
      code: 'disabled',
    });
  });

  test('security 41: keeps its answer sealed to the old secret, and not for long', async () => {
    const { json } = await rotate(key.plaintext, 'd');
    const events = await world.ask('GET', '/v1/events?limit=200');
    const rotations = await world.ask('GET', '/v1/rotations');
    expectNothingOf([json.plaintext, key.plaintext], events.text + rotations.text);
    expect(JSON.stringify(await rotationOf(json.rotation.id))).not.toContain('sealed');
  });

  test('security 36: a consumer that is not known waits for the owner', async () => {
    await world.keyturn.verify({ plaintext: key.plaintext, ...THIEF });
    await settled();
    const { rotation, plaintext } = await rotateAsThief('e');
    expect(plaintext).toBeUndefined();
    expect(rotation).toMatchObject({ state: 'waiting', newSecret: null });
    expect(rotation.asks).toContain('has not used this key before');
    expect((await rotateAsThief('e')).plaintext).toBeUndefined();
    const { json } = await world.ask('POST', `/v1/rotations/${rotation.id}/abort`);
    expect(json.rotation.state).toBe('aborted');
    await expect(rotateAsThief('e')).rejects.toMatchObject({ code: 'state_conflict' });
    expect((await use(key.plaintext)).status).toBe(200);
  });

  test('security 36: even approved, it does not end the secret of the owner', async () => {
    const { rotation } = await rotateAsThief('f');
    await world.ask('POST', `/v1/rotations/${rotation.id}/approve`);
    const { plaintext = '' } = await rotateAsThief('f');
    expect(plaintext).toMatch(/^key_live_/);
    for (let day = 0; day < 8; day += 1) {
      await world.keyturn.verify({ plaintext, ...THIEF });
      world.keyturn.clock.advanceMs(DAY_MS);
      await settled();
    }
    expect((await rotationOf(rotation.id)).lateSince).not.toBeNull();
    expect((await use(key.plaintext)).status).toBe(200);
    await world.keyturn.keys.revoke(key.id, { secret: 2 });
    expect((await use(plaintext)).status).toBe(401);
    expect((await use(key.plaintext)).status).toBe(200);
  });

  test('security 36: the stop that its rotation names leaves the thief nothing', async () => {
    // He has had the key for more than a day, so that nobody had to agree.
    await world.keyturn.verify({ plaintext: key.plaintext, ...THIEF });
    await settled();
    world.keyturn.clock.advanceMs(DAY_MS + 2_000);
    await world.keyturn.verify({ plaintext: key.plaintext, ...THIEF });
    await settled();
    const stolen = await rotateAsThief('h');
    const { stop } = await rotationOf(stolen.rotation.id);
    expect(stop).toMatch(
      new RegExp(`^keyturn key rotate ${key.id} --compromised --reason '.+' --deliver claim$`),
    );
    expect(stolen.rotation.stop).toBe(stop);
    const events = await world.ask('GET', `/v1/events?subject=${stolen.rotation.id}`);
    expect(events.text).toContain('--compromised');

    const body = { compromised: true, reason: 'not ours', deliver: 'claim' };
    const stopped = await world.ask('POST', `/v1/keys/${key.id}/rotate`, { body });
    expect(stopped.status).toBe(202);
    expect(stopped.json.key.secrets.map(({ state }: { state: string }) => state)).toEqual([
      'revoked',
      'revoked',
    ]);
    for (const plaintext of [key.plaintext, stolen.plaintext ?? '']) {
      expect(await use(plaintext)).toMatchObject({ status: 401, json: { code: 'revoked' } });
      expect((await rotate(plaintext, 'i')).status).toBe(401);
    }
    await expect(rotateAsThief('h')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await rotationOf(stolen.rotation.id)).state).toBe('superseded');
    const late = await world.ask('POST', `/v1/rotations/${stolen.rotation.id}/rollback`);
    expect(late.status).toBe(409);

    // Only who has the link takes the key back.
    const token = new URL(stopped.json.claim.url).hash.slice(1);
    const opened = await world.ask('POST', '/claim', { key: undefined, body: { token } });
    expect(opened.json.old).toMatchObject({ state: 'revoked' });
    expect((await use(opened.json.plaintext)).status).toBe(200);
    expect((await use(stolen.plaintext ?? '')).status).toBe(401);
  });

  test('security 36: the stop ends what waits for an approval, too', async () => {
    const { rotation } = await rotateAsThief('j');
    const body = { compromised: true, reason: 'not ours', deliver: 'claim' };
    expect((await world.ask('POST', `/v1/keys/${key.id}/rotate`, { body })).status).toBe(202);
    expect((await rotationOf(rotation.id)).state).toBe('superseded');
    const approved = await world.ask('POST', `/v1/rotations/${rotation.id}/approve`);
    expect(approved.status).toBe(409);
    await expect(rotateAsThief('j')).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('security 36: is refused unless its policy allows it', async () => {
    const plain = await world.newKey();
    const got = await rotate(plain.plaintext, 'g');
    expect(got.status).toBe(403);
    expect((await use(plain.plaintext)).status).toBe(200);
  });
});
