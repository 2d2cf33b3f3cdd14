import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Aging, DAY_MS, refusing, startAging, UNUSED } from '../setup/expiring.js';

describe.each(dataKinds)('keys that nobody uses on $name', ({ create }) => {
  let aging: Aging;
  beforeEach(async () => {
    aging = await startAging({ create });
  });
  afterEach(() => aging.fleet.close());

  test('are warned of once, disabled after the grace, and enabled by a person stay', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    await aging.keyturn.owners.create({ id: 'acme', emails: ['dev@acme.example'] });
    const made = await aging.issue('swept', { owner: 'acme' });
    await aging.days(39);
    expect(await aging.events(made.key.id, 'key.unused')).toEqual([]);
    await aging.days(2);
    await aging.until(async () => (await aging.events(made.key.id, 'key.unused')).length > 0);
    await aging.days(1);
    const [warning, ...more] = await aging.events(made.key.id, 'key.unused');
    expect(more).toEqual([]);
    expect(warning?.reason).toMatch(/^it is disabled at \S+, unless it is used or enabled$/);
    expect(await aging.notices(made.key.id)).toEqual(['unused ops', 'unused owner-mail']);
    expect((await aging.get(made.key.id)).state).toBe('active');

    await aging.days(10);
    await aging.until(async () => (await aging.get(made.key.id)).state === 'disabled');
    const disabled = await aging.get(made.key.id);
    expect(disabled).toMatchObject({ state: 'disabled' });
    expect(disabled.stateReason).toMatch(
      /^unused since \S+ by policy "swept"; enable it to take that back$/,
    );
    const [event, ...others] = await aging.events(made.key.id, 'key.disabled');
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      actor: { kind: 'scheduler' },
      reason: disabled.stateReason,
    });
    expect(await aging.notices(made.key.id)).toHaveLength(4);

    await aging.keyturn.keys.enable(made.key.id);
    await aging.days(1);
    expect((await aging.get(made.key.id)).state).toBe('active');
    expect(await aging.events(made.key.id, 'key.unused')).toHaveLength(1);
  });

  test('are known to be unused only once every instance has told what it saw', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const made = await aging.issue('swept');
    const [one, other] = [aging.fleet.at(0).store, aging.fleet.at(1).store];
    // A database's own clock stands still here, and takes who lives for long dead.
    for (const store of [one, other]) store.before = refusing('sweep');
    await aging.days(41);
    await aging.days(9);
    other.before = refusing('sweep', 'recordUsage');
    await aging.use(made);
    await aging.days(3);
    expect((await aging.get(made.key.id)).state).toBe('active');
    other.before = refusing('sweep');
    await aging.days(1);
    await aging.days(1);
    expect((await aging.get(made.key.id)).state).toBe('active');
    expect(await aging.events(made.key.id, 'key.disabled')).toEqual([]);
  });
});

describe.each(dataKinds)('keys whose secret is too old on $name', ({ create }) => {
  let aging: Aging;
  beforeEach(async () => {
    aging = await startAging({ create });
  });
  afterEach(() => aging.fleet.close());

  test('are past their policy, which is told once of a secret, and go on working', async () => {
    await aging.policy('aged', { expiry: { maxAge: '60d' } });
    const made = await aging.issue('aged');
    const { id } = made.key;
    await aging.days(59);
    expect((await aging.get(id)).pastPolicySince).toBeNull();
    await aging.days(2);
    await aging.until(async () => (await aging.events(id, 'key.past_policy')).length > 0);
    await aging.days(1);
    const since = new Date(Date.parse(made.key.createdAt) + 60 * DAY_MS).toISOString();
    expect((await aging.get(id)).pastPolicySince).toBe(since);
    await aging.issue('aged');
    await aging.fleet.at(0).issue();
    const { items } = await aging.keyturn.keys.list({ pastPolicy: true });
    expect(items.map((key) => [key.id, key.pastPolicySince])).toEqual([[id, since]]);
    const [event, ...more] = await aging.events(id, 'key.past_policy');
    expect(more).toEqual([]);
    expect(event?.changes).toContainEqual({ field: 'sinceAt', from: null, to: since });
    expect(await aging.notices(id)).toEqual(['past_policy ops']);
    await aging.use(made);
  });

  test('and that a schedule is to rotate soon are told of at each stage once', async () => {
    const schedule = { every: '60d', mode: 'after', deliver: 'notice' } as const;
    const notify = { due: ['30d', '7d', '1d'], channels: ['ops'] };
    await aging.policy('timed', { schedule, notify });
    const { id } = (await aging.issue('timed')).key;
    const stages = async () =>
      (await aging.events(id, 'key.due_soon')).map(
        ({ changes }) => changes.find(({ field }) => field === 'stage')?.to,
      );
    await aging.days(29);
    expect(await stages()).toEqual([]);
    await aging.days(2);
    await aging.days(1);
    expect(await stages()).toEqual(['30d']);
    expect(await aging.notices(id)).toEqual(['due ops']);
    // Nobody was there for the next stage: the nearest is told.
    await aging.days(27.5);
    await aging.until(async () => (await stages()).length > 1);
    expect(await stages()).toEqual(['1d', '30d']);
    await aging.days(1);
    await aging.until(async () => (await aging.notices(id)).length > 2);
    expect(await aging.notices(id)).toEqual(['due ops', 'due ops', 'due ops']);
    await aging.days(1);
    // Nothing more; the first was sent a month ago, and is forgotten.
    expect(await aging.notices(id)).toEqual(['due ops', 'due ops']);
  });
});
