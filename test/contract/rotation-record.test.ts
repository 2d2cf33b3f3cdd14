import { afterEach, describe, expect, test } from 'vitest';
import { rotationText } from '../../src/cli/rotation-text.js';
import type { Rotation } from '../../src/rotation-views.js';
import { cutOff } from '../setup/cut-off.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';
import { HeldRotations } from '../setup/rotations.js';

const HOUR_MS = 3_600_000;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };

describe.each(dataKinds)('the record that a rotation rests on, on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  afterEach(() => fleet.close());

  /** A day and more goes by, in which both go on living. */
  async function passADay(): Promise<void> {
    fleet.clock.advanceMs(25 * HOUR_MS);
    // Who is silent says first that it lives: else it would be taken for dead.
    for (const index of [1, 0]) {
      fleet.at(index).runDue();
      await time.quiet();
    }
    await fleet.passMs(3_000);
    await time.quiet();
  }

  test.for(['batched', 'write-through'] as const)(
    'is not whole while an instance that lives cannot write, and it is named: %s',
    async (recording) => {
      fleet = await startFleet({ create, options: { recording } });
      time = new HeldRotations(fleet);
      const [here, there] = [fleet.at(0), fleet.at(1)];
      const made = await here.issue();
      await here.verify(made, CLIENT);
      await fleet.passMs(2_000);
      const { rotation, plaintext } = await rotate(fleet, made.key.id);
      await fleet.settle();
      const now = () => here.keyturn.rotations.get(rotation.id);
      await fleet.passMs(2_000);
      await whileTimePasses(fleet, async () => hasToldAll(await now()));
      there.store.before = (method) => {
        if (method === 'recordUsage') throw cutOff();
      };
      await there.verify(made, CLIENT);
      await fleet.passMs(1_000);
      await here.verify({ plaintext }, CLIENT);
      await whileTimePasses(fleet, async () => stateOf(await now(), 'E2') === 'met');
      for (let day = 0; day < 2; day += 1) {
        await passADay();
        const held = await now();
        expect(held).toMatchObject({ step: 'observe', state: 'waiting', end: null });
        expect(recordIn(held)).toMatchObject({
          state: 'unmet',
          sure: 'unknown',
          figures: {
            instances: 2,
            silent: [there.store.instanceId],
            completeUntil: expect.stringMatching(RFC_3339),
          },
        });
        expect(rotationText(held)).toContain(
          `not written out what it saw: ${there.store.instanceId}`,
        );
      }
      await fleet.settle();
      for (const instance of fleet.instances) {
        expect(await instance.verify(made)).toMatchObject({ valid: true });
      }
      there.store.before = undefined;
      await passADay();
      await whileTimePasses(fleet, async () => (await now()).step === 'disable');
      expect(await now()).toMatchObject({ end: 'evidence' });
      expect(recordIn(await now())).toMatchObject({ state: 'met', figures: { silent: [] } });
    },
  );

  test('reaches back to who used the old secret before, where the policy does not ask for all of it', async () => {
    fleet = await startFleet({ create });
    time = new HeldRotations(fleet);
    const [here, there] = [fleet.at(0), fleet.at(1)];
    const name = 'quick';
    await here.keyturn.policies.create({ name, evidence: { require: ['E1', 'E2'] } });
    const made = await here.issue({ policy: name });
    await fleet.settle();
    await here.verify(made, CLIENT);
    await fleet.passMs(2_000);
    there.store.before = (method) => {
      if (method === 'recordUsage') throw cutOff();
    };
    const untold = { address: '198.51.100.9', userAgent: 'job/1' };
    await there.verify(made, untold);
    await fleet.passMs(2_000);
    const { rotation, plaintext } = await rotate(fleet, made.key.id);
    await here.verify({ plaintext }, CLIENT);
    const now = () => here.keyturn.rotations.get(rotation.id);
    await whileTimePasses(fleet, async () => stateOf(await now(), 'E2') === 'cannot_tell');
    await passADay();
    expect(await now()).toMatchObject({ step: 'observe', end: null });
    there.store.before = undefined;
    await whileTimePasses(fleet, async () => stateOf(await now(), 'E2') === 'unmet');
    expect(await there.verify(made, untold)).toMatchObject({ valid: true });
  });
});

function stateOf({ evidence }: Rotation, id: string): string | undefined {
  return evidence.find((one) => one.id === id)?.state;
}

/** Whom each instance saw before the rotation began is known. */
function hasToldAll({ evidence }: Rotation): boolean {
  return String(evidence.find(({ id }) => id === 'E2')?.figures['untold']) === '';
}

function recordIn({ evidence }: Rotation): unknown {
  return evidence.find(({ id }) => id === 'E4');
}
