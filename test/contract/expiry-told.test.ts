import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Aging, DAY_MS, refusing, startAging, UNUSED } from '../setup/expiring.js';
import { aForeignKey, aRow } from './import-rows.js';

const MANY = 20;

// What differs from one database to the next is in expiry.test.ts.
describe('keys that are old, unused or soon due', () => {
  let aging: Aging;
  beforeEach(async () => {
    const [memory] = dataKinds;
    if (memory === undefined) throw new Error('There is no memory.');
    aging = await startAging(memory);
  });
  afterEach(() => aging.fleet.close());

  const stateOf = async (id: string) => (await aging.get(id)).state;
  const warnings = async (id: string) => (await aging.events(id, 'key.unused')).length;

  /** Days, each looked at once. */
  async function passDays(days: number): Promise<void> {
    for (let day = 0; day < days; day += 1) await aging.days(1);
  }

  test('are told of a few at a time where a policy is changed, and disabled after a runway', async () => {
    await aging.policy('late', {});
    const made = await Promise.all(Array.from({ length: MANY }, () => aging.issue('late')));
    const ids = made.map(({ key }) => key.id);
    await aging.days(100);
    const expiry = { maxAge: '90d', unused: '40d', grace: '1d' } as const;
    await aging.keyturn.policies.update('late', { expiry });
    const told = async () => {
      const counts = await Promise.all(
        ids.map(async (id) => [await warnings(id), await aging.notices(id)] as const),
      );
      return counts.filter(([count]) => count > 0).length;
    };
    await aging.days(1);
    expect((await aging.get(ids[0] ?? '')).pastPolicySince).not.toBeNull();
    expect(await told()).toBeLessThan(MANY / 2);
    await passDays(14);
    const half = await told();
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(MANY);
    await passDays(14);
    expect(new Set(await Promise.all(ids.map(stateOf)))).toEqual(new Set(['active']));
    await passDays(3);
    expect(await told()).toBe(MANY);
    for (const id of ids) expect(await aging.events(id, 'key.past_policy')).toHaveLength(1);
    await passDays(2);
    expect(new Set(await Promise.all(ids.map(stateOf)))).toEqual(new Set(['disabled']));
  });

  test('are told of a few at a time where a stage had begun before anybody was to be told', async () => {
    const schedule = { every: '60d', mode: 'after', deliver: 'notice' } as const;
    await aging.policy('timed', { schedule, notify: null });
    await Promise.all(Array.from({ length: MANY }, () => aging.issue('timed')));
    await aging.days(40);
    const notify = { due: ['30d'], channels: ['ops'] };
    await aging.keyturn.policies.update('timed', { notify });
    const told = async () =>
      (await aging.keyturn.events.list({ type: 'key.due_soon', limit: 200 })).items.length;
    await aging.days(1);
    expect(await told()).toBeLessThan(MANY / 2);
    await passDays(9);
    const half = await told();
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(MANY);
  });

  test('that were brought here are unused from then on, and not all too old on one day', async () => {
    await aging.policy('default', { expiry: { ...UNUSED, maxAge: '90d' } });
    const createdAt = '2020-01-01T00:00:00Z';
    const rows = Array.from({ length: MANY }, () => aRow(aForeignKey(), { createdAt }));
    await aging.keyturn.keys.import({ rows });
    const events = async (type: 'key.unused' | 'key.past_policy') =>
      (await aging.keyturn.events.list({ type, limit: 200 })).items.length;
    await aging.days(2);
    expect(await events('key.unused')).toBe(0);
    expect(await events('key.past_policy')).toBeLessThan(MANY / 2);
    await aging.days(29);
    expect(await events('key.past_policy')).toBe(MANY);
    await aging.days(10);
    expect(await events('key.unused')).toBe(MANY);
  });

  test('that expire are told of a week before, or at each stage', async () => {
    const expiresAt = new Date(aging.fleet.clock.nowMs() + 40 * DAY_MS).toISOString();
    await aging.policy('plain', {});
    await aging.policy('staged', { notify: { due: ['30d', '3d'], channels: ['ops'] } });
    const plain = (await aging.issue('plain', { expiresAt })).key.id;
    const staged = (await aging.issue('staged', { expiresAt })).key.id;
    const counts = async () => [
      (await aging.events(plain, 'key.expiring')).length,
      (await aging.events(staged, 'key.expiring')).length,
    ];
    await passDays(9);
    expect(await counts()).toEqual([0, 0]);
    await passDays(2);
    expect(await counts()).toEqual([0, 1]);
    await passDays(21);
    expect(await counts()).toEqual([0, 1]); // Eight days before.
    await passDays(1);
    expect(await counts()).toEqual([1, 1]);
    await passDays(5);
    expect(await counts()).toEqual([1, 2]);
    expect(await aging.notices(plain)).toEqual(['expiring ops']);
    await passDays(4);
    expect(await counts()).toEqual([1, 2]);
  });

  test('are told of once each where they are many pages of many policies', async () => {
    const names = ['one', 'other', 'default'];
    for (const name of names) await aging.policy(name, { expiry: { maxAge: '60d' } });
    const rows = Array.from({ length: 450 }, () => aRow(aForeignKey()));
    await aging.keyturn.keys.import({ rows });
    for (const name of ['one', 'other']) await aging.issue(name);
    await aging.days(61);
    await aging.days(1);
    const told = new Set<string>();
    let count = 0;
    for await (const { subject } of aging.keyturn.events.list({ type: 'key.past_policy' })) {
      told.add(subject.id);
      count += 1;
    }
    expect([told.size, count]).toEqual([452, 452]);
  });

  test('are recorded with what is told of them, or not at all', async () => {
    await aging.policy('aged', { expiry: { maxAge: '60d' } });
    const { id } = (await aging.issue('aged')).key;
    const stores = aging.fleet.instances.map(({ store }) => store);
    for (const store of stores) store.before = refusing('commit');
    await aging.days(61);
    expect(await aging.events(id, 'key.past_policy')).toEqual([]);
    expect(await aging.notices(id)).toEqual([]);
    // Its answer is lost: it was written, and is not written twice.
    for (const store of stores) {
      store.before = undefined;
      store.after = refusing('commit');
    }
    await aging.days(1);
    for (const store of stores) store.after = undefined;
    await passDays(2);
    expect(await aging.events(id, 'key.past_policy')).toHaveLength(1);
    expect(await aging.notices(id)).toEqual(['past_policy ops']);
  });

  test('are told of nobody where a policy names no channel, and shown all the same', async () => {
    const schedule = { every: '30d', mode: 'after', deliver: 'notice' } as const;
    const quiet = { notify: { due: ['10d'], channels: [] }, expiry: { maxAge: '30d' } };
    await aging.policy('quiet', { schedule, ...quiet });
    const { id } = (await aging.issue('quiet')).key;
    await aging.days(25);
    expect(await aging.events(id, 'key.due_soon')).toEqual([]);
    await aging.days(6);
    expect(await aging.events(id, 'key.past_policy')).toHaveLength(1);
    expect(await aging.notices(id)).toEqual([]);
  });
});
