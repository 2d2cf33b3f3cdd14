import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const HOUR_MS = 3_600_000;
const CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };
const kinds = dataKinds.filter(({ name }) => name === 'memory'); // What it does is no adapter's.

describe.each(kinds)('a new secret that nobody uses, on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterEach(() => fleet.close());

  test('is no evidence against the old one, which somebody uses who did not before', async () => {
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    await time.pass(HOUR_MS);
    const { rotation } = await time.rotate(made.key.id);
    await time.pass(60_000); // Else its first use is of the baseline still.
    for (let hour = 0; hour < 30; hour += 1) {
      expect(await fleet.at(0).verify(made, CLIENT)).toMatchObject({ valid: true });
      await time.pass(HOUR_MS);
    }
    const now = await fleet.at(0).keyturn.rotations.get(rotation.id);
    expect(now).toMatchObject({ step: 'observe', end: null });
    expect(now.evidence.find(({ id }) => id === 'E1')).toMatchObject({ state: 'unmet' });
  });

  test('security 33: lets no deadline end the old one by itself', async () => {
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(HOUR_MS);
    const { rotation } = await time.rotate(made.key.id, { overlap: '2h' });
    await time.pass(3 * HOUR_MS);
    expect(await fleet.at(0).verify(made, CLIENT)).toMatchObject({ valid: true });
    const { rotations } = fleet.at(0).keyturn;
    expect(await rotations.get(rotation.id)).toMatchObject({
      state: 'needs_operator',
      asks: expect.stringMatching(/^Nobody has used the new secret/),
    });
    await rotations.finish(rotation.id);
    expect(await fleet.at(0).verify(made, CLIENT)).toMatchObject({ valid: false });
  });
});
