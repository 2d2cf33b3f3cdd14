import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyIdFrom } from '../../src/keys/id.js';
import type { Rotation } from '../../src/rotation-views.js';
import { whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const DAY_MS = 86_400_000;
const MONTHLY = { every: '30d', mode: 'after', spread: '0s', deliver: 'claim' } as const;

describe.each(dataKinds)('schedules after a clock that was ahead on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeEach(async () => {
    const options = { publicUrl: 'https://keys.example' };
    fleet = await startFleet({ create, roles: ['server', 'server'], options });
    time = new HeldRotations(fleet);
  });
  afterEach(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;

  async function rotationsOf(id: string): Promise<readonly Rotation[]> {
    return (await keyturn().rotations.list({ key: id })).items;
  }

  async function dueAtOf(key: string): Promise<number | undefined> {
    const id = keyIdFrom(key);
    const rows = await fleet.at(0).store.automation.slotsOf(id === undefined ? [] : [id]);
    return rows[0]?.dueAt;
  }

  test('go on in time after a run whose clock was a year ahead', async () => {
    await keyturn().policies.create({ name: 'monthly', schedule: MONTHLY });
    const { key } = await fleet.at(0).issue({ policy: 'monthly' });
    const bornMs = Date.parse(key.createdAt);
    await time.pass(0);
    fleet.clock.setByMs(365 * DAY_MS);
    await time.pass(0);
    const [ahead] = await rotationsOf(key.id);
    expect(Date.parse(ahead?.createdAt ?? '')).toBeGreaterThan(bornMs + 364 * DAY_MS);
    fleet.clock.setByMs(-365 * DAY_MS);
    await time.pass(0);
    await time.pass(10_000); // All is planned anew by the next look.
    const report = await keyturn().rotateDue();
    expect(report.needsOperator).toBe(true);
    expect(report.items).toContainEqual(
      expect.objectContaining({ what: 'needs_operator', rotation: ahead?.id }),
    );
    expect(await dueAtOf(key.id)).toBe(bornMs + 30 * DAY_MS);
    const looked = await fleet.at(0).store.listRotations({ within: 'all', after: null, limit: 1 });
    expect(looked[0]?.nextAt ?? Infinity).toBeLessThanOrEqual(fleet.clock.nowMs() + DAY_MS);
    const { secrets } = await keyturn().keys.get(key.id);
    expect(secrets.map(({ state }) => state)).toEqual(['current']);
    await keyturn().rotations.abort(ahead?.id ?? '', { reason: 'begun in the future' });
    for (let day = 0; day < 31; day += 1) await time.pass(DAY_MS);
    const [next, ...others] = await rotationsOf(key.id).then((all) =>
      all.filter(({ id }) => id !== ahead?.id),
    );
    expect(others).toEqual([]);
    expect(next?.reason).toContain(new Date(bornMs + 30 * DAY_MS).toISOString());
  });

  test('end no secret by a baseline that was frozen in the future', async () => {
    const evidence = { require: ['E5'], baseline: '7d' } as const;
    const approval = { approvers: 1 };
    await keyturn().policies.create({ name: 'light', evidence, approval });
    const made = await fleet.at(0).issue({ policy: 'light' });
    await time.pass(0);
    await fleet.at(0).verify(made, OLD_PROGRAM);
    await time.pass(0);
    fleet.clock.setByMs(365 * DAY_MS);
    const asked = await whileSettling(fleet, keyturn().keys.rotate(made.key.id));
    if (!('rotation' in asked)) throw new Error('It has not begun.');
    fleet.clock.setByMs(-365 * DAY_MS);
    await time.pass(0);
    const other = keyturn().as({ actor: { kind: 'admin', id: 'bo' } });
    await other.rotations.approve(asked.rotation.id);
    const answer = await whileSettling(fleet, keyturn().rotations.retry(asked.rotation.id));
    if (!('plaintext' in answer)) throw new Error('There is no plaintext.');
    const { plaintext } = answer;
    for (let day = 0; day < 10; day += 1) {
      await fleet.at(0).verify({ plaintext }, NEW_PROGRAM);
      await time.pass(DAY_MS);
    }
    expect(await keyturn().rotations.get(asked.rotation.id)).toMatchObject({
      step: 'observe',
      end: null,
    });
    expect(await fleet.at(0).verify(made, OLD_PROGRAM)).toMatchObject({ valid: true });
  });

  test('tell in time again, where they rotate nothing', async () => {
    await keyturn().policies.create({
      name: 'monthly',
      schedule: { ...MONTHLY, deliver: 'notice' },
    });
    const { key } = await fleet.at(0).issue({ policy: 'monthly' });
    const bornMs = Date.parse(key.createdAt);
    const told = async () => {
      const { items } = await keyturn().events.list({ type: 'key.due' });
      return items.map(({ changes }) => Date.parse(String(changes.find(isDueAt)?.to))).toSorted();
    };
    await time.pass(0);
    fleet.clock.setByMs(365 * DAY_MS);
    await time.pass(0);
    expect(await told()).toEqual([bornMs + 360 * DAY_MS]);
    fleet.clock.setByMs(-365 * DAY_MS);
    await time.pass(0);
    await time.pass(10_000);
    expect(await dueAtOf(key.id)).toBe(bornMs + 30 * DAY_MS);
    for (let day = 0; day < 61; day += 1) await time.pass(DAY_MS);
    const [first, second, ...rest] = await told();
    expect([first, second]).toEqual([bornMs + 30 * DAY_MS, bornMs + 60 * DAY_MS]);
    expect(rest).toEqual([bornMs + 360 * DAY_MS]);
  });
});

const OLD_PROGRAM = { address: '203.0.113.7', userAgent: 'report/1' };
const NEW_PROGRAM = { address: '198.51.100.7', userAgent: 'report/2' };
const isDueAt = ({ field }: { readonly field: string }) => field === 'dueAt';
