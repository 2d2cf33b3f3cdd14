import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Aging, DAY_MS, refusing, startAging, UNUSED } from '../setup/expiring.js';

// What differs from one database to the next is in expiry.test.ts.
describe('keys that are old or unused', () => {
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

  test('stay where a person enables them in the grace, for another while', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(41);
    expect(await warnings(id)).toBe(1);
    await aging.days(8);
    const { key } = await aging.keyturn.keys.enable(id, { reason: 'it runs once a year' });
    expect(key).toMatchObject({ state: 'active', stateReason: 'it runs once a year' });
    await passDays(5);
    expect(await stateOf(id)).toBe('active');
    await aging.days(35);
    expect(await warnings(id)).toBe(2);
    await aging.days(10);
    await aging.until(async () => (await stateOf(id)) === 'disabled');
  });

  test('stay where somebody uses them in the grace, and are warned of anew', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const made = await aging.issue('swept');
    await aging.days(45);
    await aging.use(made);
    await passDays(12);
    expect(await stateOf(made.key.id)).toBe('active');
    expect(await warnings(made.key.id)).toBe(1);
    await aging.days(30);
    expect(await warnings(made.key.id)).toBe(2);
  });

  test('are warned of first, however long nobody looked', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(300);
    expect(await stateOf(id)).toBe('active');
    expect(await warnings(id)).toBe(1);
    await aging.days(9);
    expect(await stateOf(id)).toBe('active');
    await aging.days(1);
    expect(await stateOf(id)).toBe('disabled');
  });

  test('stay where somebody uses them in the very moment in which they would be disabled', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const made = await aging.issue('swept');
    await aging.days(41);
    await aging.days(9);
    let isUsed = false;
    for (const { store } of aging.fleet.instances) {
      // It is asked whether a rotation is open, and then when the key was used.
      store.before = async (method) => {
        if (method !== 'openRotationOf' || isUsed) return;
        isUsed = true;
        await aging.use(made);
        await aging.flush();
      };
    }
    await aging.days(2);
    expect(isUsed).toBe(true);
    expect(await stateOf(made.key.id)).toBe('active');
    expect(await aging.events(made.key.id, 'key.disabled')).toEqual([]);
  });

  test('are told of and left alone, if their policy disables none', async () => {
    await aging.policy('told', { expiry: { ...UNUSED, disable: 'never' } });
    const { id } = (await aging.issue('told')).key;
    await aging.days(41);
    await passDays(3);
    await aging.days(200);
    expect(await stateOf(id)).toBe('active');
    expect(await warnings(id)).toBe(1);
    const [event] = await aging.events(id, 'key.unused');
    expect(event?.reason).toBeNull();
  });

  test('stay where nobody would be warned, and have the whole grace once somebody is', async () => {
    const { owners, channels, policies } = aging.keyturn;
    const notify = { channels: ['owner-mail'] };
    await aging.policy('silent', { expiry: UNUSED, notify: { channels: [] } });
    await aging.policy('owners', { expiry: UNUSED, notify });
    await owners.create({ id: 'known', emails: ['dev@known.example'] });
    await owners.create({ id: 'mute', emails: [] });
    const silent = (await aging.issue('silent', { owner: 'known' })).key.id;
    const nobodys = (await aging.issue('owners')).key.id;
    const mute = (await aging.issue('owners', { owner: 'mute' })).key.id;
    const known = (await aging.issue('owners', { owner: 'known' })).key.id;
    await aging.days(41);
    await passDays(12);
    expect(await stateOf(known)).toBe('disabled');
    for (const id of [silent, nobodys, mute]) {
      expect(await stateOf(id)).toBe('active');
      expect(await warnings(id)).toBe(1);
    }
    expect(await aging.notices(silent)).toEqual([]);
    const reasonOf = async (id: string) => (await aging.events(id, 'key.unused'))[0]?.reason;
    expect(await reasonOf(silent)).toMatch(/not disabled, .* names nobody in notify.channels$/);
    expect(await reasonOf(nobodys)).toMatch(/not disabled, .* nobody owns it$/);
    expect(await reasonOf(mute)).toMatch(/not disabled, .* its owner has no mail address$/);

    await owners.update('mute', { emails: ['dev@mute.example'] });
    await channels.create({ name: 'late', kind: 'mail', addresses: ['late@acme.example'] });
    await policies.update('silent', { notify: { channels: ['late'] } });
    await passDays(2);
    for (const id of [silent, mute]) expect(await warnings(id)).toBe(2);
    // Also who could not be reached the first time is told.
    expect(await aging.notices(silent)).toEqual(['unused late']);
    expect(await aging.notices(mute)).toEqual(['unused owner-mail', 'unused owner-mail']);
    await aging.days(7);
    for (const id of [silent, mute]) expect(await stateOf(id)).toBe('active');
    await passDays(3);
    for (const id of [silent, mute]) expect(await stateOf(id)).toBe('disabled');
    expect(await stateOf(nobodys)).toBe('active');
  });

  test('are warned of anew where the terms become others', async () => {
    await aging.policy('told', { expiry: { ...UNUSED, disable: 'never' } });
    const { id } = (await aging.issue('told')).key;
    await aging.days(100);
    expect(await warnings(id)).toBe(1);
    await aging.keyturn.policies.update('told', { expiry: { disable: 'unused' } });
    const changedMs = aging.fleet.clock.nowMs();
    while ((await warnings(id)) < 2) await aging.days(1);
    const warnedMs = aging.fleet.clock.nowMs();
    expect(warnedMs - changedMs).toBeLessThan(32 * DAY_MS);
    while ((await stateOf(id)) === 'active') await aging.days(1);
    const disabledMs = aging.fleet.clock.nowMs();
    expect(disabledMs - warnedMs).toBeGreaterThanOrEqual(9 * DAY_MS);
    expect(disabledMs - changedMs).toBeGreaterThanOrEqual(29 * DAY_MS);
    expect(disabledMs - changedMs).toBeLessThan(43 * DAY_MS);
  });

  test('are taken back where a use comes to light that was before', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const made = await aging.issue('swept');
    await aging.days(41);
    await aging.days(9);
    // An instance saw it, and could not say so: it was taken for dead.
    const { store } = aging.fleet.at(1);
    store.before = refusing('recordUsage', 'heartbeat', 'commit', 'automation');
    await aging.use(made);
    await passDays(2);
    expect(await stateOf(made.key.id)).toBe('disabled');
    store.before = undefined;
    await passDays(2);
    const back = await aging.get(made.key.id);
    expect(back.state).toBe('active');
    expect(back.stateReason).toMatch(/^it was in use/);
    await passDays(3);
    expect(await stateOf(made.key.id)).toBe('active');
  });

  test('stay disabled where a person disabled them, whatever comes to light', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const made = await aging.issue('swept');
    await aging.use(made);
    const reason = 'unused since 2020-01-01T00:00:00Z by policy "swept", says who audits';
    await aging.keyturn.keys.disable(made.key.id, { reason });
    await passDays(2);
    expect(await stateOf(made.key.id)).toBe('disabled');
  });

  test('are not disabled while a rotation of theirs is open', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(41);
    const begun = await aging.keyturn.keys.rotate(id, { deliver: 'claim' });
    await passDays(12);
    expect(await stateOf(id)).toBe('active');
    if (!('rotation' in begun)) throw new Error('No rotation was begun.');
    await aging.keyturn.rotations.abort(begun.rotation.id, { reason: 'not now' });
    await aging.days(1);
    expect(await stateOf(id)).toBe('disabled');
  });

  test('are not unused before they may be used', async () => {
    await aging.policy('swept', { expiry: UNUSED });
    const notBefore = new Date(aging.fleet.clock.nowMs() + 100 * DAY_MS).toISOString();
    const { id } = (await aging.issue('swept', { notBefore })).key;
    await aging.days(120);
    expect(await warnings(id)).toBe(0);
    await aging.days(21);
    expect(await warnings(id)).toBe(1);
  });
});
