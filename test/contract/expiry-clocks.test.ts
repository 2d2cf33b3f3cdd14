import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CreatedKey } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Aging, DAY_MS, startAging } from '../setup/expiring.js';

const SCHEDULE = { every: '60d', mode: 'after', spread: '0s', deliver: 'notice' } as const;
const EXPIRY = { unused: '40d', grace: '10d', maxAge: '60d' } as const;
const NOTIFY = { due: ['14d', '7d', '1d'], channels: ['ops'] };
const EXPIRES_ON_DAY = 58;
const LAST_DAY = 64;
const ALL = ['14d', '7d', '1d'];

interface Walk {
  /** Days that pass, each with a use and a look. */
  readonly days: (count: number) => Promise<void>;
  readonly aging: Aging;
}

/** What time does on the way, and which stages are told then, in their order. */
const walks: readonly [
  string,
  (walk: Walk) => Promise<void>,
  Record<'due' | 'expiring', string[]>,
][] = [
  ['day by day', ({ days }) => days(LAST_DAY), { due: ALL, expiring: ALL }],
  [
    'after a week and more in which no server ran',
    async ({ days, aging }) => {
      await days(43);
      await aging.days(11);
      await days(LAST_DAY - 54);
    },
    { due: ['7d', '1d'], expiring: ['7d', '1d'] },
  ],
  [
    'where a clock jumps ahead by ten days and back',
    async ({ days, aging }) => {
      await days(45);
      aging.fleet.clock.setByMs(10 * DAY_MS);
      await aging.days(1 / 24);
      aging.fleet.clock.setByMs(-10 * DAY_MS);
      await days(LAST_DAY - 45);
    },
    { due: ['7d', '14d', '1d'], expiring: ALL },
  ],
  [
    'where a clock is set back by ten days',
    async ({ days, aging }) => {
      await days(47);
      aging.fleet.clock.setByMs(-10 * DAY_MS);
      await days(LAST_DAY - 37);
    },
    { due: ALL, expiring: ALL },
  ],
];

describe('what is told of keys by their time', () => {
  let aging: Aging;
  beforeEach(async () => {
    const [memory] = dataKinds;
    if (memory === undefined) throw new Error('There is no memory.');
    aging = await startAging(memory);
    await aging.policy('plain', { notify: NOTIFY });
    await aging.policy('all', { schedule: SCHEDULE, expiry: EXPIRY, notify: NOTIFY });
  });
  afterEach(() => aging.fleet.close());

  const countOf = async (id: string, type: 'key.unused' | 'key.past_policy' | 'key.disabled') =>
    (await aging.events(id, type)).length;

  /** In the order in which they were told. */
  async function stagesOf(id: string, type: 'key.due_soon' | 'key.expiring') {
    const { items } = await aging.keyturn.events.list({ subject: id, type, limit: 200 });
    const stages = items.map(({ changes }) => changes.find(({ field }) => field === 'stage')?.to);
    return stages.toReversed();
  }

  const daysWith = (used: readonly CreatedKey[]) => async (count: number) => {
    for (let day = 0; day < count; day += 1) {
      await aging.days(1);
      for (const one of used) await aging.use(one);
    }
  };

  test.each(walks)('comes once of each, %s', async (_when, walk, stages) => {
    const expiresAt = new Date(aging.fleet.clock.nowMs() + EXPIRES_ON_DAY * DAY_MS).toISOString();
    const [used, idle] = [await aging.issue('all'), await aging.issue('all')];
    const expiring = await aging.issue('plain', { expiresAt });
    await walk({ aging, days: daysWith([used]) });
    const told = {
      due: await stagesOf(used.key.id, 'key.due_soon'),
      expiring: await stagesOf(expiring.key.id, 'key.expiring'),
    };
    expect(told).toEqual(stages);
    expect((await aging.get(used.key.id)).state).toBe('active');
    expect(await countOf(used.key.id, 'key.unused')).toBe(0);
    expect(await countOf(used.key.id, 'key.past_policy')).toBe(1);
    // An instance may have had yet to tell what it saw.
    await aging.until(async () => (await aging.get(idle.key.id)).state === 'disabled');
    expect(await countOf(idle.key.id, 'key.unused')).toBe(1);
    expect(await countOf(idle.key.id, 'key.disabled')).toBe(1);
    const notices = await aging.notices(used.key.id);
    expect(notices).toEqual(['due ops', ...stages.due.map(() => 'due ops'), 'past_policy ops']);
  });

  test('ends no key that is in use, however far ahead a clock is set for a while', async () => {
    const used = await aging.issue('all');
    const days = daysWith([used]);
    await days(35);
    for (const jump of [100, 400]) {
      aging.fleet.clock.setByMs(jump * DAY_MS);
      await aging.days(1 / 24);
      aging.fleet.clock.setByMs(-jump * DAY_MS);
      await days(1);
      expect((await aging.get(used.key.id)).state).toBe('active');
    }
    await days(12);
    expect((await aging.get(used.key.id)).state).toBe('active');
    expect(await countOf(used.key.id, 'key.disabled')).toBe(0);
  });
});
