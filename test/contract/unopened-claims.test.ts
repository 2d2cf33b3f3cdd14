import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PolicyPatch } from '../../src/policy-views.js';
import type { Rotation } from '../../src/rotation-views.js';
import { rotatedBy, tokenIn, whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { whileTimePasses } from '../setup/rotating.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe.each(dataKinds)('a claim that nobody opens on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, options: { publicUrl: 'https://keys.example' } });
  });
  afterEach(() => fleet.close());

  async function announced(claim: PolicyPatch['claim'], isUsed = false) {
    const { keyturn } = fleet.at(0);
    await keyturn.policies.create({ name: 'people', claim });
    const made = await fleet.at(0).issue({ policy: 'people' });
    await fleet.settle();
    if (isUsed) {
      expect(await fleet.at(1).verify(made, { address: '203.0.113.7' })).toMatchObject({
        valid: true,
      });
      await fleet.passMs(1_500);
    }
    const { rotation, claim: link } = await rotatedBy(keyturn, made.key.id, { deliver: 'claim' });
    const seen = () => fleet.at(1).keyturn.rotations.get(rotation.id);
    const until = (isSo: (rotation: Rotation) => boolean) =>
      whileTimePasses(fleet, async () => isSo(await seen()));
    const stateOfOld = async () => (await keyturn.keys.get(made.key.id)).secrets[0]?.state;
    return { made, rotation, token: tokenIn(link.url), seen, until, stateOfOld };
  }

  async function remindersOf({ id }: Rotation): Promise<number> {
    const query = { subject: id, type: 'rotation.claim_reminded' } as const;
    const { items } = await fleet.at(0).keyturn.events.list(query);
    return items.length;
  }

  test('is reminded of at each time once, whichever instance looks', async () => {
    const claim = { remind: ['1h', '3h', '5h', '6h'], close: '8h' };
    const { rotation, token, seen, until } = await announced(claim);
    const startedAt = Date.parse(rotation.createdAt);
    const timeOf = (hour: number) => new Date(startedAt + hour * HOUR_MS).toISOString();
    expect(rotation.reminders).toEqual({ sent: 0, total: 4, nextAt: timeOf(1) });
    await fleet.passMs(3_000);
    expect((await seen()).reminders?.sent).toBe(0);
    fleet.clock.advanceMs(HOUR_MS);
    await until(({ reminders }) => reminders?.sent === 1);
    expect((await seen()).reminders).toEqual({ sent: 1, total: 4, nextAt: timeOf(3) });
    // Nobody was there for two of them: they are one.
    fleet.clock.advanceMs(4 * HOUR_MS);
    await until(({ reminders }) => reminders?.sent === 3);
    await fleet.passMs(3_000);
    expect(await remindersOf(rotation)).toBe(2);
    // Opened, there is nothing to be reminded of.
    await whileSettling(fleet, fleet.at(0).keyturn.claims.open(token));
    fleet.clock.advanceMs(HOUR_MS);
    await fleet.passMs(3_000);
    expect(await remindersOf(rotation)).toBe(2);
    expect((await seen()).reminders).toBeNull();
  });

  test('is reminded of anew where its link is', async () => {
    const { rotation, seen, until } = await announced({ remind: ['1h', '2h'], close: '8h' });
    fleet.clock.advanceMs(2 * HOUR_MS);
    await until(({ reminders }) => reminders?.sent === 2);
    await fleet.at(0).keyturn.rotations.retry(rotation.id);
    expect((await seen()).reminders).toMatchObject({ sent: 0, total: 2 });
    fleet.clock.advanceMs(HOUR_MS);
    await until(({ reminders }) => reminders?.sent === 1);
    expect(await remindersOf(rotation)).toBe(2);
  });

  test('leaves both as they are, and asks a person', async () => {
    const { made, until, seen } = await announced({ close: '2h' });
    fleet.clock.advanceMs(2 * HOUR_MS);
    await until(({ state }) => state === 'needs_operator');
    expect((await seen()).asks).toContain('was not opened in time');
    expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
  });

  test('disables a secret that nobody uses, if its policy says so; undo brings it back', async () => {
    const disable = { close: '2h', unclaimed: 'disable' } as const;
    const { made, rotation, token, until, stateOfOld } = await announced(disable);
    const { keyturn } = fleet.at(0);
    fleet.clock.advanceMs(2 * HOUR_MS);
    await until(({ step }) => step === 'disable');
    await fleet.settle();
    expect(await fleet.at(1).verify(made)).toMatchObject({ valid: false, code: 'disabled' });
    await expect(keyturn.claims.open(token)).rejects.toMatchObject({ code: 'claim_refused' });

    const { rotation: back } = await keyturn.rotations.undo(rotation.id);
    expect(back).toMatchObject({ step: 'announce', end: null, undoUntil: null });
    await fleet.settle();
    expect(await fleet.at(1).verify(made)).toMatchObject({ valid: true });
    await until(({ state }) => state === 'needs_operator');
    expect(await stateOfOld()).toBe('current');

    const { claim } = await keyturn.rotations.retry(rotation.id);
    const opening = keyturn.claims.open(tokenIn(claim?.url ?? ''));
    const { plaintext } = await whileSettling(fleet, opening);
    await fleet.settle();
    expect(await fleet.at(1).verify({ plaintext })).toMatchObject({ valid: true });
  });

  test('ends that secret after the grace, with a receipt', async () => {
    const disable = { close: '2h', unclaimed: 'disable' } as const;
    const { made, until, seen } = await announced(disable);
    fleet.clock.advanceMs(2 * HOUR_MS);
    await until(({ step }) => step === 'disable');
    fleet.clock.advanceMs(DAY_MS);
    await until(({ state }) => state === 'completed');
    const ended = await seen();
    expect(ended.end).toBe('unclaimed');
    expect(ended.receipt).toHaveLength(2);
    // The key lives, and is given another secret.
    const { claim } = await rotatedBy(fleet.at(0).keyturn, made.key.id, { deliver: 'claim' });
    const opening = fleet.at(0).keyturn.claims.open(tokenIn(claim.url));
    const { plaintext } = await whileSettling(fleet, opening);
    await fleet.settle();
    expect(await fleet.at(1).verify({ plaintext })).toMatchObject({ valid: true });
  });

  test('never disables an only secret that was in use before it began', async () => {
    const disable = { close: '2h', unclaimed: 'disable' } as const;
    const { made, until, seen, stateOfOld } = await announced(disable, true);
    fleet.clock.advanceMs(2 * HOUR_MS);
    await until(({ state }) => state === 'needs_operator');
    expect((await seen()).asks).toContain('the only one and in use');
    expect(await stateOfOld()).toBe('current');
    expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
  });

  test('never disables an only secret that is in use since, or may be', async () => {
    const disable = { close: '2h', unclaimed: 'disable' } as const;
    const { made, until, seen, stateOfOld } = await announced(disable);
    // One instance has seen a use, and cannot write it out.
    fleet.at(1).store.before = async (method) => {
      if (method === 'recordUsage') throw new Error('It cannot be written.');
    };
    await fleet.at(1).verify(made, { address: '203.0.113.7' });
    fleet.clock.advanceMs(2 * HOUR_MS);
    await until(({ evidence }) =>
      evidence.some(({ id, state }) => id === 'E4' && state === 'unmet'),
    );
    await fleet.passMs(3_000);
    expect(await seen()).toMatchObject({ step: 'announce', asks: null });
    // Who looks before the other is heard again after the hours takes it for dead, and retires the
    // secret. It is accepted on, and at the next look the other lives.
    expect(['current', 'retiring']).toContain(await stateOfOld());

    fleet.at(1).store.before = undefined;
    await until(({ state }) => state === 'needs_operator');
    expect(await stateOfOld()).toBe('current');
    expect((await seen()).asks).toContain('the only one and in use');
    expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
  });
});
