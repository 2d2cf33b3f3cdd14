import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const DAY_MS = 24 * 3_600_000;
const OLD_CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };
const NEW_CLIENT = { address: '198.51.100.7', userAgent: 'sync/2' };

describe.each(dataKinds)('uses that are written out late on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());

  test('are waited for, though they are written between two looks of the evidence', async () => {
    const { keyturn, store } = fleet.at(0);
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, OLD_CLIENT);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    await fleet.at(0).verify({ plaintext }, NEW_CLIENT);
    // Nothing is written out until the uses have been read once; then all of it is.
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    store.before = (method) => (method === 'recordUsage' ? released : undefined);
    let isWritten = false;
    store.after = async (method) => {
      if (method === 'recordUsage') isWritten = true;
      if (method !== 'listConsumers') return;
      release();
      while (!isWritten) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await time.pass(8 * DAY_MS);
    const now = await keyturn.rotations.get(rotation.id);
    expect(now).toMatchObject({ step: 'observe', end: null });
    expect(now.consumers).toMatchObject([{ label: '203.0.113.0/24 · report' }]);
    expect(await fleet.at(0).verify(made, OLD_CLIENT)).toMatchObject({ valid: true });
  });

  test('of one who was known long before are waited for', async () => {
    const { keyturn } = fleet.at(0);
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, OLD_CLIENT);
    await time.pass(60 * DAY_MS);
    await fleet.at(0).verify(made, OLD_CLIENT);
    const { rotation } = await time.rotate(made.key.id);
    await time.pass(8 * DAY_MS);
    const now = await keyturn.rotations.get(rotation.id);
    expect(now).toMatchObject({ step: 'observe', end: null });
    expect(now.consumers).toMatchObject([{ label: '203.0.113.0/24 · report' }]);
  });

  test('before a rollback prove nothing after it', async () => {
    const { rotations } = fleet.at(0).keyturn;
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, OLD_CLIENT);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    await fleet.at(0).verify({ plaintext }, OLD_CLIENT);
    await time.pass(60_000);
    const { rotation: back } = await rotations.rollback(rotation.id);
    expect(back).toMatchObject({ step: 'observe', oldSecret: 2, newSecret: 1 });
    await time.pass(31 * DAY_MS);
    expect(await rotations.get(rotation.id)).toMatchObject({ step: 'observe', end: null });
    await fleet.at(0).verify(made, OLD_CLIENT);
    await time.pass(2 * DAY_MS);
    expect(await rotations.get(rotation.id)).toMatchObject({ end: 'evidence' });
  });

  test('are remembered for as long as a rotation weighs them', async () => {
    const { rotations } = fleet.at(0).keyturn;
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    for (const client of [OLD_CLIENT, NEW_CLIENT]) await fleet.at(0).verify(made, client);
    await time.pass(60_000);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    await fleet.at(0).verify({ plaintext }, NEW_CLIENT);
    for (let month = 0; month < 4; month += 1) await time.pass(31 * DAY_MS);
    const { consumers } = await rotations.get(rotation.id);
    expect(consumers.map(({ where }) => where).sort()).toEqual(['moved', 'not_moved']);
  });

  test('that were weighed stand in a rotation that was taken back', async () => {
    const { rotations } = fleet.at(0).keyturn;
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, OLD_CLIENT);
    const { rotation } = await time.rotate(made.key.id);
    await time.pass(DAY_MS);
    await rotations.rollback(rotation.id);
    const closed = await rotations.get(rotation.id);
    expect(closed).toMatchObject({ state: 'rolled_back', consumers: [{ where: 'not_moved' }] });
    expect(closed.evidence.map(({ id }) => id)).toEqual(['E1', 'E2', 'E3', 'E4', 'E5']);
  });
});
