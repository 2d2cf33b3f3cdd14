import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { SEAL_KEY } from '../setup/delivering.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { scaled, seed } from '../setup/scale.js';
import { DISOWNED, DISOWNED_LATE, EARLY, OFTEN, POLICIES, runs } from './rotation-acts.js';
import { opener } from './rotation-places.js';
import { Run } from './rotation-run.js';

const RUNS = { memory: 16, sqlite: 8, postgres: 4 } as const;

describe.each(dataKinds)('rotations at random on $name', ({ name, create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    const options = { publicUrl: 'https://keys.example' };
    const internal = { destinations: opener, sealKey: SEAL_KEY };
    fleet = await startFleet({ create, roles: ['server'], options, internal });
    for (const policy of POLICIES) await fleet.at(0).keyturn.policies.create(policy);
  });
  afterAll(() => fleet.close());

  test('leave every client that follows them a secret, and change nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ({ before, groups, ...of }) => {
        const run = await Run.begin(fleet, of);
        for (const client of before) await run.take([{ kind: 'use', client }]);
        for (const group of groups) await run.take(group);
      }),
      {
        numRuns: scaled(RUNS[name]),
        seed: seed(),
        examples: [...EARLY, ...DISOWNED, DISOWNED_LATE, OFTEN],
      },
    );
    const chains = await fleet.at(0).keyturn.events.verify();
    expect(chains.filter(({ ok }) => !ok)).toEqual([]);
  });
});
