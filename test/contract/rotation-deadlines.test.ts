import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };
const EMERGENCY = { compromised: true, reason: 'in a public repository' };

describe.each(dataKinds)('the deadline of a rotation on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  const stateOf = async (made: { readonly plaintext: string }) => {
    const verdict = await fleet.at(0).verify(made);
    return verdict.valid ? verdict.secret.state : verdict.code;
  };

  test('makes a key past its policy where a deadline holds, since then', async () => {
    await keyturn().policies.create({ name: 'holds', overlap: { soft: '1d', hard: '3d' } });
    const made = await fleet.at(0).issue({ policy: 'holds' });
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(MINUTE_MS);
    const { rotation } = await time.rotate(made.key.id);
    const past = async () => (await keyturn().keys.get(made.key.id)).pastPolicySince;
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(2 * DAY_MS);
    expect(await past()).toBeNull();
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(2 * DAY_MS);
    expect(await past()).toBe(rotation.deadline);
    await keyturn().rotations.finish(rotation.id);
    expect(await past()).toBeNull();
  });

  test('of an emergency is extended up to an hour from its delivery, and not beyond', async () => {
    const made = await fleet.at(0).issue();
    const { rotation } = await time.rotate(made.key.id, { ...EMERGENCY, overlap: '30m' });
    const latest = new Date(Date.parse(rotation.deliveredAt ?? '') + HOUR_MS);
    const beyond = new Date(latest.getTime() + MINUTE_MS).toISOString();
    const sum = expect.stringMatching(/emergency allows: .+ \+ 1h = /);
    await expect(keyturn().rotations.extend(rotation.id, { until: beyond })).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ pointer: '/until', message: sum }],
    });
    expect((await keyturn().rotations.get(rotation.id)).deadline).toBe(rotation.deadline);
    await keyturn().rotations.extend(rotation.id, { until: latest.toISOString() });
    const { deadline } = await keyturn().rotations.get(rotation.id);
    expect(Date.parse(deadline ?? '')).toBe(latest.getTime());
  });

  test('of an emergency that was undone is ended by the evidence, or by who gives it a time', async () => {
    const made = await fleet.at(0).issue();
    const rotated = await time.rotate(made.key.id, { ...EMERGENCY, overlap: '30m' });
    const { id, deadline } = rotated.rotation;
    const why = { reason: 'the shop stands still' };
    await keyturn().rotations.finish(id);
    const early = await keyturn().rotations.undo(id, why);
    expect(early.rotation).toMatchObject({ deadline, atDeadline: 'revoke' });
    await keyturn().rotations.finish(id);
    await time.pass(31 * MINUTE_MS); // It would have ended.
    const { rotation } = await keyturn().rotations.undo(id, why);
    expect(rotation.deadline).toBeNull();
    const saying = rotation.actions.find(({ name }) => name === 'extend')?.does;
    expect(saying).toContain('the evidence may end the old secret before it');
    const late = keyturn().rotations.extend(id, { until: '2h' });
    await expect(late).rejects.toMatchObject({ errors: [{ pointer: '/until' }] });
    await keyturn().rotations.extend(id, { until: '59m' });
    await fleet.at(0).verify(rotated, CLIENT);
    await time.pass(25 * HOUR_MS);
    expect(await keyturn().rotations.get(id)).toMatchObject({ end: 'evidence' });
    expect(await stateOf(made)).toBe('disabled');
  });
});
