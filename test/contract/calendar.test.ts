import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const DAY_MS = 86_400_000;

describe.each(dataKinds)('the calendar of a policy on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    const options = { publicUrl: 'https://keys.example' };
    fleet = await startFleet({ create, roles: ['server'], options });
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  const SHORT = { overlap: { hard: '10d' }, claim: { close: '20d', remind: [] } } as const;

  async function newPolicy(name: string, more: object = {}) {
    const schedule = { every: '30d', mode: 'after', deliver: 'claim', ...more } as const;
    await keyturn().policies.create({ name, ...SHORT, schedule });
  }

  test('says day by day which keys are due', async () => {
    await newPolicy('monthly');
    const { key } = await fleet.at(0).issue({ policy: 'monthly', name: 'first' });
    const seen = await keyturn().policies.calendar('monthly', { to: '100d' });
    expect(seen).toMatchObject({ policy: 'monthly', keyspace: 'default', count: 3, isWhole: true });
    const born = Date.parse(key.createdAt);
    expect(seen.days.map(({ count, slots }) => [count, slots[0]?.startAt])).toEqual(
      [30, 60, 90].map((days) => [1, new Date(born + days * DAY_MS).toISOString()]),
    );
    expect(seen.days[0]?.slots[0]?.key).toEqual({ id: key.id, name: 'first' });
    const later = await keyturn().policies.calendar('monthly', { from: '50d', to: '70d' });
    expect(later.count).toBe(1);
  });

  test('names five keys of a day, and counts all', async () => {
    await newPolicy('crowded');
    for (let count = 0; count < 7; count += 1) await fleet.at(0).issue({ policy: 'crowded' });
    const { days } = await keyturn().policies.calendar('crowded', { to: '31d' });
    expect(days.map(({ count, slots }) => [count, slots.length])).toEqual([[7, 5]]);
  });

  test('shows its windows, and the days on which none begins', async () => {
    const on = new Date(fleet.clock.nowMs() + 20 * DAY_MS).toISOString().slice(0, 10);
    await newPolicy('hours', { window: '09:00-15:00', timezone: 'Europe/Zurich', blackout: [on] });
    const { windows, blackouts, timezone } = await keyturn().policies.calendar('hours', {
      from: '10d',
      to: '30d',
    });
    expect(timezone).toBe('Europe/Zurich');
    expect(windows?.length).toBeGreaterThanOrEqual(20);
    for (const { from, until } of windows ?? []) {
      expect(Date.parse(until) - Date.parse(from)).toBe(DAY_MS / 4);
    }
    expect(blackouts).toHaveLength(1);
    expect(Date.parse(blackouts[0]?.until ?? '')).toBeGreaterThan(Date.parse(on));
  });

  test('of a policy without a schedule is empty', async () => {
    await keyturn().policies.create({ name: 'by-hand' });
    const seen = await keyturn().policies.calendar('by-hand');
    expect(seen).toMatchObject({ days: [], count: 0, windows: null, blackouts: [] });
    expect(Date.parse(seen.to) - Date.parse(seen.from)).toBe(366 * DAY_MS);
  });

  test.each([
    ['to', { to: '400d' }, 'unprocessable'],
    ['to', { from: '9d', to: '8d' }, 'unprocessable'],
    ['to', { to: '2001-01-01' }, 'unprocessable'],
    ['from', { from: 'soon' }, 'invalid_request'],
  ] as const)('refuses %s in %o', async (field, query, code) => {
    await expect(keyturn().policies.calendar('monthly', query)).rejects.toMatchObject({
      code,
      errors: [{ pointer: `/${field}` }],
    });
  });

  test('is not there for a policy that is not, or is of another keyspace', async () => {
    await keyturn().keyspaces.create({ name: 'other', prefix: 'other' });
    const missing = { code: 'not_found' };
    await expect(keyturn().policies.calendar('nobody')).rejects.toMatchObject(missing);
    const elsewhere = keyturn().policies.calendar('monthly', { keyspace: 'other' });
    await expect(elsewhere).rejects.toMatchObject(missing);
  });
});
