import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const [COUNT_MS, DAY_MS] = [15_000, 86_400_000];
const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };

describe.each(dataKinds)('the figures of rotations on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    const options = { publicUrl: 'https://keys.example' };
    fleet = await startFleet({ create, roles: ['server', 'tool'], options });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  /** By the value of a label, or by the name alone. */
  const figures = (index = 0) =>
    Object.fromEntries(
      fleet
        .at(index)
        .keyturn.metrics()
        .filter(({ name }) => name.startsWith('keyturn_rotations_'))
        .map(({ name, labels, value }) => [
          [name.slice('keyturn_rotations_'.length), ...Object.values(labels)].join(' '),
          value,
        ]),
    );

  test('are of all open ones, by step, and of those that were ended here', async () => {
    const { policies, rotations } = fleet.at(0).keyturn;
    expect(figures()).toMatchObject({
      'open observe': 0,
      needing_operator: 0,
      past_policy: 0,
      'ended_total completed': 0,
    });
    await policies.create({ name: 'agreed', approval: { approvers: 1 } });
    await policies.create({ name: 'short', overlap: { soft: '1d', hard: '2d' } });
    const asked = await fleet.at(0).issue({ policy: 'agreed' });
    await fleet.at(0).keyturn.keys.rotate(asked.key.id);
    const held = await fleet.at(0).issue({ policy: 'short' });
    await fleet.at(0).verify(held, CLIENT);
    await time.pass(COUNT_MS);
    const { rotation } = await time.rotate(held.key.id);
    const other = await time.rotate((await fleet.at(0).issue()).key.id);
    await time.pass(COUNT_MS);
    expect(figures()).toMatchObject({
      'open approve': 1,
      'open observe': 2,
      'open revoke': 0,
      past_policy: 0,
    });
    await rotations.rollback(other.rotation.id);
    await time.pass(3 * DAY_MS);
    await time.pass(COUNT_MS);
    expect(await rotations.get(rotation.id)).toMatchObject({ step: 'observe' });
    expect(figures()).toMatchObject({
      'open observe': 1,
      past_policy: 1,
      'ended_total rolled_back': 1,
      'ended_total completed': 0,
    });
    await rotations.extend(rotation.id, { until: '9d' });
    await time.pass(COUNT_MS);
    expect(figures()).toMatchObject({ past_policy: 0 });
  });

  test('are of what an instance has ended itself, and of no tool’s counting', async () => {
    expect(figures(1)).toMatchObject({ 'ended_total rolled_back': 0 });
    expect(figures(1)).not.toHaveProperty('past_policy');
  });

  test('say how many wait for an operator', async () => {
    const { keys } = fleet.at(0).keyturn;
    const { key } = await fleet.at(0).issue();
    await keys.rotate(key.id, { deliver: 'claim' });
    await time.pass(31 * DAY_MS);
    await time.pass(COUNT_MS);
    expect(figures()).toMatchObject({ needing_operator: 1, 'open announce': 1 });
  });
});
