import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyIdFrom } from '../../src/keys/id.js';
import type { Rotation } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, type Instance, startFleet } from '../setup/fleet.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';
import { HeldRotations } from '../setup/rotations.js';
import { scaled } from '../setup/scale.js';

const HOUR_MS = 3_600_000;
const NETWORKS = 1_100; // More than the consumers of one key that are told apart.
const DAYS = 30;
const FORGED_A_DAY = scaled(667); // A million in a month of the long run.
const HOURS_AT_ONCE = 4; // Counts of a secret are by hour, and two secrets are in use.
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
    const keyId = keyIdFrom(made.key.id);
    let uses: readonly { readonly count: number }[] = [];
    await whileTimePasses(fleet, async () => {
      uses = keyId === undefined ? [] : await fleet.at(0).store.listConsumers(keyId, 2_000);
      return uses.reduce((sum, { count }) => sum + count, 0) === 400;
    });
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

describe.each(dataKinds)('a month of forged client ids on $name', ({ create }) => {
  test('security 38: is a few rows and entries, holds nothing up, and is asked about at the end', async () => {
    const fleet = await startFleet({ create, roles: ['server'] });
    const time = new HeldRotations(fleet);
    const { keyturn, store } = fleet.at(0);
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(2_000);
    // It is kept to its end, so that the question is who is left then.
    const { rotation, plaintext } = await time.rotate(made.key.id, { keep: true });
    await time.pass(HOUR_MS); // Who comes in the moment of the begin is waited for, too.
    let mostEntries = 0;
    const record = store.recordUsage.bind(store);
    store.recordUsage = (batch) => {
      mostEntries = Math.max(mostEntries, batch.counts.length + (batch.consumers?.length ?? 0));
      return record(batch);
    };
    for (let day = 0; day < DAYS; day += 1) {
      await fleet.at(0).verify({ plaintext }, CLIENT);
      for (let index = 0; index < FORGED_A_DAY; index += 1) {
        const names = { userAgent: `thief${index % 40}/1`, clientId: `id-${day}-${index}` };
        await fleet.at(0).verify(made, { address: '198.51.100.9', ...names });
      }
      await time.pass(24 * HOUR_MS);
      const seen = await keyturn.rotations.get(rotation.id);
      expect(seen.consumers).toMatchObject([{ where: 'moved' }]);
      expect(stateOf(seen, 'E2')).toBe('met');
      expect(seen.strangers.length).toBeGreaterThan(0);
    }
    expect(await keyturn.rotations.get(rotation.id)).toMatchObject({
      step: 'observe',
      state: 'needs_operator',
      asks: expect.stringContaining('Only consumers that are not of the baseline'),
    });
    const keyId = keyIdFrom(made.key.id);
    const uses = keyId === undefined ? [] : await store.listConsumers(keyId, 2_000);
    const thefts = uses.filter(({ secretNumber }) => secretNumber === 1);
    const sum = thefts.reduce((all, { count }) => all + count, 0);
    expect(sum).toBe(DAYS * FORGED_A_DAY + 1);
    // Of one network 16 agents and the rest, of each 16 ids and the rest; and the client, on both.
    expect(uses.length).toBeLessThanOrEqual(17 * 17 + 2);
    expect(mostEntries).toBeLessThanOrEqual(17 * 17 + 2 + HOURS_AT_ONCE);
    await fleet.close();
  });
});

function stateOf({ evidence }: Rotation, id: string): string | undefined {
  return evidence.find((one) => one.id === id)?.state;
}
