import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate } from '../setup/rotating.js';
import { HeldRotations } from '../setup/rotations.js';

const HOUR_MS = 3_600_000;
const MOST_BY_NAME = 1_000;
const CONSUMERS = 1_100; // On two instances, of which each tells a thousand apart.

describe.each(dataKinds)(
  'a key of more consumers than are waited for by name, on $name',
  ({ create }) => {
    let fleet: Fleet;
    let time: HeldRotations;
    beforeEach(async () => {
      fleet = await startFleet({ create });
      time = new HeldRotations(fleet);
    });
    afterEach(() => fleet.close());

    const use = (made: { readonly plaintext: string }, index: number) =>
      fleet.at(index % 2).verify(made, {
        address: `10.${index >> 8}.${index & 255}.7`,
        userAgent: 'job/1',
      });

    test('keeps its old secret while one of the rest uses it, or may', {
      timeout: 90_000,
    }, async () => {
      const made = await fleet.at(0).issue();
      await fleet.settle();
      for (let index = 0; index < CONSUMERS; index += 1) {
        await use(made, index);
        if (index === 0) await time.pass(HOUR_MS); // It is seen last of all, and is not named.
      }
      await time.pass(HOUR_MS);
      const { rotation, plaintext } = await rotate(fleet, made.key.id);
      await fleet.settle();
      const now = () => fleet.at(0).keyturn.rotations.get(rotation.id);
      expect(evidenceOf(await now(), 'E2')?.figures).toMatchObject({ baseline: MOST_BY_NAME + 1 });

      for (let index = 1; index < CONSUMERS; index += 1) await use({ plaintext }, index);
      for (let hour = 0; hour < 30; hour += 5) {
        await time.pass(5 * HOUR_MS);
        expect(await use(made, 0)).toMatchObject({ valid: true });
      }
      await time.pass(HOUR_MS);
      const late = await now();
      expect(late).toMatchObject({ step: 'observe', end: null });
      expect(evidenceOf(late, 'E2')).toMatchObject({ state: 'cannot_tell' });
      expect(evidenceOf(late, 'E3')).toMatchObject({ state: 'unmet' });
      expect(late.strangers).toEqual([]);

      // Once they are known to have moved, a person says so.
      await use({ plaintext }, 0);
      const reason = 'the last one has moved';
      await fleet.at(0).keyturn.rotations.waive(rotation.id, { consumer: 'others', reason });
      await time.pass(26 * HOUR_MS);
      expect(await now()).toMatchObject({ step: 'disable', end: 'evidence' });
    });

    test('may have one that has moved among those who use the old secret', async () => {
      const made = await fleet.at(0).issue();
      const known = { address: '203.0.113.7', userAgent: 'job/1' };
      await fleet.at(0).verify(made, known);
      await time.pass(HOUR_MS);
      const { rotation, plaintext } = await rotate(fleet, made.key.id);
      await fleet.settle();
      await fleet.at(0).verify({ plaintext }, known);
      await time.pass(HOUR_MS);
      const moved = async () =>
        evidenceOf(await fleet.at(0).keyturn.rotations.get(rotation.id), 'E2');
      expect(await moved()).toMatchObject({ state: 'met', figures: { moved: 1 } });

      // More than one instance tells apart: the last of them are counted as one.
      for (let index = 0; index < CONSUMERS; index += 1) await use(made, 2 * index);
      await time.pass(HOUR_MS);
      expect(await moved()).toMatchObject({ state: 'cannot_tell', figures: { moved: 0 } });
    });
  },
);

function evidenceOf({ evidence }: Rotation, id: string) {
  return evidence.find((one) => one.id === id);
}
