import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Plaintext } from '../../src/keys/plaintext.js';
import { openSealed } from '../../src/rotation/sealed.js';
import type { SelfRotation } from '../../src/self-views.js';
import { durableKinds } from '../setup/data.js';
import { dumpOf } from '../setup/dump.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';
import { expectNothingOf } from './canaries.js';

const MINUTE_MS = 60_000;
const SEALED = /"sealed\\?":\\?"([\w-]+)/;

describe.each(durableKinds)('the answer of a self-rotation on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create });
  });
  afterEach(() => fleet.close());

  test('security 33: security 41: is given again by another instance, opened by no dump, and erased', async () => {
    const { keyturn } = fleet.at(0);
    await keyturn.policies.create({ name: 'own', selfRotation: true });
    const { key, plaintext } = await fleet.at(0).issue({ policy: 'own' });
    await fleet.settle();
    const ask = (index: number) =>
      settledWhileTimePasses(
        fleet,
        fleet.at(index).keyturn.rotateSelf({ plaintext, idempotencyKey: 'once' }),
      );
    const { rotation } = await ask(0);
    await keyturn.rotations.approve(rotation.id);
    const { plaintext: next = '' } = await ask(0);
    expect(next).toMatch(/^key_live_/);
    await fleet.settle();
    expect(await ask(1)).toMatchObject({ plaintext: next, replayed: true });

    const { texts, whole } = await dumpOf(fleet.data);
    expectNothingOf([plaintext, next], whole);
    const sealed = SEALED.exec(texts.join('\n'))?.[1] ?? '';
    const open = (old: string) =>
      openSealed({ rotationId: rotation.id, old: new Plaintext(old) }, sealed);
    expect(open(plaintext)).toBe(next);
    expect(openSealed({ rotationId: 'rot_x', old: new Plaintext(plaintext) }, sealed)).toBe(
      undefined,
    );
    for (const text of texts) expect(open(text)).toBe(undefined);

    fleet.clock.advanceMs(10 * MINUTE_MS);
    const isKept = async () => SEALED.test((await dumpOf(fleet.data)).texts.join('\n'));
    await whileTimePasses(fleet, async () => !(await isKept()));
    await expect(ask(0)).rejects.toMatchObject({ code: 'state_conflict' });
    const { secrets } = await keyturn.keys.get(key.id);
    expect(secrets.map(({ state }) => state)).toEqual(['retiring', 'current']);
  });

  test('security 41: is erased in its time where somebody ends the old secret meanwhile', async () => {
    const { keyturn } = fleet.at(0);
    await keyturn.policies.create({ name: 'own', selfRotation: true });
    const { plaintext } = await fleet.at(0).issue({ policy: 'own' });
    await fleet.settle();
    const ask = () =>
      settledWhileTimePasses(fleet, keyturn.rotateSelf({ plaintext, idempotencyKey: 'once' }));
    const { rotation } = await ask();
    await keyturn.rotations.approve(rotation.id);
    await ask();
    await keyturn.rotations.finish(rotation.id);
    await fleet.settle();
    const isKept = async () => SEALED.test((await dumpOf(fleet.data)).texts.join('\n'));
    expect(await isKept()).toBe(true);
    fleet.clock.advanceMs(10 * MINUTE_MS);
    await whileTimePasses(fleet, async () => !(await isKept()));
    // It can be brought back for a day, as before.
    const { step, state } = await keyturn.rotations.get(rotation.id);
    expect({ step, state }).toEqual({ step: 'disable', state: 'waiting' });
    await keyturn.rotations.undo(rotation.id);
  });

  test('security 41: is erased with a rotation that an emergency ends', async () => {
    const { keyturn } = fleet.at(0);
    await keyturn.policies.create({ name: 'own', selfRotation: true });
    const { key, plaintext } = await fleet.at(0).issue({ policy: 'own' });
    await fleet.settle();
    const ask = () =>
      settledWhileTimePasses(fleet, keyturn.rotateSelf({ plaintext, idempotencyKey: 'once' }));
    const { rotation } = await ask();
    await keyturn.rotations.approve(rotation.id);
    await ask();
    const isKept = async () => SEALED.test((await dumpOf(fleet.data)).texts.join('\n'));
    expect(await isKept()).toBe(true);
    await rotate(fleet, key.id, { compromised: true, reason: 'found in a log' });
    expect(await keyturn.rotations.get(rotation.id)).toMatchObject({ state: 'superseded' });
    expect(await isKept()).toBe(false);
  });
});

async function settledWhileTimePasses(
  fleet: Fleet,
  call: Promise<SelfRotation>,
): Promise<SelfRotation> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  call.then(settle, settle);
  await whileTimePasses(fleet, async () => isSettled);
  return await call;
}
