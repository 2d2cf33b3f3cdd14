import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { scaled } from '../setup/scale.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const PERIODS = [1, 7, 30, 90]; // In days.

/** Time passes, or somebody sets the clock, and then who is alive looks at what is due. */
const TICK = fc.record({
  passMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 36 * HOUR_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: DAY_MS, max: 100 * DAY_MS }) }, // Nobody was.
  ),
  jumpMs: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS }) },
  ),
  alive: fc.constantFrom([0], [1], [0, 1]),
});

test('over a year, whoever runs when, each key is begun once for a slot, and no slot is left out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(TICK, { minLength: 5, maxLength: 60 }), async (ticks) => {
      const [memory] = dataKinds;
      if (memory === undefined) throw new Error('There is no memory.');
      const options = { publicUrl: 'https://keys.example' };
      const fleet = await startFleet({ create: memory.create, roles: ['tool', 'tool'], options });
      try {
        await aYear(fleet, ticks);
      } finally {
        await fleet.close();
      }
    }),
    { numRuns: scaled(15) },
  );
}, 120_000);

interface Timed {
  readonly id: string;
  readonly bornMs: number;
  readonly everyMs: number;
}

type Tick = typeof TICK extends fc.Arbitrary<infer T> ? T : never;

async function aYear(fleet: Fleet, ticks: readonly Tick[]): Promise<void> {
  const { keyturn } = fleet.at(0);
  const keys: Timed[] = [];
  for (const days of PERIODS) {
    const schedule = { every: `${days}d`, mode: 'after', spread: '0s', deliver: 'claim' } as const;
    await keyturn.policies.create({ name: `every-${days}`, schedule });
    const { key } = await fleet.at(0).issue({ policy: `every-${days}` });
    keys.push({ id: key.id, bornMs: Date.parse(key.createdAt), everyMs: days * DAY_MS });
  }
  await keyturn.rotateDue(); // They are planned.
  const startMs = fleet.clock.nowMs();
  let passedMs = 0;
  let wasRight = true;
  for (const { passMs, jumpMs, alive } of ticks) {
    if (passedMs >= YEAR_MS) break;
    passedMs += passMs;
    fleet.clock.advanceMs(passMs);
    // Never to before the keys were made: those have a series of their own.
    fleet.clock.setByMs(Math.max(jumpMs, startMs - fleet.clock.nowMs()));
    wasRight &&= jumpMs === 0;
    await look(fleet, alive);
    for (const key of keys) {
      if (wasRight) await expectLastBegun(fleet, key);
      await endOpen(fleet, key.id);
    }
  }
  await aCalmMonth(fleet, keys);
  for (const { id } of keys) await expectOncePerSlot(fleet, id);
}

/** Whatever the clock said before: what was missed is dealt out over a month at most. */
async function aCalmMonth(fleet: Fleet, keys: readonly Timed[]): Promise<void> {
  for (let halfDays = 0; halfDays < 2 * 32; halfDays += 1) {
    fleet.clock.advanceMs(DAY_MS / 2);
    await look(fleet, [0]);
    for (const { id } of keys) await endOpen(fleet, id);
  }
  for (const key of keys) await expectLastBegun(fleet, key);
}

/** Whoever is alive does what is due. */
async function look(fleet: Fleet, alive: readonly number[]): Promise<void> {
  for (const index of [0, 1]) await fleet.at(index).refresh();
  await Promise.all(alive.map((index) => fleet.at(index).keyturn.rotateDue()));
}

/** By the clock of now: its last slot, or one after it that a clock less than a day ahead took for it. */
async function expectLastBegun(fleet: Fleet, { id, bornMs, everyMs }: Timed): Promise<void> {
  const nowMs = fleet.clock.nowMs();
  const count = Math.floor((nowMs - bornMs) / everyMs);
  if (count < 1) return;
  const begun = (await dueTimesOf(fleet, id)).filter((at) => at >= bornMs + count * everyMs);
  expect(Math.min(...begun)).toBeLessThanOrEqual(nowMs + DAY_MS);
}

async function dueTimesOf(fleet: Fleet, key: string): Promise<readonly number[]> {
  const due: number[] = [];
  for await (const { reason } of fleet.at(0).keyturn.rotations.list({ key })) {
    due.push(Date.parse(/due (\S+?)(?:,|$)/.exec(reason ?? '')?.[1] ?? ''));
  }
  return due;
}

/** A person ends it: the next one need not wait. */
async function endOpen(fleet: Fleet, key: string): Promise<void> {
  const { keyturn } = fleet.at(0);
  for (const { id } of (await keyturn.rotations.list({ key, open: true })).items) {
    await keyturn.rotations.abort(id, { reason: 'not now' });
  }
}

async function expectOncePerSlot(fleet: Fleet, key: string): Promise<void> {
  const reasons: (string | null)[] = [];
  for await (const { reason } of fleet.at(0).keyturn.rotations.list({ key })) reasons.push(reason);
  const due = reasons.map((reason) => /due (\S+?)(?:,|$)/.exec(reason ?? '')?.[1]);
  expect(new Set(due).size).toBe(due.length);
}
