import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyIdFrom } from '../../src/keys/id.js';
import type { Event, KeyInput } from '../../src/views.js';
import { rotatedBy, tokenIn } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';
import { aKeyId } from './build.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const MOST_TURNS = 1_000;
const PUBLIC_URL = 'https://keys.example';
const CLIENT = { address: '203.0.113.7', userAgent: 'job/1' };
const THIEF = { address: '198.51.100.9', userAgent: 'job/1' };

describe.each(dataKinds)('the watch over an ended secret on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'], options: { publicUrl: PUBLIC_URL } });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  /** Time passes, and all that waits for the watch is looked at, each event in a commit of its own. */
  const pass = async (durationMs: number) => {
    await time.pass(durationMs);
    for (let turns = 0; turns < MOST_TURNS; turns += 1) {
      if ((await fleet.at(0).store.unwatchedUses(1)).length === 0) return;
      await time.quiet();
    }
    throw new Error('The watch does not come to rest.');
  };
  const events = async (id: string) => {
    const query = { subject: id, type: 'secret.used_after_end' } as const;
    return (await keyturn().events.list(query)).items;
  };
  const usedBy = async (id: string) => (await keyturn().rotations.get(id)).usedAfterEnd;
  /** A key whose first secret was used by CLIENT, and was ended by its rotation. */
  const ended = async (input: Partial<KeyInput> = {}) => {
    const made = await fleet.at(0).issue(input);
    await fleet.at(0).verify(made, CLIENT);
    await pass(MINUTE_MS);
    const { rotation } = await time.rotate(made.key.id);
    await keyturn().rotations.finish(rotation.id);
    return { made, id: rotation.id };
  };
  const revoked = async (input: Partial<KeyInput> = {}) => {
    const { made, id } = await ended(input);
    await keyturn().rotations.finish(id);
    await pass(MINUTE_MS);
    expect(await keyturn().rotations.get(id)).toMatchObject({ state: 'completed' });
    return { made, id };
  };

  test('tells a straggler from an intruder, each once, however often it comes', async () => {
    const { made, id } = await revoked();
    expect(await usedBy(id)).toEqual({ stragglers: 0, intruders: 0, consumers: [] });
    for (let day = 0; day < 3; day += 1) {
      for (const one of [CLIENT, THIEF]) await fleet.at(0).verify(made, one);
      await pass(DAY_MS);
    }
    const told = await events(id);
    expect(told.map(whoOf).toSorted()).toEqual(['intruder', 'straggler']);
    expect(told[0]).toMatchObject({ subject: { kind: 'rotation', id } });
    expect(await usedBy(id)).toMatchObject({
      stragglers: 1,
      intruders: 1,
      consumers: [
        { who: expect.any(String), count: 3 },
        { who: expect.any(String), count: 3 },
      ],
    });
    const labels = (await usedBy(id))?.consumers.map(({ who, label }) => `${who} ${label}`);
    expect(labels?.toSorted()).toEqual([
      'intruder 198.51.100.0/24 · job',
      'straggler 203.0.113.0/24 · job',
    ]);
  });

  test('tells nothing of what came before the end, nor of a secret that can come back', async () => {
    const { made, id } = await ended();
    for (const one of [CLIENT, THIEF]) await fleet.at(0).verify(made, one);
    await pass(MINUTE_MS);
    expect(await usedBy(id)).toBeNull();
    // Once more, and it is written down only when the secret has ended.
    await fleet.at(0).verify(made, CLIENT);
    fleet.clock.advanceMs(500);
    await keyturn().rotations.finish(id);
    await pass(MINUTE_MS);
    expect(await keyturn().rotations.get(id)).toMatchObject({ state: 'completed' });
    expect(await events(id)).toEqual([]);
    await fleet.at(0).verify(made, THIEF);
    await pass(MINUTE_MS);
    expect((await events(id)).map(whoOf)).toEqual(['intruder']);
  });

  test('takes nobody for a straggler whose network is not told', async () => {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, { userAgent: 'job/1' });
    await pass(MINUTE_MS);
    const { rotation } = await time.rotate(made.key.id);
    for (const _ of [0, 1]) await keyturn().rotations.finish(rotation.id);
    await pass(MINUTE_MS);
    await fleet.at(0).verify(made, { userAgent: 'job/1' });
    await pass(MINUTE_MS);
    expect((await events(rotation.id)).map(whoOf)).toEqual(['intruder']);
  });

  test('knows a straggler by its network alone where the policy goes by that', async () => {
    const policy = `by-network-${fleet.sequence}`;
    await keyturn().policies.create({ name: policy, evidence: { group: 'network' } });
    const { made, id } = await revoked({ policy });
    await fleet.at(0).verify(made, { ...CLIENT, userAgent: 'job-next/2' });
    await fleet.at(0).verify(made, { ...THIEF, userAgent: 'job/1' });
    await pass(MINUTE_MS);
    expect((await events(id)).map(whoOf).toSorted()).toEqual(['intruder', 'straggler']);
  });

  test('says how many there are, and not each, where they are a flood', async () => {
    const { made, id } = await revoked();
    const flood = (index: number) => ({ ...THIEF, address: `198.18.${index}.1` });
    for (let index = 0; index < 120; index += 1) await fleet.at(0).verify(made, flood(index));
    await pass(MINUTE_MS);
    expect((await events(id)).map(numberOf).toSorted((one, other) => one - other)).toEqual([
      ...Array.from({ length: 20 }, (_, index) => index + 1),
      100,
    ]);
    expect(await usedBy(id)).toMatchObject({ stragglers: 0, intruders: 120 });
    expect((await usedBy(id))?.consumers).toHaveLength(20);
    // Who comes after them is told of all the same, if it is another kind.
    await fleet.at(0).verify(made, CLIENT);
    await pass(MINUTE_MS);
    expect((await events(id)).map(whoOf).filter((who) => who === 'straggler')).toHaveLength(1);
  });

  test('reads no rotation of a key that nobody used after an end', async () => {
    const { made } = await revoked();
    await pass(MINUTE_MS);
    const { store } = fleet.at(0);
    const count = store.callCount('listRotations');
    await pass(MINUTE_MS);
    expect(store.callCount('listRotations')).toBe(count);
    await fleet.at(0).verify(made, THIEF);
    await pass(MINUTE_MS);
    const all = fleet.instances.reduce((sum, one) => sum + one.store.callCount('listRotations'), 0);
    expect(all).toBeGreaterThan(count);
  });

  test('watches what an emergency ended, of the rotation that it took over, too', async () => {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await pass(MINUTE_MS);
    const first = await time.rotate(made.key.id);
    const emergency = { compromised: true, reason: 'in a public repository' };
    const second = await time.rotate(made.key.id, emergency);
    await pass(MINUTE_MS);
    await fleet.at(0).verify(made, CLIENT);
    await fleet.at(0).verify(first, THIEF);
    await pass(MINUTE_MS);
    expect((await events(first.rotation.id)).map(whoOf)).toEqual(['straggler']);
    expect((await events(second.rotation.id)).map(whoOf)).toEqual(['intruder']);
  });

  test('takes no secret for ended that an emergency lets work on', async () => {
    const policy = `asks-${fleet.sequence}`;
    await keyturn().policies.create({ name: policy, approval: { approvers: 1 } });
    const made = await fleet.at(0).issue({ policy });
    const first = await keyturn().keys.rotate(made.key.id); // Waits for who approves.
    const emergency = { compromised: true, reason: 'in a public repository', overlap: '1h' };
    await time.rotate(made.key.id, emergency);
    await pass(MINUTE_MS);
    await keyturn().keys.disable(made.key.id);
    expect(await fleet.at(0).verify(made, THIEF)).toMatchObject({ code: 'disabled' });
    await pass(MINUTE_MS);
    expect(await events('rotation' in first ? first.rotation.id : '')).toEqual([]);
  });

  test('tells of who uses a new secret that was taken back by a rollback', async () => {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await pass(MINUTE_MS);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    await pass(MINUTE_MS);
    await keyturn().rotations.rollback(rotation.id);
    await pass(MINUTE_MS);
    expect(await keyturn().rotations.get(rotation.id)).toMatchObject({ state: 'rolled_back' });
    expect(await events(rotation.id)).toEqual([]);
    for (const one of [CLIENT, THIEF, THIEF]) await fleet.at(0).verify({ plaintext }, one);
    await pass(MINUTE_MS);
    const told = await events(rotation.id);
    expect(told.map(whoOf).toSorted()).toEqual(['intruder', 'straggler']);
    expect(told.map((event) => fieldOf(event, 'secret'))).toEqual([2, 2]);
    expect(told.map((event) => fieldOf(event, 'discarded'))).toEqual([true, true]);
    // A flood is told of by its size.
    for (let index = 0; index < 120; index += 1) {
      await fleet.at(0).verify({ plaintext }, { ...THIEF, address: `198.18.${index}.1` });
    }
    await pass(MINUTE_MS);
    const intruders = (await events(rotation.id)).filter((event) => whoOf(event) === 'intruder');
    expect(Math.max(...intruders.map(numberOf))).toBe(100);
    expect(intruders).toHaveLength(21);
  });

  test('tells of who uses a secret that nobody was given, while its rotation goes on', async () => {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await pass(MINUTE_MS);
    const { rotation, claim } = await rotatedBy(keyturn(), made.key.id, { deliver: 'claim' });
    const opened = await keyturn().claims.open(tokenIn(claim.url));
    await pass(MINUTE_MS);
    await keyturn().rotations.retry(rotation.id); // The page was closed too soon.
    await pass(MINUTE_MS);
    await fleet.at(0).verify(opened, THIEF);
    await pass(MINUTE_MS);
    expect((await events(rotation.id)).map(whoOf)).toEqual(['intruder']);
    expect(await keyturn().rotations.get(rotation.id)).toMatchObject({ step: 'announce' });
  });

  test('keeps what it says of a consumer where it can be erased with its owner', async () => {
    const owner = `owner-${fleet.sequence}`;
    const { made, id } = await revoked({ owner });
    await fleet.at(0).verify(made, THIEF);
    await pass(MINUTE_MS);
    const personal = async () => Object.values((await events(id))[0]?.personal ?? {});
    expect(await personal()).toEqual(['198.51.100.0/24 · job']);
    expect(JSON.stringify((await events(id))[0]?.changes)).not.toContain('198.51.100');
    await keyturn().owners.erase(owner);
    expect(await personal()).not.toContain('198.51.100.0/24 · job');
    const keyId = keyIdFrom(made.key.id) ?? aKeyId();
    expect(await fleet.at(0).store.countLate(keyId, 1)).toEqual({ straggler: 0, intruder: 1 });
  });
});

function fieldOf({ changes }: Event, name: string): unknown {
  return changes.find(({ field }) => field === name)?.to;
}

function whoOf(event: Event): string {
  return String(fieldOf(event, 'who'));
}

function numberOf(event: Event): number {
  return Number(fieldOf(event, 'number'));
}
