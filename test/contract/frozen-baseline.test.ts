import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whileSettling } from '../setup/claiming.js';
import { cutOff } from '../setup/cut-off.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };
const OTHER = { address: '198.51.100.7', userAgent: 'sync/2' };

describe.each(dataKinds)(
  'a baseline that an instance has not told of yet on $name',
  ({ create }) => {
    let fleet: Fleet;
    beforeEach(async () => {
      fleet = await startFleet({ create });
    });
    afterEach(() => fleet.close());

    test('ends nothing, however little its policy asks for', async () => {
      const { keyturn } = fleet.at(0);
      await keyturn.policies.create({ name: 'light', evidence: { require: ['E1'] } });
      const made = await fleet.at(0).issue({ policy: 'light' });
      await fleet.settle();
      await fleet.at(0).verify(made, CLIENT);
      await fleet.passMs(3_000);
      // The other one cannot write down whom it sees.
      fleet.at(1).store.before = (method) => {
        if (method === 'recordUsage') throw cutOff();
      };
      await fleet.at(1).verify(made, OTHER);
      await fleet.passMs(2_000);
      const rotating = keyturn.keys.rotate(made.key.id);
      const { rotation, plaintext = '' } = await whileSettling(fleet, rotating);
      await fleet.at(0).verify({ plaintext }, CLIENT);
      const now = () => keyturn.rotations.get(rotation.id);
      await fleet.passMs(10_000);
      expect(await now()).toMatchObject({ step: 'observe', end: null });
      expect(await fleet.at(0).verify(made, OTHER)).toMatchObject({ valid: true });
      fleet.at(1).store.before = undefined;
      await whileSettling(
        fleet,
        untilEnded(async () => (await now()).end),
      );
      expect(await now()).toMatchObject({ step: 'disable', end: 'evidence' });
    });
  },
);

async function untilEnded(endOf: () => Promise<string | null>): Promise<void> {
  while ((await endOf()) === null) await new Promise((resolve) => setTimeout(resolve, 5));
}
