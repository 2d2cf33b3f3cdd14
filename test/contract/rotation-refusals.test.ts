import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const DAY_MS = 86_400_000;
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
    await waive('203.0.113.*');
    const before = await keyturn().rotations.get(rotation.id);
    for (const named of ['203.0.113.*', 'CURL', consumer?.id]) {
      await expect(waive(named)).rejects.toMatchObject({
        code: 'state_conflict',
        message: expect.stringContaining('Nothing changes'),
      });
    }
    const { waivers, version } = await keyturn().rotations.get(rotation.id);
    expect(waivers).toHaveLength(1);
    expect(version).toBe(before.version);
  });

  test('a retry of what waits for its evidence, with what works instead', async () => {
    const made = await fleet.at(0).issue();
    const time = new HeldRotations(fleet);
    await fleet.at(0).verify(made, CLIENT);
    const { rotation } = await time.rotate(made.key.id, { overlap: '7d' });
    const now = () => keyturn().rotations.get(rotation.id);
    for (let day = 0; day < 10 && (await now()).asks === null; day += 1) {
      await fleet.at(0).verify(made, CLIENT);
      await time.pass(DAY_MS);
    }
    const { actions, asks, state, version } = await now();
    const says = expect.stringMatching(
      /it ends as soon as somebody uses the new one.*finish ends it/,
    );
    expect([state, asks]).toEqual(['needs_operator', says]);
    expect(actions.map(({ name }) => name)).toEqual(['extend', 'waive', 'finish', 'rollback']);
    await expect(keyturn().rotations.retry(rotation.id)).rejects.toMatchObject({
      code: 'state_conflict',
      message: expect.stringMatching(/nothing is tried.*Possible are: extend, waive, finish, roll/),
    });
    expect(await now()).toMatchObject({ asks, version });
    expect(actions[0]?.does).toContain('The policy "default" allows 30d from the delivery, up to ');
  });

  test('a rollback of what is refused already, with what works instead', async () => {
    const { key } = await fleet.at(0).issue();
    const { rotation } = await new HeldRotations(fleet).rotate(key.id);
    await keyturn().rotations.finish(rotation.id);
    await expect(keyturn().rotations.rollback(rotation.id)).rejects.toMatchObject({
      message: expect.stringMatching(/secret 1 is refused already: undo accepts it again/),
    });
    await keyturn().rotations.undo(rotation.id);
    await keyturn().rotations.rollback(rotation.id);
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

  test('one of a key that is revoked, has expired, or is unknown, with what works instead', async () => {
    const expiresAt = new Date(fleet.clock.nowMs() + DAY_MS).toISOString();
    const [revoked, expired] = [await fleet.at(0).issue(), await fleet.at(0).issue({ expiresAt })];
    await keyturn().keys.revoke(revoked.key.id);
    fleet.clock.advanceMs(DAY_MS);
    for (const [{ key }, says] of [
      [revoked, /revoked, and that is for ever\. Create another key/],
      [expired, /has expired\. Move its expiry first/],
    ] as const) {
      const before = await keyturn().keys.get(key.id);
      for (const input of [{}, { compromised: true, reason: 'leaked' }]) {
        await expect(keyturn().keys.rotate(key.id, input)).rejects.toMatchObject({
          code: 'state_conflict',
          message: expect.stringMatching(says),
        });
      }
      expect(await keyturn().keys.get(key.id)).toEqual(before);
      expect((await keyturn().rotations.list({ key: key.id })).items).toEqual([]);
    }
    const unknown = `${revoked.key.id.slice(0, -4)}0000`;
    await expect(keyturn().keys.rotate(unknown)).rejects.toMatchObject({ code: 'not_found' });
  });
});
