import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PRESETS } from '../../src/rotation/schedule/presets.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const DAY_MS = 86_400_000;
/** What the documentation says of each; durations that are not named are the preset's own. */
const SAID: Readonly<Record<string, object>> = {
  quarterly: {
    schedule: { every: '90d', mode: 'before', deliver: null },
    overlap: { atHard: 'hold' },
    approval: null,
  },
  annual: { schedule: { every: '365d', mode: 'before' }, overlap: { atHard: 'hold' } },
  customers: {
    schedule: { every: '365d', mode: 'before', deliver: 'claim' },
    overlap: { atHard: 'hold' },
    claim: { unclaimed: 'hold' },
  },
  regulatory: {
    schedule: { every: '90d', mode: 'before' },
    overlap: { atHard: 'hold' },
    approval: { approvers: 1 },
  },
  incident: { schedule: null, overlap: { hard: '1h', atHard: 'revoke' } },
  ci: {
    schedule: { every: '30d', deliver: 'destinations' },
    overlap: { atHard: 'hold' },
  },
  remind: { schedule: { every: '90d', deliver: 'notice' } },
};

describe('a preset', () => {
  let fleet: Fleet;
  beforeAll(async () => {
    const [memory] = dataKinds;
    if (memory === undefined) throw new Error('There is no memory.');
    const options = { publicUrl: 'https://keys.example' };
    fleet = await startFleet({ create: memory.create, roles: ['tool'], options });
  });
  afterAll(() => fleet.close());

  test('is each that there is', () => {
    expect(Object.keys(SAID).toSorted()).toEqual(Object.keys(PRESETS).toSorted());
  });

  test.each(Object.entries(SAID))('%s is a policy as its page says', async (preset, said) => {
    const { policies } = fleet.at(0).keyturn;
    const file = `policy: ${preset}\npreset: ${preset}\n`;
    const [applied] = (await policies.apply({ file })).policies;
    expect(applied?.policy).toMatchObject(said);
    expect(await policies.get(preset)).toMatchObject(said);
  });

  test('remind rotates nothing, and incident by hand alone', async () => {
    const { keyturn } = fleet.at(0);
    for (const preset of ['remind', 'incident']) {
      await keyturn.policies.apply({ file: `policy: ${preset}\npreset: ${preset}\n` });
      await fleet.at(0).issue({ policy: preset });
    }
    await keyturn.rotateDue(); // It plans.
    fleet.clock.advanceMs(400 * DAY_MS);
    await keyturn.rotateDue();
    expect((await keyturn.rotations.list({})).items).toEqual([]);
  });
});
