import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyIdFrom } from '../../src/keys/id.js';
import type { PolicyInput } from '../../src/policy-views.js';
import type { Rotation } from '../../src/rotation-views.js';
import type { SlotRow } from '../../src/store/automation.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';
import { aForeignKey, aRow } from './import-rows.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PUBLIC_URL = 'https://keys.example';
const MONTHLY = { every: '30d', mode: 'after', spread: '0s', deliver: 'claim' } as const;

/** 31 days with the time to open a link. */
const SHORT = { overlap: { hard: '10d' }, claim: { close: '20d', remind: [] } } as const;

describe.each(dataKinds)('schedules on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeEach(async () => {
    const options = { publicUrl: PUBLIC_URL };
    fleet = await startFleet({ create, roles: ['server', 'server'], options });
    time = new HeldRotations(fleet);
  });
  afterEach(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  const nowMs = () => fleet.clock.nowMs();
  const policy = (schedule: PolicyInput['schedule'], rest: Partial<PolicyInput> = {}) =>
    keyturn().policies.create({ name: 'monthly', schedule, ...rest });
  const aKey = async () => (await fleet.at(0).issue({ policy: 'monthly' })).key;

  async function rotationsOf(id: string): Promise<readonly Rotation[]> {
    return (await keyturn().rotations.list({ key: id })).items;
  }

  async function eventsOf(subject: string, type: 'key.due' | 'rotation.not_started') {
    return (await keyturn().events.list({ subject, type })).items;
  }

  async function slotOf(key: string): Promise<SlotRow> {
    const id = keyIdFrom(key);
    const [slot] = await fleet.at(0).store.automation.slotsOf(id === undefined ? [] : [id]);
    if (slot === undefined) throw new Error('It is not planned.');
    return slot;
  }

  /** Days, each looked at once. */
  async function passDays(days: number): Promise<void> {
    for (let day = 0; day < days; day += 1) await time.pass(DAY_MS);
  }

  /** Its time passes before anything runs. */
  async function down(days: number): Promise<void> {
    await time.pass(0); // What was made is planned.
    await time.pass(days * DAY_MS);
    await time.pass(0);
  }

  /** What a person does with one that nobody opens. */
  const abort = (id: string) => keyturn().rotations.abort(id, { reason: 'not now' });

  test('begin a rotation when a key is due, by the scheduler, once for two instances', async () => {
    await policy(MONTHLY);
    const key = await aKey();
    await passDays(29);
    expect(await rotationsOf(key.id)).toEqual([]);
    await passDays(3);
    const [rotation, ...others] = await rotationsOf(key.id);
    expect(others).toEqual([]);
    const dueAt = new Date(Date.parse(key.createdAt) + 30 * DAY_MS).toISOString();
    expect(rotation).toMatchObject({
      deliver: 'claim',
      requestedBy: { kind: 'scheduler' },
      reason: `scheduled: every 30d, due ${dueAt}`,
    });
  });

  test('say of each key when its next rotation is planned, as long as it is in use', async () => {
    await policy({ every: '40d', mode: 'before', lead: '32d', deliver: 'claim' }, SHORT);
    const { id, createdAt } = await aKey();
    const { key: bare } = await fleet.at(0).issue();
    await time.pass(0);
    const startAt = new Date(Date.parse(createdAt) + 8 * DAY_MS).toISOString();
    const { keys } = keyturn();
    expect((await keys.get(id)).nextRotationAt).toBe(startAt);
    expect((await keys.get(bare.id)).nextRotationAt).toBeNull();
    const listed = (await keys.list()).items.map((key) => [key.id, key.nextRotationAt]);
    expect(listed).toContainEqual([id, startAt]);
    expect(listed).toContainEqual([bare.id, null]);
    await passDays(9);
    const [rotation] = await rotationsOf(id);
    expect(rotation?.createdAt.slice(0, 10)).toBe(startAt.slice(0, 10));
    const next = Date.parse((await keys.get(id)).nextRotationAt ?? '');
    expect(next).toBe(Date.parse(startAt) + 40 * DAY_MS);
    expect((await keys.disable(id)).key.nextRotationAt).toBeNull();
  });

  test('say of no key that a rotation comes once none does', async () => {
    await policy(MONTHLY);
    const { id } = await aKey();
    const { key: other } = await fleet.at(0).issue();
    await time.pass(0);
    const { keys, policies } = keyturn();
    const nextOf = async () => (await keys.get(id)).nextRotationAt;
    expect(await nextOf()).not.toBeNull();
    // What was planned stands until a server has looked again.
    expect((await keys.update(id, { policy: null })).nextRotationAt).toBeNull();
    expect(await nextOf()).toBeNull();
    await keys.update(id, { policy: 'monthly' });
    await time.pass(0);
    for (const schedule of [null, { ...MONTHLY, deliver: 'notice' } as const]) {
      await policies.update('monthly', { schedule: MONTHLY });
      await time.pass(0);
      expect(await nextOf()).not.toBeNull();
      await policies.update('monthly', { schedule });
      expect(await nextOf()).toBeNull();
      const listed = (await keys.list()).items.map((one) => one.nextRotationAt);
      expect(listed).toEqual([null, null]);
    }
    expect(other.nextRotationAt).toBeNull();
  });

  test('catch up once after a week in which no server ran', async () => {
    await policy(MONTHLY);
    const key = await aKey();
    await down(37);
    expect(await rotationsOf(key.id)).toHaveLength(1);
  });

  test('do not repeat a slot whose rotation was ended, and begin the next', async () => {
    await policy(MONTHLY);
    const key = await aKey();
    await down(31);
    const [first] = await rotationsOf(key.id);
    await abort(first?.id ?? '');
    await time.pass(0); // Of two instances that plan at once one is late, and plans at its next look.
    expect((await slotOf(key.id)).dueAt).toBe(Date.parse(key.createdAt) + 60 * DAY_MS);
    await passDays(20);
    expect(await rotationsOf(key.id)).toHaveLength(1);
    await passDays(12);
    expect(await rotationsOf(key.id)).toHaveLength(2);
  });

  test('begin nothing twice where a clock jumps ahead and back', async () => {
    await policy(MONTHLY);
    const key = await aKey();
    await down(31);
    const [first] = await rotationsOf(key.id);
    await abort(first?.id ?? '');
    fleet.clock.setByMs(-5 * DAY_MS);
    await passDays(6);
    expect(await rotationsOf(key.id)).toHaveLength(1);
  });

  test('wait for a rotation that is open, and say so', async () => {
    await policy(MONTHLY);
    const key = await aKey();
    await passDays(20);
    const open = await keyturn().keys.rotate(key.id, { deliver: 'claim' });
    await passDays(12);
    const [only, ...others] = await rotationsOf(key.id);
    expect(others).toEqual([]);
    await abort(only?.id ?? '');
    await time.pass(HOUR_MS);
    const [late] = await rotationsOf(key.id);
    const { id } = 'rotation' in open ? open.rotation : { id: '' };
    expect(late?.reason).toMatch(new RegExp(`^scheduled: .*, late: waited for ${id}$`));
  });

  test('rotate no key that is disabled, and one that is enabled again', async () => {
    await policy(MONTHLY);
    const key = await aKey();
    await keyturn().keys.disable(key.id);
    await down(40);
    expect(await rotationsOf(key.id)).toEqual([]);
    await keyturn().keys.enable(key.id);
    await passDays(31);
    expect(await rotationsOf(key.id)).toHaveLength(1);
  });

  test('wait for their window, also after a night without a server', async () => {
    await policy({ ...MONTHLY, window: '09:00-10:00', timezone: 'Europe/Zurich' });
    const key = await aKey();
    await time.pass(0);
    // In the hour in which it was to begin no server runs.
    await time.pass((await slotOf(key.id)).startAt - nowMs() + 2 * HOUR_MS);
    await time.pass(HOUR_MS);
    expect(await rotationsOf(key.id)).toEqual([]);
    for (let half = 0; half < 48; half += 1) await time.pass(HOUR_MS / 2);
    const [rotation] = await rotationsOf(key.id);
    const hours = new Intl.DateTimeFormat('en', {
      timeZone: 'Europe/Zurich',
      hour: 'numeric',
      hourCycle: 'h23',
    });
    expect(hours.format(Date.parse(rotation?.createdAt ?? ''))).toBe('09');
  });

  test('leave keys a runway where a policy is changed, and plan them anew', async () => {
    await policy(null);
    const key = await aKey();
    await passDays(40);
    await keyturn().policies.update('monthly', { schedule: MONTHLY });
    await passDays(29);
    expect(await rotationsOf(key.id)).toEqual([]);
    await passDays(3);
    expect(await rotationsOf(key.id)).toHaveLength(1);
  });

  test('rotate nothing any more once a policy has none', async () => {
    await policy(MONTHLY);
    const key = await aKey();
    await passDays(20);
    await keyturn().policies.update('monthly', { schedule: null });
    await down(40);
    expect(await rotationsOf(key.id)).toEqual([]);
  });

  test('that only tell record that a key is due, once for each slot', async () => {
    await policy({ ...MONTHLY, deliver: 'notice' });
    const key = await aKey();
    await passDays(45);
    expect(await eventsOf(key.id, 'key.due')).toHaveLength(1);
    expect((await slotOf(key.id)).dueAt).toBe(Date.parse(key.createdAt) + 60 * DAY_MS);
    await passDays(30);
    expect(await eventsOf(key.id, 'key.due')).toHaveLength(2);
    expect(await rotationsOf(key.id)).toEqual([]);
  });

  test('say once a day that a rotation cannot be begun, and why', async () => {
    await policy({ ...MONTHLY, deliver: 'destinations' });
    const key = await aKey();
    await down(30);
    for (let hour = 0; hour < 30; hour += 1) await time.pass(HOUR_MS);
    const events = await eventsOf(key.id, 'rotation.not_started');
    expect(events.length).toBeGreaterThanOrEqual(2);
    expect(events.length).toBeLessThanOrEqual(3);
    expect(events[0]?.reason).toContain('the key has no destination');
    expect(await rotationsOf(key.id)).toEqual([]);
  });

  test('do not say that a rotation comes soon of one that could not begin', async () => {
    await keyturn().channels.create({ name: 'ops', kind: 'mail', addresses: ['ops@acme.example'] });
    const notify = { due: ['1d'], channels: ['ops'] };
    await policy({ ...MONTHLY, deliver: 'destinations' }, { notify });
    const key = await aKey();
    // Nobody was there for the stage before it.
    await down(31);
    for (let hour = 0; hour < 30; hour += 1) await time.pass(HOUR_MS);
    const [event] = await eventsOf(key.id, 'rotation.not_started');
    expect(event?.reason).not.toContain('answered');
    expect(event?.reason).toContain('keyturn destination create');
    const kinds = (await keyturn().notices.list({ limit: 200 })).items.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['not_started']));
    const soon = await keyturn().events.list({ subject: key.id, type: 'key.due_soon' });
    expect(soon.items).toEqual([]);
  });

  test('say at each run of five minutes that a person is needed', async () => {
    await policy({ ...MONTHLY, deliver: 'destinations' });
    await aKey();
    await keyturn().rotateDue(); // It is planned.
    fleet.clock.advanceMs(31 * DAY_MS);
    for (let run = 0; run < 3; run += 1) {
      const report = await keyturn().rotateDue();
      expect(report).toMatchObject({ needsOperator: true, items: [{ what: 'not_started' }] });
      fleet.clock.advanceMs(5 * 60_000);
    }
  });

  test('deal keys out that were imported on one day', async () => {
    await policy(MONTHLY, { name: 'default' });
    const rows = Array.from({ length: 12 }, () => aRow(aForeignKey()));
    await keyturn().keys.import({ rows });
    await passDays(15);
    const some = (await keyturn().rotations.list({})).items.length;
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(12);
    await passDays(17);
    expect((await keyturn().rotations.list({})).items).toHaveLength(12);
  });
});
