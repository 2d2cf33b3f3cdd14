import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyIdFrom } from '../../src/keys/id.js';
import { MAX_BROWNOUTS } from '../../src/store/few-brownouts.js';
import type { Key } from '../../src/views.js';
import { aKeyId } from '../contract/build.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';
import { scaled } from '../setup/scale.js';

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const AT_ONCE = 50;
const MANY_KEYS = scaled(45);
const EMERGENCY = { compromised: true, reason: 'in a public repository' };

describe.each(dataKinds)('rotations on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  const codeOf = async (plaintext: string) => {
    const verdict = await fleet.at(0).verify({ plaintext });
    return verdict.valid ? 'valid' : verdict.code;
  };

  test('security 8: a check that began before a rotation brings no old state back', async () => {
    const made = await fleet.at(0).issue();
    const rotated = await time.rotate(made.key.id);
    const { store } = fleet.at(0);
    await keyturn().keyspaces.update('default', { storeLoss: '0s' }); // Forgets what it knows.
    let isEnded = false;
    store.after = async (method) => {
      if (method !== 'findByDigest' || isEnded) return;
      isEnded = true;
      await keyturn().rotations.finish(rotated.rotation.id);
    };
    await fleet.at(0).verify(made);
    store.after = undefined;
    expect(isEnded).toBe(true);
    expect(await codeOf(made.plaintext)).toBe('disabled');
    await time.pass(MINUTE_MS); // What was counted is written.
    expect(await codeOf(made.plaintext)).toBe('disabled');
  });

  test('security 10: and security 12: many rotations change no field, and lengthen no life', async () => {
    const expiresAt = new Date(fleet.clock.nowMs() + 900 * DAY_MS).toISOString();
    const restrictions = { addresses: ['203.0.113.0/24'], methods: ['GET'] };
    const input = { owner: 'acme', scopes: ['reports:read'], tags: ['ci'], metadata: { a: 1 } };
    const made = await fleet.at(0).issue({ ...input, restrictions, expiresAt });
    for (const overlap of ['1h', undefined, '7d']) {
      const { rotation } = await time.rotate(made.key.id, overlap === undefined ? {} : { overlap });
      await keyturn().rotations.finish(rotation.id);
      await keyturn().rotations.finish(rotation.id);
      await time.pass(MINUTE_MS);
      const key = await keyturn().keys.get(made.key.id);
      expect(keptOf(key)).toEqual(keptOf(made.key));
      for (const secret of key.secrets) expect(secret.expiresAt).toBeNull();
    }
  });

  test('security 11: both secrets are accepted for all of the overlap', async () => {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made);
    const rotated = await time.rotate(made.key.id);
    for (const ms of [0, MINUTE_MS, HOUR_MS, 20 * HOUR_MS]) {
      if (ms > 0) await time.pass(ms);
      expect(await codeOf(made.plaintext)).toBe('valid');
      expect(await codeOf(rotated.plaintext)).toBe('valid');
    }
  });

  test('security 26: of fifty that rotate one key at once, one gets the secret', async () => {
    const { key } = await fleet.at(0).issue();
    const all = Array.from({ length: AT_ONCE }, () => time.rotate(key.id));
    const settled = await Promise.allSettled(all);
    const made = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(made).toHaveLength(1);
    const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const id = made[0]?.rotation.id;
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'rotation_open', rotation: { id } });
    }
    expect((await keyturn().keys.get(key.id)).secrets).toHaveLength(2);
    expect((await keyturn().rotations.list({ key: key.id })).items).toHaveLength(1);
  });

  test('security 28: nobody keeps an emergency out by a rotation that is open', async () => {
    const policy = `asks-${fleet.sequence}`;
    await keyturn().policies.create({ name: policy, approval: { approvers: 2 } });
    const made = await fleet.at(0).issue({ policy });
    await keyturn().keys.rotate(made.key.id); // Waits for approvals that never come.
    const scopes = ['keys:rotate', 'keys:read'];
    const maker = await keyturn().keys.create({ keyspace: 'keyturn', name: 'weak', scopes });
    const verdict = await fleet.at(0).verify(maker, { keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error(`The management key is ${verdict.code}.`);
    const { key } = verdict;
    const weak = keyturn().as({ actor: { kind: 'management_key', id: key.id }, key });
    await expect(weak.keys.rotate(made.key.id, EMERGENCY)).rejects.toMatchObject({
      code: 'forbidden',
    });
    const { plaintext } = await time.rotate(made.key.id, EMERGENCY);
    expect(await codeOf(made.plaintext)).toBe('revoked');
    expect(await codeOf(plaintext)).toBe('valid');
  });

  test('security 34: a straggler on an ended secret ends no other', async () => {
    const made = await fleet.at(0).issue();
    const { rotation, plaintext } = await time.rotate(made.key.id);
    await keyturn().rotations.finish(rotation.id);
    await keyturn().rotations.finish(rotation.id);
    for (let count = 0; count < 20; count += 1) {
      expect(await codeOf(made.plaintext)).toBe('revoked');
      if (count % 5 === 0) await time.pass(HOUR_MS);
    }
    expect(await codeOf(plaintext)).toBe('valid');
  });

  test('security 37: ids that are copied elsewhere move nobody', async () => {
    const made = await fleet.at(0).issue();
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const from = (address: string, clientId: string) => ({ address, userAgent: 'job/1', clientId });
    for (const id of ids) await fleet.at(0).verify(made, from('203.0.113.7', id));
    await time.pass(MINUTE_MS);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    for (const id of ids) await fleet.at(0).verify({ plaintext }, from('198.51.100.9', id));
    await time.pass(MINUTE_MS);
    const seen = await keyturn().rotations.get(rotation.id);
    expect(seen.consumers.map(({ where }) => where)).toEqual(ids.map(() => 'unconfirmed'));
    expect(seen.evidence.find(({ id }) => id === 'E2')).toMatchObject({ state: 'unmet' });
    // From their own network one vouches for four of them.
    for (const id of ids) await fleet.at(0).verify({ plaintext }, from('203.0.113.8', id));
    await time.pass(40 * DAY_MS);
    const later = await keyturn().rotations.get(rotation.id);
    expect(later.consumers.filter(({ where }) => where === 'moved')).toHaveLength(4);
    expect(await codeOf(made.plaintext)).toBe('valid');
  });

  test('security 37: a network that counts as one consumer vouches for no more ids', async () => {
    const policy = `by-network-${fleet.sequence}`;
    await keyturn().policies.create({ name: policy, evidence: { group: 'network' } });
    const made = await fleet.at(0).issue({ policy });
    const from = (userAgent: string, clientId?: string) => ({
      ...{ address: '203.0.113.7', userAgent },
      ...(clientId === undefined ? {} : { clientId }),
    });
    const agents = ['a/1', 'b/1', 'c/1', 'd/1', 'e/1', 'f/1'];
    const ids = ['1', '2', '3', '4', '5', '6'];
    for (const agent of agents) await fleet.at(0).verify(made, from(agent));
    for (const id of ids) await fleet.at(0).verify(made, from('job/1', id));
    await time.pass(MINUTE_MS);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    const whereNow = async () => {
      const { consumers } = await keyturn().rotations.get(rotation.id);
      const count = (isNamed: boolean, where: string) =>
        consumers.filter((one) => one.label.includes('job') === isNamed && one.where === where);
      return {
        unnamedMoved: count(false, 'moved').length,
        namedMoved: count(true, 'moved').length,
        namedLeft: count(true, 'not_moved').length,
      };
    };
    // One agent there is all agents, and nobody who has a name.
    await fleet.at(0).verify({ plaintext }, from('new/2'));
    await time.pass(MINUTE_MS);
    expect(await whereNow()).toEqual({ unnamedMoved: 6, namedMoved: 0, namedLeft: 6 });
    for (const id of ids) await fleet.at(0).verify({ plaintext }, from('job/1', id));
    await time.pass(40 * DAY_MS);
    expect(await whereNow()).toEqual({ unnamedMoved: 6, namedMoved: 4, namedLeft: 0 });
    expect(await codeOf(made.plaintext)).toBe('valid');
  });

  test('security 37: an id that is copied passes no intruder as a straggler', async () => {
    const made = await fleet.at(0).issue();
    const client = { address: '203.0.113.7', userAgent: 'job/1', clientId: 'nightly' };
    await fleet.at(0).verify(made, client);
    await time.pass(MINUTE_MS);
    const { rotation } = await time.rotate(made.key.id);
    for (const _ of [0, 1]) await keyturn().rotations.finish(rotation.id);
    await time.pass(MINUTE_MS);
    await fleet.at(0).verify(made, { ...client, address: '198.51.100.9' });
    await time.pass(MINUTE_MS);
    const used = async () => (await keyturn().rotations.get(rotation.id)).usedAfterEnd;
    expect(await used()).toMatchObject({ stragglers: 0, intruders: 1 });
    await fleet.at(0).verify(made, client);
    await time.pass(MINUTE_MS);
    expect(await used()).toMatchObject({ stragglers: 1, intruders: 1 });
    const type = 'secret.used_after_end';
    const told = await keyturn().events.list({ subject: rotation.id, type });
    const who = told.items.map(({ changes }) => changes.find(({ field }) => field === 'who')?.to);
    expect(who).toEqual(['straggler', 'intruder']);
  });

  test('security 38: a thief who goes on with the old secret holds nothing up', async () => {
    const client = { address: '203.0.113.7', userAgent: 'job/1' };
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, client);
    await time.pass(MINUTE_MS);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    await fleet.at(0).verify({ plaintext }, client);
    await time.pass(MINUTE_MS);
    const count = scaled(2_000);
    for (let index = 0; index < count; index += 1) {
      const thief = { address: '198.51.100.9', userAgent: 'thief/1', clientId: `id-${index}` };
      await fleet.at(0).verify(made, thief);
    }
    await time.pass(22 * HOUR_MS);
    await fleet.at(0).verify(made, { address: '198.51.100.9', userAgent: 'thief/1' });
    const seen = await keyturn().rotations.get(rotation.id);
    expect(seen.strangers.length).toBeGreaterThan(0);
    expect(seen.consumers).toHaveLength(1);
    await time.pass(2 * HOUR_MS);
    expect(await keyturn().rotations.get(rotation.id)).toMatchObject({ end: 'evidence' });
    const uses = await fleet.at(0).store.listConsumers(keyIdFrom(made.key.id) ?? aKeyId(), 1_000);
    expect(uses.length).toBeLessThanOrEqual(20);
  });

  test('security 39: nothing is refused on trial before a consumer has moved', async () => {
    const policy = `tries-${fleet.sequence}`;
    const brownouts = { after: '1h', for: '5m', share: [100] };
    await keyturn().policies.create({ name: policy, brownouts });
    const made = await fleet.at(0).issue({ policy });
    const client = { address: '203.0.113.7', userAgent: 'job/1' };
    const forgotten = { address: '192.0.2.5', userAgent: 'monthly/1' };
    for (const one of [client, forgotten]) await fleet.at(0).verify(made, one);
    await time.pass(MINUTE_MS);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    // Who had never used the old one proves nothing by using the new one.
    await fleet.at(0).verify({ plaintext }, { address: '198.51.100.9', userAgent: 'else/1' });
    await time.pass(2 * DAY_MS);
    expect(await codeOf(made.plaintext)).toBe('valid');
    await fleet.at(0).verify({ plaintext }, client);
    await time.pass(MINUTE_MS);
    expect(await codeOf(made.plaintext)).toBe('browned_out');
    await keyturn().rotations.undo(rotation.id);
    expect(await codeOf(made.plaintext)).toBe('valid');
  });

  test('security 39: of many keys a few are refused on trial at once, and each has its turn', async () => {
    const policy = `tries-many-${fleet.sequence}`;
    const brownouts = { after: '1h', for: '5m', share: [100] };
    await keyturn().policies.create({ name: policy, brownouts });
    const client = { address: '203.0.113.7', userAgent: 'job/1' };
    const old: string[] = [];
    for (let index = 0; index < MANY_KEYS; index += 1) {
      const made = await fleet.at(0).issue({ policy });
      await fleet.at(0).verify(made, client);
      old.push(made.plaintext);
      const { plaintext } = await time.rotate(made.key.id);
      await fleet.at(0).verify({ plaintext }, client);
    }
    const refused = async () => {
      const codes = await Promise.all(old.map(codeOf));
      return old.filter((_, index) => codes[index] === 'browned_out');
    };
    await time.pass(60 * MINUTE_MS);
    const turns: string[][] = [];
    for (let passed = 0; passed < (4 * MANY_KEYS) / MAX_BROWNOUTS; passed += 1) {
      turns.push(await refused());
      await time.pass(4 * MINUTE_MS);
    }
    expect(Math.max(...turns.map(({ length }) => length))).toBe(MAX_BROWNOUTS);
    expect(new Set(turns.flat())).toEqual(new Set(old));
    expect(await refused()).toEqual([]);
  }, 120_000); // Days of many rotations: 20 s on a machine at rest.
});

function keptOf(key: Key): Partial<Key> {
  const { secrets, version, updatedAt, lastUsedAt, ...kept } = key;
  return kept;
}
