import { afterEach, describe, expect, test, vi } from 'vitest';
import { HOUR_MS } from '../../src/store/usage.js';
import { cutOff } from '../setup/cut-off.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, type Instance, startFleet, turn, until } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';

const FLUSH_MS = 1_000;
const BOUND = { timeout: 20_000, interval: 5 };

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(dataKinds)('the recording of use on $name', ({ create }) => {
  async function startOne(): Promise<Instance> {
    fleet = await startFleet({ create, roles: ['server', 'tool'] });
    return fleet.at(0);
  }

  /** All that stands in the store, summed up. */
  async function outcomes(): Promise<unknown> {
    const day = 24 * HOUR_MS;
    const [from, to] = [-2 * day, 2 * day].map((offset) =>
      new Date(fleet.clock.nowMs() + offset).toISOString(),
    );
    const { items } = await fleet.at(1).keyturn.usage.list({ from, to, by: 'total', per: 'day' });
    return items.map((row) => row.outcomes);
  }

  test('gives nothing up while the store is away for longer than it may be', async () => {
    const instance = await startOne();
    const made = await instance.issue();
    expect(await instance.verify(made)).toMatchObject({ valid: true });
    let failedCount = 0;
    instance.store.before = (method) => {
      if (method !== 'recordUsage') return;
      failedCount += 1;
      throw cutOff();
    };
    for (let round = 1; round <= 1_000; round += 1) {
      await instance.verify({ plaintext: 'nonsense' });
      fleet.clock.advanceMs(FLUSH_MS);
      instance.runDue();
      await turn();
    }
    expect(failedCount).toBeGreaterThan(100);
    expect(instance.metric('keyturn_usage_lost_total')).toBe(0);
    instance.store.before = undefined;
    await instance.keyturn.close();
    const { lastUsedAt } = await fleet.at(1).keyturn.keys.get(made.key.id);
    expect(lastUsedAt).not.toBeNull();
    expect(sumOf(await outcomes(), 'valid')).toBe(1);
    expect(sumOf(await outcomes(), 'malformed')).toBe(1_000);
  });

  test('keeps one flush waiting, however many are due', async () => {
    const instance = await startOne();
    const made = await instance.issue();
    await instance.verify(made);
    const held = holdNext(instance.store, 'before', 'recordUsage');
    for (let round = 0; round < 50; round += 1) {
      fleet.clock.advanceMs(FLUSH_MS);
      instance.runDue();
      await turn();
    }
    await held.isHeld;
    instance.store.forgetCalls();
    held.letGo();
    await instance.verify(made);
    await instance.keyturn.close();
    // The one that waited, and the one of the close, at most.
    expect(instance.store.callCount('recordUsage')).toBeLessThanOrEqual(2);
    expect(await outcomes()).toEqual([{ valid: 2 }]);
  });

  test('counts by the hour that it is, after a clock was wrong for a while', async () => {
    const instance = await startOne();
    const inAYear = new Date(fleet.clock.nowMs() + 365 * 24 * HOUR_MS).toISOString();
    const made = await instance.issue({ expiresAt: inAYear });
    // The database has the same clock here. A poll must not begin before it was set and end after.
    await until('nothing is under way', () => !instance.isBusy);
    fleet.clock.setByMs(24 * HOUR_MS);
    await instance.verify(made);
    fleet.clock.setByMs(-24 * HOUR_MS);
    // The time is known again: before it is, nobody says whether a key has expired. A poll that was
    // under way when the clock was set proves nothing, however late its answer comes.
    await vi.waitFor(async () => {
      await fleet.passMs(100);
      instance.runDue();
      for (let use = 0; use < 4; use += 1) {
        expect(await instance.verify(made)).toMatchObject({ valid: true });
      }
    }, BOUND);
    const hourAt = fleet.clock.nowMs() - (fleet.clock.nowMs() % HOUR_MS);
    await instance.keyturn.close();
    const from = new Date(hourAt).toISOString();
    const to = new Date(hourAt + HOUR_MS).toISOString();
    const { items } = await fleet.at(1).keyturn.usage.list({ from, to, by: 'total' });
    expect(
      sumOf(
        items.map((row) => row.outcomes),
        'valid',
      ),
    ).toBeGreaterThanOrEqual(3);
  });

  test('counts a check that is under way when its Keyturn is closed', async () => {
    const instance = await startOne();
    const made = await instance.issue();
    const held = holdNext(instance.store, 'before', 'findByDigest');
    const asked = instance.verify(made);
    await held.isHeld;
    const closing = instance.keyturn.close();
    await turn();
    held.letGo();
    expect(await asked).toMatchObject({ valid: true });
    await closing;
    expect(await outcomes()).toEqual([{ valid: 1 }]);
  });
});

/** Sums a field over rows of outcomes. */
function sumOf(rows: unknown, outcome: string): number {
  const list = Array.isArray(rows) ? rows : [];
  return list.reduce((sum: number, row) => sum + Number(row[outcome] ?? 0), 0);
}
