import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import type { Rotation } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate } from '../setup/rotating.js';
import { HeldRotations } from '../setup/rotations.js';

const SECOND_MS = 1_000;
const MOST_SECONDS = 40; // By then all is told that will be.
const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };
const EMERGENCY = { compromised: true, reason: 'in a public repository', overlap: '30m' };
const LEAKED = /Secret 1 was reported as leaked, and goes on being accepted: a reason is needed\.$/;

describe.each(dataKinds)('a rollback on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  beforeEach(() => {
    for (const { store } of fleet.instances) store.before = undefined;
  });
  afterAll(() => fleet.close());

  const rotations = () => fleet.at(0).keyturn.rotations;
  const stateOf = async (made: { readonly plaintext: string }) => {
    const verdict = await fleet.at(0).verify(made, CLIENT);
    return verdict.valid ? verdict.secret.state : verdict.code;
  };
  const actionOf = ({ actions }: Rotation, verb: string) =>
    actions.find(({ name }) => name === verb)?.does;

  /** A key that one client uses, and its rotation. */
  async function begun(input: object = {}) {
    const made = await fleet.at(0).issue();
    await fleet.settle();
    await fleet.at(0).verify(made, CLIENT);
    await fleet.passMs(2 * SECOND_MS);
    const rotated = await rotate(fleet, made.key.id, input);
    return { made, rotated, id: rotated.rotation.id };
  }

  /** Time passes until the rotation is so, or until all is told that will be. */
  async function passUntil(id: string, isSo: (rotation: Rotation) => boolean): Promise<Rotation> {
    let now = await rotations().get(id);
    for (let second = 0; second < MOST_SECONDS && !isSo(now); second += 1) {
      await fleet.passMs(SECOND_MS);
      await new HeldRotations(fleet).quiet();
      now = await rotations().get(id);
    }
    return now;
  }

  /** The second instance writes out nothing until it is told to. */
  function holdFlush(): () => void {
    const { store } = fleet.at(1);
    store.before = (method) => {
      if (method === 'recordUsage') throw new StoreUnavailableError('It is held back.');
    };
    return () => {
      store.before = undefined;
    };
  }

  test('cuts nobody off who has moved, and was seen by an instance that has not said so', async () => {
    const { made, rotated, id } = await begun();
    const release = holdFlush();
    const moved = { address: '198.51.100.9', userAgent: 'job/1' };
    expect(await fleet.at(1).verify(rotated, moved)).toMatchObject({ valid: true });
    const { rotation } = await rotations().rollback(id);
    expect(rotation).toMatchObject({ step: 'observe', oldSecret: 2, newSecret: 1 });
    await fleet.settle();
    expect(await stateOf(made)).toBe('current');
    expect(await fleet.at(1).verify(rotated, moved)).toMatchObject({ valid: true });
    // However long it says nothing, it is waited for.
    expect(await passUntil(id, ({ closedAt }) => closedAt !== null)).toMatchObject({
      closedAt: null,
    });
    release();
    const told = await passUntil(id, ({ consumers }) => consumers.length > 0);
    expect(told).toMatchObject({ closedAt: null, consumers: [{ label: '198.51.100.0/24 · job' }] });
    expect(await fleet.at(1).verify(rotated, moved)).toMatchObject({ valid: true });
  });

  test('waits for those, too, of whom somebody said that they need not move', async () => {
    const { rotated, id } = await begun();
    await rotations().waive(id, { consumer: '203.0.113.*', reason: 'it is switched off' });
    await fleet.at(0).verify(rotated, CLIENT);
    await fleet.passMs(2 * SECOND_MS);
    const { rotation } = await rotations().rollback(id);
    expect(rotation).toMatchObject({ step: 'observe', oldSecret: 2, waivers: [] });
    expect((await rotations().get(id)).consumers).toMatchObject([{ where: 'not_moved' }]);
  });

  test('ends the new secret once every instance has told that nobody used it', async () => {
    const { made, rotated, id } = await begun();
    const release = holdFlush();
    await fleet.at(1).verify(made, CLIENT); // There is something to write.
    await fleet.passMs(2 * SECOND_MS);
    const { rotation } = await rotations().rollback(id);
    expect(rotation).toMatchObject({ step: 'observe', closedAt: null });
    await fleet.passMs(5 * SECOND_MS);
    expect(await rotations().get(id)).toMatchObject({ closedAt: null });
    release();
    const closed = await passUntil(id, ({ closedAt }) => closedAt !== null);
    expect(closed).toMatchObject({ state: 'rolled_back' });
    await fleet.settle();
    expect(await stateOf(made)).toBe('current');
    expect(await stateOf(rotated)).toBe('revoked');
  });

  test('of an emergency says first that the leaked secret is accepted on, and asks why', async () => {
    const { made, rotated, id } = await begun(EMERGENCY);
    await fleet.at(0).verify(rotated, CLIENT);
    const before = await rotations().get(id);
    expect(actionOf(before, 'rollback')).toMatch(LEAKED);
    for (const said of [{}, undefined]) {
      await expect(rotations().rollback(id, said)).rejects.toMatchObject({
        code: 'unprocessable',
        errors: [
          { pointer: '/reason', fix: expect.stringContaining('secret 1, which was reported') },
        ],
      });
    }
    expect(await rotations().get(id)).toMatchObject({ version: before.version });
    const reason = 'it was a false alarm';
    const { rotation } = await rotations().rollback(id, { reason });
    expect(rotation).toMatchObject({ oldSecret: 2, newSecret: 1, deadline: null });
    expect(await stateOf(made)).toBe('current');
    const told = await fleet.at(0).keyturn.events.list({ subject: id, limit: 1 });
    expect(told.items).toMatchObject([{ type: 'rotation.changed', reason }]);
  });

  test('of an emergency that was finished is asked why, too, where that is undone', async () => {
    const { made, id } = await begun(EMERGENCY);
    await rotations().finish(id, { reason: 'all have moved' });
    expect(actionOf(await rotations().get(id), 'undo')).toMatch(LEAKED);
    await expect(rotations().undo(id)).rejects.toMatchObject({ errors: [{ pointer: '/reason' }] });
    expect(await stateOf(made)).toBe('disabled');
    await rotations().undo(id, { reason: 'one has not' });
    expect(await stateOf(made)).toBe('retiring');
  });

  test('of any other rotation needs no reason, and keeps one that is given', async () => {
    const { rotated, id } = await begun();
    await fleet.at(0).verify(rotated, CLIENT);
    const action = actionOf(await rotations().get(id), 'rollback');
    expect(action).toMatch(/by its own evidence\.$/);
    await rotations().rollback(id);
    const again = await begun();
    await rotations().rollback(again.id, { reason: 'the wrong key' });
    const told = await fleet.at(0).keyturn.events.list({ subject: again.id });
    expect(told.items.map(({ reason }) => reason)).toContain('the wrong key');
  });
});
