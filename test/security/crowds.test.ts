import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyIdFrom } from '../../src/keys/id.js';
import type { Rotation } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, type Instance, startFleet } from '../setup/fleet.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';

const HOUR_MS = 3_600_000;
const NETWORKS = 1_100; // More than the consumers of one key that are told apart.
const CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };

/** Somebody with a key, who calls from everywhere. */
async function flood(instance: Instance, made: { readonly plaintext: string }): Promise<void> {
  for (let index = 0; index < NETWORKS; index += 1) {
    const address = `10.${Math.floor(index / 256)}.${index % 256}.9`;
    await instance.verify(made, { address, userAgent: 'thief/1' });
  }
}

describe.each(dataKinds)('crowds on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  afterAll(() => fleet.close());

  /** A key whose only client has moved to its new secret. */
  async function moved() {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await fleet.passMs(2_000);
    const { rotation, plaintext } = await rotate(fleet, made.key.id);
    await fleet.settle();
    await fleet.at(0).verify({ plaintext }, CLIENT);
    const now = () => fleet.at(0).keyturn.rotations.get(rotation.id);
    const isNow = (isSo: (rotation: Rotation) => boolean) =>
      whileTimePasses(fleet, async () => isSo(await now()));
    await isNow((one) => stateOf(one, 'E2') === 'met');
    return { made, renewed: { plaintext }, now, isNow };
  }

  test('security 38: one network has a few consumers, whatever it calls itself', async () => {
    const made = await fleet.at(0).issue();
    for (let index = 0; index < 400; index += 1) {
      const names = { userAgent: `thief${index}/1`, clientId: `id-${index % 40}` };
      await fleet.at(0).verify(made, { address: '198.51.100.9', ...names });
    }
    await fleet.passMs(11_000);
    const keyId = keyIdFrom(made.key.id);
    const uses = keyId === undefined ? [] : await fleet.at(0).store.listConsumers(keyId, 2_000);
    expect(uses.reduce((sum, { count }) => sum + count, 0)).toBe(400);
    expect(uses.length).toBeLessThanOrEqual(33);
  });

  test('security 38: many who use another key hide nobody', async () => {
    const other = await fleet.at(0).issue();
    const { made, isNow } = await moved();
    await flood(fleet.at(0), other);
    await fleet.at(0).verify(made, CLIENT);
    await isNow(({ consumers }) => consumers[0]?.where === 'both');
  });

  test('security 38: too many who use the old secret are not taken for nobody', async () => {
    const { made, renewed, now, isNow } = await moved();
    await flood(fleet.at(1), made);
    // Of this instance the client is unknown: it is one of those who cannot be told apart.
    await fleet.at(1).verify(made, CLIENT);
    await isNow((one) => stateOf(one, 'E2') === 'cannot_tell');
    fleet.clock.advanceMs(25 * HOUR_MS);
    await isNow((one) => stateOf(one, 'E3') === 'met');
    expect(await now()).toMatchObject({ step: 'observe', end: null });
    // It has moved, whoever the others are.
    await fleet.at(0).verify(renewed, CLIENT);
    await isNow(({ step }) => step === 'disable');
  });
});

function stateOf({ evidence }: Rotation, id: string): string | undefined {
  return evidence.find((one) => one.id === id)?.state;
}
