import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rotationText } from '../../src/cli/rotation-text.js';
import type { Rotation } from '../../src/rotation-views.js';
import { rotatedBy } from '../setup/claiming.js';
import { cutOff } from '../setup/cut-off.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';
import { HeldRotations } from '../setup/rotations.js';

const CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };
const JOB = { address: '198.51.100.9', userAgent: 'job/1' };
const LABEL = '203.0.113.0/24 · report';
const EMERGENCY = { compromised: true, reason: 'in a public repository' };

describe.each(dataKinds)('who used a secret just before its rotation, on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, options: { publicUrl: 'https://keys.example' } });
  });
  afterEach(() => fleet.close());

  /** Used in this very moment, and not written down yet. */
  async function used(index: number) {
    const made = await fleet.at(0).issue();
    await fleet.settle();
    expect(await fleet.at(index).verify(made, CLIENT)).toMatchObject({ valid: true });
    return made;
  }

  /** No instance is silent for so long that it is taken for dead. */
  async function passSeconds(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await fleet.passMs(1_000);
      await new HeldRotations(fleet).quiet();
    }
  }

  const seen = (id: string) => fleet.at(0).keyturn.rotations.get(id);
  const evidenceIn = ({ evidence }: Rotation, id: string) => evidence.find((one) => one.id === id);

  test('is waited for from the first answer on, where it asked this instance', async () => {
    const made = await used(0);
    const { rotation } = await rotate(fleet, made.key.id);
    expect(rotation.consumers).toMatchObject([{ label: LABEL, where: 'not_moved' }]);
    const now = await seen(rotation.id);
    expect(evidenceIn(now, 'E2')).toMatchObject({ state: 'unmet', figures: { baseline: 1 } });
    expect(now.strangers).toEqual([]);
  });

  test('is waited for where it came while the rotation was begun', async () => {
    await fleet.close();
    fleet = await startFleet({ create, roles: ['server'] }); // No time has to pass for another.
    const made = await used(0);
    const { isHeld, letGo } = holdNext(fleet.at(0).store, 'after', 'listConsumers');
    const rotating = new HeldRotations(fleet).rotate(made.key.id);
    await isHeld; // Who is written down is read; the rotation begins a moment later.
    await fleet.at(0).verify(made, JOB);
    fleet.clock.advanceMs(50);
    letGo();
    const { rotation } = await rotating;
    expect(rotation.consumers).toHaveLength(2);
  });

  test('is seen in a dry run, and of a claim', async () => {
    const made = await used(0);
    const { keys } = fleet.at(0).keyturn;
    expect(await keys.rotate(made.key.id, { dryRun: true })).toMatchObject({
      plan: { consumers: [{ label: LABEL }] },
    });
    await fleet.at(0).verify(made, JOB);
    const { rotation } = await rotatedBy(fleet.at(0).keyturn, made.key.id, { deliver: 'claim' });
    expect(rotation.consumers).toHaveLength(2);
  });

  test('is seen of a claim as soon as the instance that it asked has told', async () => {
    const made = await used(1);
    const { rotation } = await rotatedBy(fleet.at(0).keyturn, made.key.id, { deliver: 'claim' });
    await whileTimePasses(
      fleet,
      async () => (await seen(rotation.id)).consumers[0]?.label === LABEL,
    );
  });

  test('is a straggler after an emergency, and no intruder', async () => {
    const made = await used(0);
    const { rotation } = await rotate(fleet, made.key.id, EMERGENCY);
    await fleet.settle();
    expect(await fleet.at(0).verify(made, CLIENT)).toMatchObject({ code: 'revoked' });
    await fleet.passMs(1_500);
    fleet.clock.advanceMs(60_000);
    const late = async () => (await seen(rotation.id)).usedAfterEnd;
    await whileTimePasses(fleet, async () => (await late())?.consumers.length === 1);
    expect(await late()).toMatchObject({ stragglers: 1, intruders: 0 });
  });

  test('is not yet told by another instance: that is said, and nothing is taken for nobody', async () => {
    const made = await used(1);
    const there = fleet.at(1);
    there.store.before = (method) => {
      if (method === 'recordUsage') throw cutOff();
    };
    const { rotation } = await rotate(fleet, made.key.id);
    await passSeconds(7);
    const untold = { untold: [there.store.instanceId] };
    const unknown = await seen(rotation.id);
    expect(evidenceIn(unknown, 'E1')?.state).toBe('cannot_tell');
    expect(evidenceIn(unknown, 'E2')).toMatchObject({
      state: 'cannot_tell',
      sure: 'unknown',
      figures: { baseline: 0, ...untold },
    });
    expect(rotationText(unknown)).toContain(
      `whom it saw before the rotation began: ${there.store.instanceId}`,
    );
    // It goes on with the old one, and is no stranger.
    await there.verify(made, CLIENT);
    there.store.before = undefined;
    const moved = () => seen(rotation.id).then((one) => evidenceIn(one, 'E2'));
    await whileTimePasses(fleet, async () => String((await moved())?.figures['untold']) === '');
    expect(await moved()).toMatchObject({ state: 'unmet', figures: { baseline: 1 } });
    expect((await seen(rotation.id)).strangers).toEqual([]);
    // So it can be waived before the next look has written it down.
    const waiver = { consumer: LABEL, reason: 'is gone' };
    await fleet.at(0).keyturn.rotations.waive(rotation.id, waiver);
  });

  test('is in the list of rotations within the bound, not a minute later', async () => {
    const made = await used(1);
    const { store } = fleet.at(1);
    store.before = (method) => {
      if (method === 'recordUsage') throw cutOff();
    };
    await rotate(fleet, made.key.id);
    store.before = undefined;
    await passSeconds(8);
    const { items } = await fleet.at(0).keyturn.rotations.list({ key: made.key.id });
    expect(items).toMatchObject([{ consumers: [{ label: LABEL }], strangers: [] }]);
    expect(items.map((one) => evidenceIn(one, 'E2')?.state)).toEqual(['unmet']);
  });
});
