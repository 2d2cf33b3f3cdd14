import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotatedBy } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { HeldRotations } from '../setup/rotations.js';

const [SECOND_MS, HOUR_MS] = [1_000, 3_600_000];
const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };

describe.each(dataKinds)('a rotation whose key is ended by hand on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    const options = { publicUrl: 'https://keys.example' };
    fleet = await startFleet({ create, roles: ['server'], options });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;

  /** Time in which a rotation that waits is not looked at by itself. */
  async function passSeconds(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      fleet.clock.advanceMs(SECOND_MS);
      fleet.at(0).runDue();
      await time.quiet();
    }
  }

  /** In observation, and looked at a moment ago: the next look is far off. */
  async function observed() {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(SECOND_MS);
    const { rotation } = await time.rotate(made.key.id);
    await time.pass(HOUR_MS);
    await passSeconds(3);
    return { id: made.key.id, rotationId: rotation.id };
  }

  test('is closed in the next second, as its key is revoked', async () => {
    const { id, rotationId } = await observed();
    await keyturn().keys.revoke(id);
    await passSeconds(2);
    expect(await keyturn().rotations.get(rotationId)).toMatchObject({ state: 'aborted' });
  });

  test('is closed as soon where it waits for nothing but a person', async () => {
    const { key } = await fleet.at(0).issue();
    const { rotation } = await rotatedBy(keyturn(), key.id, { deliver: 'claim' });
    await time.pass(31 * 24 * HOUR_MS);
    expect(await keyturn().rotations.get(rotation.id)).toMatchObject({
      state: 'needs_operator',
    });
    await keyturn().keys.revoke(key.id);
    await passSeconds(2);
    expect(await keyturn().rotations.get(rotation.id)).toMatchObject({ state: 'aborted' });
  });

  test('goes on as soon as its old secret is revoked, and as its new one is', async () => {
    const [old, fresh] = [await observed(), await observed()];
    await keyturn().keys.revoke(old.id, { secret: 1 });
    await keyturn().keys.revoke(fresh.id, { secret: 2 });
    await passSeconds(2);
    expect(await keyturn().rotations.get(old.rotationId)).toMatchObject({
      state: 'completed',
      end: 'revoked_by_hand',
    });
    expect(await keyturn().rotations.get(fresh.rotationId)).toMatchObject({ state: 'rolled_back' });
  });

  test('is looked at again where somebody is just looking at it', async () => {
    const { id, rotationId } = await observed();
    // It sees a key that is not revoked, and is about to say when it looks again.
    const held = holdNext(fleet.at(0).store, 'before', 'recordSightings');
    fleet.clock.advanceMs(60 * SECOND_MS);
    fleet.at(0).runDue();
    await held.isHeld;
    await keyturn().keys.revoke(id);
    held.letGo();
    await time.quiet();
    fleet.at(0).store.before = undefined;
    await passSeconds(2);
    expect(await keyturn().rotations.get(rotationId)).toMatchObject({ state: 'aborted' });
  });
});
