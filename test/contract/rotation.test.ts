import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';

const HOUR_MS = 3_600_000;
const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };

describe.each(dataKinds)('a rotation on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  afterAll(() => fleet.close());

  test('gives a new secret, accepts both, and keeps everything else', async () => {
    const made = await fleet.at(0).issue({ owner: 'acme', scopes: ['reports:read'] });
    const rotated = await rotate(fleet, made.key.id);
    expect(rotated.rotation).toMatchObject({ phase: 'both_live', step: 'observe' });
    expect(rotated.key.secrets.map(({ state }) => state)).toEqual(['retiring', 'current']);
    await fleet.settle();
    for (const { plaintext } of [made, rotated]) {
      for (const index of [0, 1]) {
        expect(await fleet.at(index).verify({ plaintext })).toMatchObject({ valid: true });
      }
    }
    const { secrets, version, updatedAt, lastUsedAt, ...kept } = rotated.key;
    expect(made.key).toMatchObject(kept);
  });

  test('ends the old secret once it was silent for a day, and gives a receipt', async () => {
    const { keyturn } = fleet.at(0);
    const made = await fleet.at(0).issue();
    expect(await fleet.at(0).verify(made, CLIENT)).toMatchObject({ valid: true });
    await whileTimePasses(fleet, async () => {
      const dry = await keyturn.keys.rotate(made.key.id, { dryRun: true });
      return 'plan' in dry && dry.plan.consumers.length === 1;
    });
    const rotated = await rotate(fleet, made.key.id);
    expect(rotated.rotation.consumers).toMatchObject([{ label: '203.0.113.0/24 · curl' }]);
    await fleet.settle();
    const now = () => keyturn.rotations.get(rotated.rotation.id);
    const isAt = (fields: Partial<Rotation>) =>
      whileTimePasses(fleet, async () => {
        const rotation = await now();
        return rotation.step === fields.step && rotation.state === fields.state;
      });
    expect(await evidenceOf(now())).toMatchObject({ E1: 'unmet', E2: 'unmet', E3: 'unmet' });
    expect(await fleet.at(1).verify(rotated, CLIENT)).toMatchObject({ valid: true });
    await whileTimePasses(fleet, async () => (await evidenceOf(now()))['E2'] === 'met');
    expect(await evidenceOf(now())).toMatchObject({ E1: 'met', E3: 'unmet' });
    const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect((await now()).evidence.map(({ figures }) => figures)).toMatchObject([
      { firstAt: aTime },
      { baseline: 1 },
      { lastUseAt: aTime, silentMs: expect.any(Number), neededMs: expect.any(Number) },
      { completeUntil: aTime, gapMs: 0 },
      { destinations: 0 },
    ]);
    fleet.clock.advanceMs(25 * HOUR_MS);
    await isAt({ step: 'disable', state: 'waiting' });
    expect(await now()).toMatchObject({ end: 'evidence', phase: 'retiring' });
    await fleet.settle();
    expect(await fleet.at(0).verify(made)).toMatchObject({ valid: false, code: 'disabled' });
    fleet.clock.advanceMs(25 * HOUR_MS);
    await isAt({ step: 'revoke', state: 'completed' });
    expect(await now()).toMatchObject({ phase: 'done', receipt: [{}, {}] });
    expect(await fleet.at(0).verify(made)).toMatchObject({ valid: false, code: 'revoked' });
    expect(await fleet.at(0).verify(rotated)).toMatchObject({ valid: true });
  });

  test('is the only one of its key, and an emergency ends it', async () => {
    const { keyturn } = fleet.at(0);
    const made = await fleet.at(0).issue();
    const first = await rotate(fleet, made.key.id);
    await expect(keyturn.keys.rotate(made.key.id)).rejects.toMatchObject({
      code: 'rotation_open',
      rotation: { id: first.rotation.id },
    });
    const input = { compromised: true, reason: 'in a public repository' };
    const second = await rotate(fleet, made.key.id, input);
    await fleet.settle();
    for (const { plaintext } of [made, first]) {
      expect(await fleet.at(1).verify({ plaintext })).toMatchObject({ code: 'revoked' });
    }
    expect(await fleet.at(1).verify(second)).toMatchObject({ valid: true });
    expect(await keyturn.rotations.get(first.rotation.id)).toMatchObject({ state: 'superseded' });
  });

  test('is taken back whole while nobody has used the new secret', async () => {
    const { keyturn } = fleet.at(0);
    const made = await fleet.at(0).issue();
    const { rotation, plaintext } = await rotate(fleet, made.key.id);
    await keyturn.rotations.rollback(rotation.id);
    // Once the other instance has told that it saw nobody.
    const isBack = async () => (await keyturn.rotations.get(rotation.id)).phase === 'done';
    await whileTimePasses(fleet, isBack);
    expect(await keyturn.rotations.get(rotation.id)).toMatchObject({ state: 'rolled_back' });
    expect(await fleet.at(0).verify(made)).toMatchObject({
      valid: true,
      secret: { state: 'current' },
    });
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ code: 'revoked' });
  });

  test('brings the old secret back for the grace, and waits then', async () => {
    const { keyturn } = fleet.at(0);
    const made = await fleet.at(0).issue();
    const { rotation } = await rotate(fleet, made.key.id);
    await keyturn.rotations.finish(rotation.id);
    expect(await fleet.at(0).verify(made)).toMatchObject({ code: 'disabled' });
    await keyturn.rotations.undo(rotation.id);
    expect(await fleet.at(0).verify(made)).toMatchObject({
      valid: true,
      secret: { state: 'retiring', deadline: null },
    });
  });
});

async function evidenceOf(rotation: Promise<Rotation>) {
  const { evidence } = await rotation;
  return Object.fromEntries(evidence.map(({ id, state }) => [id, state]));
}
