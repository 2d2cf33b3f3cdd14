import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DueTime } from '../../src/policy-file-views.js';
import { aForeignKey, aRow } from '../contract/import-rows.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { scaled } from '../setup/scale.js';

const DAY_MS = 86_400_000;
const TWO_YEARS_MS = 2 * 365 * DAY_MS;
const MAX_LISTS = 4; // Of ten times each.

const WINDOWS = ['Tue-Thu 09:00-15:00', 'Mon 09:00-10:00', '02:30-02:45'];
const SCHEDULE = fc.record({
  everyDays: fc.integer({ min: 3, max: 60 }),
  mode: fc.constantFrom('before', 'after'),
  leadPart: fc.double({ min: 0.1, max: 0.6, noNaN: true }),
  spreadPart: fc.double({ min: 0, max: 0.35, noNaN: true }),
  window: fc.option(fc.constantFrom(...WINDOWS)),
  blackouts: fc.array(
    fc.record({
      fromDay: fc.integer({ min: 0, max: 500 }),
      days: fc.integer({ min: 1, max: 120 }),
    }),
    { maxLength: 3 },
  ),
  isNotice: fc.boolean(),
});
type Drawn = typeof SCHEDULE extends fc.Arbitrary<infer T> ? T : never;

/** What was before `policy test` is asked. */
const PAST = fc.record({
  isImported: fc.boolean(),
  isPlanned: fc.boolean(), // By somebody who looked at what is due.
  downDays: fc.integer({ min: 0, max: 150 }),
});
type Past = typeof PAST extends fc.Arbitrary<infer T> ? T : never;

test('policy test foretells what the scheduler begins, and when, over two years', async () => {
  await fc.assert(
    fc.asyncProperty(SCHEDULE, PAST, async (drawn, past) => {
      const [memory] = dataKinds;
      if (memory === undefined) throw new Error('There is no memory.');
      const options = { publicUrl: 'https://keys.example' };
      const fleet = await startFleet({ create: memory.create, roles: ['tool'], options });
      try {
        await twoYears(fleet, drawn, past);
      } finally {
        await fleet.close();
      }
    }),
    { numRuns: scaled(25) },
  );
}, 120_000);

async function twoYears(fleet: Fleet, drawn: Drawn, past: Past): Promise<void> {
  const { keyturn } = fleet.at(0);
  const { name, file } = policyOf(drawn, fleet.clock.nowMs());
  await keyturn.policies.apply({ file });
  const keys = [await aKey(fleet, name, past.isImported), await aKey(fleet, name, false)];
  if (past.isPlanned) await keyturn.rotateDue();
  fleet.clock.advanceMs(past.downDays * DAY_MS);
  const untilMs = fleet.clock.nowMs() + TWO_YEARS_MS;
  for (let list = 0; list < MAX_LISTS && fleet.clock.nowMs() < untilMs; list += 1) {
    const { policies } = await keyturn.policies.test({ file });
    // Planned once it is begun: what was overdue is dealt out from when somebody looks.
    if (list === 0) await keyturn.rotateDue();
    for (const time of policies[0]?.due ?? []) await expectBegun(fleet, keys, time);
  }
}

/** At that time, and nothing before it. */
async function expectBegun(fleet: Fleet, keys: readonly string[], time: DueTime): Promise<void> {
  const startMs = Date.parse(time.startAt);
  const before = await begun(fleet, keys);
  if (startMs > fleet.clock.nowMs() + 1) {
    advanceTo(fleet, startMs - 1);
    await look(fleet);
    expect(await begun(fleet, keys)).toEqual(before);
  }
  advanceTo(fleet, startMs);
  await look(fleet);
  expect(await begun(fleet, keys)).toContain(`${time.key?.id} ${time.dueAt}`);
  for (const key of keys) await rotate(fleet, key);
}

function policyOf({ everyDays, blackouts, ...drawn }: Drawn, nowMs: number) {
  const everyHours = everyDays * 24;
  const dayOf = (day: number) => new Date(nowMs + day * DAY_MS).toISOString().slice(0, 10);
  const spans = blackouts.map(
    ({ fromDay, days }) => `"${dayOf(fromDay)}/${dayOf(fromDay + days)}"`,
  );
  const schedule = [
    `every: ${everyHours}h`,
    `mode: ${drawn.mode}`,
    `lead: ${Math.max(6, Math.floor(everyHours * drawn.leadPart))}h`,
    `spread: ${Math.floor(everyHours * drawn.spreadPart)}h`,
    `timezone: Europe/Zurich`,
    `deliver: ${drawn.isNotice ? 'notice' : 'claim'}`,
    `blackout: [${spans.join(', ')}]`,
    ...(drawn.window === null ? [] : [`window: "${drawn.window}"`]),
  ];
  const short = [
    'overlap: { soft: 1h, hard: 1h }',
    'claim: { close: 1h, remind: [] }',
    'evidence: { undo: 0s }',
  ];
  const file = ['policy: foreseen', ...short, `schedule: { ${schedule.join(', ')} }`, ''].join(
    '\n',
  );
  return { name: 'foreseen', file };
}

async function aKey(fleet: Fleet, policy: string, isImported: boolean): Promise<string> {
  if (!isImported) return (await fleet.at(0).issue({ policy })).key.id;
  const { keyturn } = fleet.at(0);
  const { rows } = await keyturn.keys.import({ rows: [aRow(aForeignKey())] });
  const id = rows[0]?.key ?? '';
  await keyturn.keys.update(id, { policy });
  return id;
}

function advanceTo(fleet: Fleet, timeMs: number): void {
  fleet.clock.advanceMs(Math.max(0, timeMs - fleet.clock.nowMs()));
}

async function look(fleet: Fleet): Promise<void> {
  await fleet.at(0).refresh();
  await fleet.at(0).keyturn.rotateDue();
}

/** Each due time that a rotation was begun for, or a person told of. */
async function begun(fleet: Fleet, keys: readonly string[]): Promise<readonly string[]> {
  const { keyturn } = fleet.at(0);
  const all: string[] = [];
  for (const key of keys) {
    for await (const { reason } of keyturn.rotations.list({ key })) {
      const dueAt = /due (\S+?)(?:,|$)/.exec(reason ?? '')?.[1];
      if (dueAt !== undefined) all.push(`${key} ${dueAt}`);
    }
    for await (const { changes } of keyturn.events.list({ subject: key, type: 'key.due' })) {
      const dueAt = changes.find(({ field }) => field === 'dueAt')?.to;
      all.push(`${key} ${String(dueAt)}`);
    }
  }
  return all;
}

/** Where one is begun, a person does at once what its link would have led to. */
async function rotate(fleet: Fleet, key: string): Promise<void> {
  const { keyturn } = fleet.at(0);
  const [open] = (await keyturn.rotations.list({ key, open: true })).items;
  if (open === undefined) return;
  await keyturn.rotations.abort(open.id, { reason: 'by hand' });
  await keyturn.keys.rotate(key, { overlap: '0s' });
  await look(fleet);
  for (const { id } of (await keyturn.rotations.list({ key, open: true })).items) {
    await keyturn.rotations.finish(id, { reason: 'by hand' });
    await look(fleet);
  }
  expect((await keyturn.rotations.list({ key, open: true })).items).toEqual([]);
}
