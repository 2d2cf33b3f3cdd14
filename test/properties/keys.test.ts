import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { scaled, seed } from '../setup/scale.js';
import { runSequence, type Tally } from './agreement.js';
import { sequences } from './steps.js';

/** 20 000 sequences in all where the scale is 50. */
const SETUPS = {
  memory: { what: 'one Keyturn in memory', roles: ['server'], runs: 160 },
  sqlite: {
    what: 'a server beside a writing tool on SQLite',
    roles: ['server', 'tool'],
    runs: 140,
  },
  postgres: { what: 'two servers on PostgreSQL', roles: ['server', 'server'], runs: 100 },
} as const;

describe.each(dataKinds)('random sequences on $name', ({ name, create }) => {
  const { what, roles, runs } = SETUPS[name];
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles });
  });
  afterAll(() => fleet.close());

  test(`${what} agrees with the model`, async () => {
    const tally: Tally = { checks: 0, steps: 0 };
    await fc.assert(
      fc.asyncProperty(sequences, (steps) => runSequence(fleet, steps, tally)),
      { numRuns: scaled(runs), seed: seed() },
    );
    const lookups = fleet.instances.reduce(
      (sum, { store }) => sum + store.callCount('findByDigest'),
      0,
    );
    console.info(`${name}: ${scaled(runs)} sequences`, { ...tally, lookups });
    // The caches took part: most checks asked no store.
    expect(lookups).toBeLessThan(tally.checks / 2);
  });
});
