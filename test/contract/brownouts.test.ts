import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PolicyPatch } from '../../src/policy-views.js';
import type { Rotation } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };

describe.each(dataKinds)('brown-outs on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    time = new HeldRotations(fleet);
  });
  afterEach(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  const verify = (made: { readonly plaintext: string }, from: object) =>
    fleet.at(0).verify(made, from);

  /** A key of this policy whose client has the new secret, and uses it. */
  async function moved(policy: PolicyPatch, from: object) {
    await keyturn().policies.create({ name: 'tried', ...policy });
    const made = await fleet.at(0).issue({ policy: 'tried' });
    await verify(made, from);
    await time.pass(MINUTE_MS);
    const rotated = await time.rotate(made.key.id);
    await verify(rotated, from);
    const now = () => keyturn().rotations.get(rotated.rotation.id);
    return { made, rotated, now };
  }

  test('stand in for who cannot be told apart once one is over, and not as it begins', async () => {
    const brownouts = { after: '2d', for: '5m', share: [100] };
    const { made, now } = await moved({ brownouts }, { userAgent: 'curl/8.5' }); // Of no address.
    await time.pass(2 * DAY_MS - HOUR_MS);
    expect(await now()).toMatchObject({ step: 'observe', brownouts: [] });
    await time.pass(HOUR_MS);
    expect(await now()).toMatchObject({ step: 'observe', brownouts: [{ state: 'under_way' }] });
    expect(await verify(made, {})).toMatchObject({ code: 'browned_out' });
    await time.pass(10 * MINUTE_MS);
    // Whoever felt it may be one of those who are waited for, under another name.
    await time.pass(3 * DAY_MS);
    expect(await now()).toMatchObject({ step: 'observe', brownouts: [{ state: 'over' }] });
    expect(await verify(made, {})).toMatchObject({ valid: true });
  });

  test('stand in where nobody has felt one', async () => {
    const brownouts = { after: '2d', for: '5m', share: [100] };
    const { now } = await moved({ brownouts }, { userAgent: 'curl/8.5' });
    await time.pass(2 * DAY_MS);
    expect(await now()).toMatchObject({ step: 'observe', brownouts: [{ state: 'under_way' }] });
    await time.pass(10 * MINUTE_MS);
    expect(await now()).toMatchObject({ step: 'disable', end: 'evidence' });
  });

  test('that a finish has cut off are over, and stand in for nobody after its undo', async () => {
    const brownouts = { after: '2d', for: '5m', share: [100] };
    const { made, rotated, now } = await moved({ brownouts }, { userAgent: 'curl/8.5' });
    await time.pass(2 * DAY_MS);
    expect(await now()).toMatchObject({ brownouts: [{ state: 'under_way' }] });
    await time.pass(5_000);
    await keyturn().rotations.finish(rotated.rotation.id);
    await keyturn().rotations.undo(rotated.rotation.id);
    const { actions, ...undone } = await now();
    expect(undone.brownouts).toMatchObject([{ state: 'stopped' }]);
    expect(actions.map(({ name }) => name)).not.toContain('undo');
    expect(await verify(made, {})).toMatchObject({ valid: true });
    await time.pass(3 * DAY_MS);
    expect(await now()).toMatchObject({ step: 'observe', end: null });
  });

  test('begin in no emergency, which waits for nobody', async () => {
    const brownouts = { after: '0s', for: '5m', share: [100] };
    await keyturn().policies.create({ name: 'tried', brownouts });
    const made = await fleet.at(0).issue({ policy: 'tried' });
    await verify(made, CLIENT);
    await time.pass(MINUTE_MS);
    const leaked = { compromised: true, reason: 'leaked', overlap: '1h' } as const;
    const rotated = await time.rotate(made.key.id, leaked);
    await verify(rotated, CLIENT);
    await time.pass(30 * MINUTE_MS);
    const { actions, ...now } = await keyturn().rotations.get(rotated.rotation.id);
    expect(now).toMatchObject({ step: 'observe', brownouts: [] });
    expect(actions.map(({ name }) => name)).toEqual(['extend', 'finish', 'rollback']);
  });

  test.each(['0s', '90s'])('begin when they are due, after %s', async (after) => {
    const { now } = await moved({ brownouts: { after, for: '5m', share: [100] } }, CLIENT);
    const dueMs = after === '0s' ? 0 : 90_000;
    for (let second = -1; second <= dueMs / 1_000 + 2; second += 1) {
      fleet.clock.advanceMs(1_000);
      fleet.at(0).runDue();
      await time.quiet();
    }
    const { brownouts, deliveredAt } = await now();
    expect(brownouts).toMatchObject([{ state: 'under_way' }]);
    const lateMs = Date.parse(brownouts[0]?.from ?? '') - Date.parse(deliveredAt ?? '') - dueMs;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThanOrEqual(3_000);
  });

  test('are over in the answer by which a person stops or skips one', async () => {
    const { rotations } = keyturn();
    const brownouts = { after: '0s', for: '5m', share: [100, 50] };
    const { rotated, now } = await moved({ brownouts }, CLIENT);
    await time.pass(1_000);
    expect(await now()).toMatchObject({ brownouts: [{ state: 'under_way' }] });
    await time.pass(1_000); // One that is stopped as it begins counts as skipped.
    const { rotation: undone } = await rotations.undo(rotated.rotation.id);
    expect(undone.brownouts).toMatchObject([{ state: 'stopped' }]);
    const { rotation: skipped } = await rotations.skip(rotated.rotation.id);
    expect(skipped.brownouts).toMatchObject([{ state: 'stopped' }, { state: 'skipped' }]);
    for (const { actions } of [undone, skipped]) {
      expect(actions.map(({ name }) => name)).not.toContain('undo');
    }
  });

  test('are three a day of a key at most, whatever rotations it has', async () => {
    const brownouts = { after: '0s', for: '1m', share: [100] };
    const { rotated, now } = await moved({ brownouts }, CLIENT);
    let current = rotated.plaintext;
    const begun = async () => {
      const { items } = await keyturn().rotations.list({ key: rotated.key.id });
      return items.flatMap((one) => one.brownouts).length;
    };
    for (let round = 1; round <= 5; round += 1) {
      await verify({ plaintext: current }, CLIENT);
      await time.pass(2 * MINUTE_MS);
      expect(await begun()).toBe(Math.min(round, 3));
      const [open] = (await keyturn().rotations.list({ key: rotated.key.id, open: true })).items;
      await time.pass(1_000); // One that is cut off as it begins is none.
      for (const _word of ['refused', 'for good']) {
        await keyturn().rotations.finish(open?.id ?? '');
        await time.pass(1);
      }
      await verify({ plaintext: current }, CLIENT);
      await time.pass(MINUTE_MS);
      current = (await time.rotate(rotated.key.id)).plaintext;
    }
    expect(await now()).toMatchObject({ state: 'completed' });
  });

  test('of what is rolled back begin anew: as long after that, and announced once more', async () => {
    const ops = { kind: 'mail', addresses: ['ops@host.example'] } as const;
    await keyturn().channels.create({ name: 'ops', ...ops });
    const policy = { brownouts: { after: '3d', for: '5m', share: [100] }, overlap: { soft: '2d' } };
    const { made, rotated, now } = await moved(
      { ...policy, notify: { channels: ['ops'] } },
      CLIENT,
    );
    const untilSo = async (isSo: (rotation: Rotation) => boolean) => {
      for (let look = 0; look < 50 && !isSo(await now()); look += 1) {
        await verify(made, CLIENT);
        await time.pass(4 * HOUR_MS);
        await verify(rotated, CLIENT);
      }
      return now();
    };
    const isTried = ({ brownouts }: Rotation) => brownouts.length > 0;
    await untilSo(isTried);
    await time.pass(HOUR_MS);
    await keyturn().rotations.rollback(rotated.rotation.id);
    const backAt = fleet.clock.nowMs();
    const turned = await now();
    expect(turned).toMatchObject({ oldSecret: 2, brownouts: [] });
    expect(turned.deliveredAt).toBe(new Date(backAt).toISOString());
    await verify(made, CLIENT);
    const again = await untilSo(isTried);
    expect(Date.parse(again.brownouts[0]?.from ?? '')).toBeGreaterThanOrEqual(backAt + 3 * DAY_MS);
    const told = await keyturn().notices.list();
    const kinds = told.items.map(({ kind }) => kind);
    for (const kind of ['brownout_announced', 'stragglers']) {
      expect(
        kinds.filter((one) => one === kind),
        kind,
      ).toHaveLength(2);
    }
  });

  test('of a secret that was taken back count as well', async () => {
    const brownouts = { after: '0s', for: '5m', share: [100] };
    const { made, rotated, now } = await moved({ brownouts }, CLIENT);
    let refusals = 0;
    for (let round = 1; round <= 5; round += 1) {
      const [old, next] = round % 2 === 1 ? [made, rotated] : [rotated, made];
      await verify(next, CLIENT);
      await time.pass(MINUTE_MS);
      const verdict = await verify(old, CLIENT);
      if (!verdict.valid && verdict.code === 'browned_out') refusals += 1;
      await time.pass(10 * MINUTE_MS);
      await verify(next, CLIENT);
      await time.pass(MINUTE_MS);
      await keyturn().rotations.rollback(rotated.rotation.id);
      await time.pass(1);
    }
    expect(refusals).toBe(3);
    expect(await now()).toMatchObject({ step: 'observe' });
  });
});
