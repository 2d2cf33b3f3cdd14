import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };

describe.each(dataKinds)('of a rotation is refused on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;

  test('a second waiver of the same consumer, by whatever names it', async () => {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    const { rotation } = await new HeldRotations(fleet).rotate(made.key.id);
    const [consumer] = rotation.consumers;
    const waive = (named = '') =>
      keyturn().rotations.waive(rotation.id, { consumer: named, reason: 'is gone' });
    await waive('203.0.113.');
    const before = await keyturn().rotations.get(rotation.id);
    for (const named of ['203.0.113.', 'CURL', consumer?.id]) {
      await expect(waive(named)).rejects.toMatchObject({
        code: 'state_conflict',
        message: expect.stringContaining('Nothing changes'),
      });
    }
    const { waivers, version } = await keyturn().rotations.get(rotation.id);
    expect(waivers).toHaveLength(1);
    expect(version).toBe(before.version);
  });

  test('an emergency that is to keep the secret that leaked', async () => {
    const { key } = await fleet.at(0).issue();
    const input = { compromised: true, reason: 'leaked', keep: true };
    for (const dryRun of [true, false]) {
      await expect(keyturn().keys.rotate(key.id, { ...input, dryRun })).rejects.toMatchObject({
        code: 'unprocessable',
        errors: [{ pointer: '/keep', message: expect.stringContaining('emergency') }],
      });
    }
    expect((await keyturn().keys.get(key.id)).version).toBe(key.version);
  });

  test('a percentage with its sign, and why', async () => {
    const brownouts = { after: '1d', for: '5m', share: ['100%'] };
    const policy = { name: 'tries', brownouts };
    // @ts-expect-error: it is a number.
    await expect(keyturn().policies.create(policy)).rejects.toMatchObject({
      errors: [{ pointer: '/brownouts/share/0', fix: expect.stringContaining('not "50%"') }],
    });
  });
});
