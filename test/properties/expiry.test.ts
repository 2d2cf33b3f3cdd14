import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CreatedKey } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Aging, DAY_MS, refusing, startAging } from '../setup/expiring.js';
import { scaled } from '../setup/scale.js';

const BASELINE_DAYS = 35;
const POLICIES = 3;

const policies = fc.array(
  fc.record({
    maxAge: fc.option(fc.integer({ min: 1, max: 120 }), { nil: null }),
    unused: fc.integer({ min: BASELINE_DAYS, max: 90 }),
    grace: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: POLICIES, maxLength: POLICIES },
);

/** Days pass and who lives looks; or a key is used, a person acts, an instance can write nothing out. */
const acts = fc.oneof(
  { weight: 6, arbitrary: fc.record({ days: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 4, arbitrary: fc.record({ use: fc.nat(POLICIES - 1), at: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ enable: fc.nat(POLICIES - 1) }) },
  { weight: 1, arbitrary: fc.record({ silent: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ shorten: fc.nat(POLICIES - 1) }) },
);
type Act = typeof acts extends fc.Arbitrary<infer T> ? T : never;

test('whatever policies say and whoever looks when, no key with a use in the baseline is ever ended', async () => {
  let endedCount = 0;
  await fc.assert(
    fc.asyncProperty(
      policies,
      fc.array(acts, { minLength: 5, maxLength: 40 }),
      async (of, list) => {
        const [memory] = dataKinds;
        if (memory === undefined) throw new Error('There is no memory.');
        const aging = await startAging(memory);
        try {
          endedCount += await aLife(aging, { of, list });
        } finally {
          await aging.fleet.close();
        }
      },
    ),
    { numRuns: scaled(40) },
  );
  expect(endedCount).toBeGreaterThan(0); // Else it would say nothing.
}, 120_000);

interface Life {
  readonly of: readonly { maxAge: number | null; unused: number; grace: number }[];
  readonly list: readonly Act[];
}

/** @returns how many keys were ended. */
async function aLife(aging: Aging, { of, list }: Life): Promise<number> {
  const made: CreatedKey[] = [];
  for (const [index, { maxAge, unused, grace }] of of.entries()) {
    const days = { maxAge: maxAge === null ? null : `${maxAge}d`, unused: `${unused}d` };
    await aging.policy(`p${index}`, { expiry: { ...days, grace: `${grace}d` } });
    made.push(await aging.issue(`p${index}`));
  }
  const lastUses = new Map<string, number>();
  const ended = new Set<string>();
  for (const act of list) {
    await perform(aging, act, { made, lastUses });
    for (const { key } of made) {
      const { state, stateChangedAt } = await aging.get(key.id);
      if (state !== 'disabled') continue;
      ended.add(key.id);
      const usedMs = lastUses.get(key.id) ?? Number.NEGATIVE_INFINITY;
      expect(Date.parse(stateChangedAt) - usedMs).toBeGreaterThanOrEqual(BASELINE_DAYS * DAY_MS);
      await expectWarned(aging, key.id, stateChangedAt);
    }
  }
  return ended.size;
}

async function perform(
  aging: Aging,
  act: Act,
  {
    made,
    lastUses,
  }: { readonly made: readonly CreatedKey[]; readonly lastUses: Map<string, number> },
): Promise<void> {
  const of = (index: number) => {
    const found = made[index];
    if (found === undefined) throw new Error('There is no such key.');
    return found;
  };
  if ('days' in act) return aging.days(act.days);
  if ('silent' in act) {
    aging.fleet.at(1).store.before = act.silent ? refusing('recordUsage') : undefined;
    return;
  }
  if ('shorten' in act) {
    const expiry = { unused: `${BASELINE_DAYS}d`, grace: '1d' };
    await aging.keyturn.policies.update(`p${act.shorten}`, { expiry });
    return;
  }
  if ('enable' in act) {
    await aging.keyturn.keys.enable(of(act.enable).key.id);
    return;
  }
  const { key } = of(act.use);
  await aging.fleet.settle();
  await aging.fleet.at(act.at).refresh();
  const verdict = await aging.fleet.at(act.at).verify(of(act.use));
  if (verdict.valid) lastUses.set(key.id, aging.fleet.clock.nowMs());
}

/** Nobody is surprised: it was said a day before at least. */
async function expectWarned(aging: Aging, id: string, disabledAt: string): Promise<void> {
  const [warning] = await aging.events(id, 'key.unused');
  const warnedMs = Date.parse(warning?.at ?? '');
  expect(Date.parse(disabledAt) - warnedMs).toBeGreaterThanOrEqual(DAY_MS);
}
