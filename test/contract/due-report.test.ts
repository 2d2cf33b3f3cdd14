import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const KEYS = 205; // More than one page of rotations.

describe.each(dataKinds)('the report of a run over all that is due on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['tool'] });
  });
  afterAll(() => fleet.close());

  test('names every rotation that waits for a person, and calls none of them moved', async () => {
    const { keyturn } = fleet.at(0);
    await keyturn.policies.create({ name: 'agreed', approval: { approvers: 1 } });
    for (let index = 0; index < KEYS; index += 1) {
      const { key } = await fleet.at(0).issue({ policy: 'agreed' });
      await keyturn.keys.rotate(key.id);
    }
    const { items, needsOperator } = await keyturn.rotateDue();
    expect(needsOperator).toBe(true);
    expect(items.filter(({ what }) => what === 'needs_operator')).toHaveLength(KEYS);
    expect(items).toHaveLength(KEYS);
  });
});
