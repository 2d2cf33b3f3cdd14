import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR_MS } from '../../src/store/usage.js';
import type { UsageFilter } from '../../src/usage-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(dataKinds)('the usage since a time on $name', ({ create }) => {
  let hourAt: number;

  /** One check in the first hour of a day and one twenty minutes into the second; it is 1:40. */
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    const made = await fleet.at(0).issue();
    const goTo = (timeMs: number) => fleet.clock.advanceMs(timeMs - fleet.clock.nowMs());
    hourAt = fleet.clock.nowMs() - (fleet.clock.nowMs() % DAY_MS) + DAY_MS + HOUR_MS;
    for (const timeMs of [hourAt - HOUR_MS, hourAt + 20 * MINUTE_MS]) {
      goTo(timeMs);
      await fleet.at(0).refresh();
      expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
    }
    goTo(hourAt + 40 * MINUTE_MS);
    const { store } = fleet.at(0);
    fleet.at(0).runDue();
    await expect.poll(() => store.callCount('recordUsage')).toBeGreaterThan(0);
    await expect.poll(() => startsOf({ from: '2h' })).toHaveLength(2);
  });

  async function startsOf(filter: UsageFilter): Promise<readonly number[]> {
    const { items } = await fleet.at(0).keyturn.usage.list({ ...filter, by: 'total' });
    return items.map(({ start }) => Date.parse(start));
  }

  test('has the hour that was running then', async () => {
    expect(await startsOf({ from: '15m' })).toEqual([hourAt]);
    expect(await startsOf({ from: '1h' })).toEqual([hourAt - HOUR_MS, hourAt]);
    const from = new Date(hourAt + 30 * MINUTE_MS).toISOString();
    expect(await startsOf({ from })).toEqual([hourAt]);
    expect(await startsOf({ from: new Date(hourAt).toISOString() })).toEqual([hourAt]);
    expect(await startsOf({ from: new Date(hourAt + HOUR_MS).toISOString() })).toEqual([]);
  });

  test('has all of the day that was running then', async () => {
    const filter = { from: '15m', per: 'day', by: 'total' } as const;
    const { items } = await fleet.at(0).keyturn.usage.list(filter);
    expect(items).toMatchObject([{ total: 2 }]);
    expect(items.map(({ start }) => Date.parse(start))).toEqual([hourAt - HOUR_MS]);
  });

  test('is refused where it ends before it begins, as the trail is', async () => {
    const { usage, events } = fleet.at(0).keyturn;
    const wrong = { code: 'unprocessable', errors: [{ pointer: '/to' }] };
    for (const { list } of [usage, events]) {
      await expect(list({ from: '1h', to: '2h' })).rejects.toMatchObject(wrong);
      expect((await list({ from: '2h', to: '2h' })).items).toBeInstanceOf(Array);
      expect((await list({ from: '2h', to: '1h' })).items).toBeInstanceOf(Array);
    }
    // Nobody said since when: a day ago, which the end lies before.
    await expect(usage.list({ to: '2d' })).rejects.toMatchObject(wrong);
    expect((await events.list({ to: '2d' })).items).toEqual([]);
  });

  test('has all of the day that its end lies in', async () => {
    const to = new Date(hourAt - 30 * MINUTE_MS).toISOString();
    const filter = { from: '1d', to, per: 'day', by: 'total' } as const;
    const { items } = await fleet.at(0).keyturn.usage.list(filter);
    expect(items).toMatchObject([{ total: 2 }]);
  });
});
