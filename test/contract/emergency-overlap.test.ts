import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { untyped } from '../guards/untyped.js';
import { whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const MINUTE_MS = 60_000;
const LEAKED = { compromised: true, reason: 'leaked' } as const;
const kinds = dataKinds.filter(({ name }) => name === 'memory'); // What it does is no adapter's.

describe.each(kinds)('the overlap of an emergency that a policy says, on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    const options = { publicUrl: 'https://keys.example' };
    fleet = await startFleet({ create, roles: ['server'], options });
    await policies().apply({ file: 'policy: gentle\nemergency: { overlap: 15m }\n' });
  });
  afterEach(() => fleet.close());

  const policies = () => fleet.at(0).keyturn.policies;
  const keys = () => fleet.at(0).keyturn.keys;
  const issue = (policy = 'gentle') => fleet.at(0).issue({ policy, owner: 'acme' });

  /** For how long its old secret is accepted still. */
  async function rotated(input: object) {
    const { key } = await issue();
    const begunAt = fleet.clock.nowMs();
    const rotating = keys().rotate(key.id, { ...LEAKED, ...input });
    const { rotation } = await whileSettling(fleet, rotating);
    const { secrets } = await keys().get(key.id);
    return { state: secrets[0]?.state, leftMs: Date.parse(rotation.deadline ?? '') - begunAt };
  }

  test('holds where who asks says none', async () => {
    const { state, leftMs } = await rotated({});
    expect(state).toBe('retiring');
    expect(leftMs).toBeGreaterThanOrEqual(15 * MINUTE_MS);
    expect(leftMs).toBeLessThan(16 * MINUTE_MS);
  });

  test('gives way to what is said, and to a claim, which would count it from its opening', async () => {
    expect((await rotated({ overlap: '0s' })).state).toBe('revoked');
    expect((await rotated({ overlap: '30m' })).leftMs).toBeGreaterThanOrEqual(30 * MINUTE_MS);
    expect((await rotated({ deliver: 'claim' })).state).toBe('revoked');
    const { key } = await issue();
    const claim = { ...LEAKED, deliver: 'claim', dryRun: true } as const;
    expect(await keys().rotate(key.id, claim)).toMatchObject({ plan: { ends: [{ after: '0s' }] } });
    await expect(rotated({ deliver: 'claim', overlap: '5m' })).rejects.toMatchObject({
      errors: [{ pointer: '/overlap' }],
    });
  });

  test('is told before an emergency of many, and holds for each of them', async () => {
    const gentle = await issue();
    await issue('default');
    const { rotations } = fleet.at(0).keyturn;
    const input = { owner: 'acme', ...LEAKED } as const;
    expect(await rotations.emergency({ ...input, dryRun: true })).toMatchObject({
      plan: {
        says: expect.stringMatching(/^Ends .* of 2 keys in 15m at the most, as their policies say/),
      },
    });
    expect(await rotations.emergency({ ...input, overlap: '5m', dryRun: true })).toMatchObject({
      plan: { says: expect.stringMatching(/^Ends the current secret of 2 keys in 5m, for ever/) },
    });
    await whileSettling(fleet, rotations.emergency(input));
    const { items } = await keys().list({ owner: 'acme' });
    const stateOf = (isGentle: boolean) =>
      items.find(({ id }) => (id === gentle.key.id) === isGentle)?.secrets[0]?.state;
    expect([stateOf(true), stateOf(false)]).toEqual(['retiring', 'revoked']);
  });

  test('is an hour at the most, and none is said by half', async () => {
    const update = (emergency: object) => policies().update('gentle', untyped({ emergency }));
    await expect(update({ overlap: '61m' })).rejects.toMatchObject({
      errors: [{ pointer: '/emergency/overlap' }],
    });
    await expect(update({ onLeakReport: 'ignore' })).rejects.toMatchObject({
      errors: [{ pointer: '/emergency/onLeakReport' }],
    });
    const told = { onLeakReport: 'tell' };
    expect((await update({})).emergency).toEqual({ overlap: '15m', ...told });
    expect((await update({ overlap: '1h' })).emergency).toEqual({ overlap: '1h', ...told });
    const { emergency } = await policies().create({ name: 'silent' });
    expect(emergency).toEqual({ overlap: '0s', ...told });
    const rotating = { overlap: '1h', onLeakReport: 'rotate' };
    expect((await update({ onLeakReport: 'rotate' })).emergency).toEqual(rotating);
    expect((await update({ overlap: '1h' })).emergency).toEqual(rotating);
  });

  test('stands beside an approval, which comes before the secret is issued', async () => {
    const agreed = await policies().create({
      name: 'agreed',
      approval: { before: 'issue', approvers: 2 },
    });
    expect(agreed.approval).toEqual({ before: 'issue', approvers: 2 });
    const approval = { before: 'revoke', approvers: 2 };
    const wrong = policies().update('agreed', untyped({ approval }));
    await expect(wrong).rejects.toMatchObject({ errors: [{ pointer: '/approval/before' }] });
  });
});
