import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotationText } from '../../src/cli/rotation-text.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

describe.each(dataKinds)('strangers on an old secret on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());

  test('are counted all, and twenty of them are named', async () => {
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    const { rotation } = await time.rotate(made.key.id);
    await time.pass(60_000);
    for (let number = 0; number < 23; number += 1) {
      const client = { address: `203.0.${number}.7`, userAgent: 'bot/1' };
      await fleet.at(0).verify(made, client);
      // Refused, it is one consumer still.
      await fleet.at(0).verify(made, { ...client, scopes: ['nobody:has'] });
    }
    await time.pass(60_000);
    const seen = await fleet.at(0).keyturn.rotations.get(rotation.id);
    expect(seen.strangers).toHaveLength(20);
    expect(new Set(seen.strangers).size).toBe(20);
    expect(seen.strangerCount).toBe(23);
    const text = rotationText(seen);
    expect(text).toContain('strangers on the old secret, 23:');
    expect(text).toMatch(/\n {2}and 3 more\n/);
    expect(rotationText(seen, 5)).toContain(`  and 18 more: keyturn rotation show ${rotation.id}`);
  });
});
