import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotatedBy, tokenIn } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const OWNER = { address: '203.0.113.7', userAgent: 'owner/1' };
const JOB = { address: '192.0.2.5', userAgent: 'job/1' };
const STRANGER = { address: '198.51.100.9', userAgent: 'else/1' };

describe.each(dataKinds)('a policy that asks for a first use alone, on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    const options = { publicUrl: 'https://keys.example' };
    fleet = await startFleet({ create, roles: ['server'], options });
    time = new HeldRotations(fleet);
    const evidence = { require: ['E1'] } as const;
    await keyturn().policies.create({ name: 'brief', selfRotation: true, evidence });
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;

  /** A key that two consumers have used for longer than a day. */
  async function used() {
    const made = await fleet.at(0).issue({ policy: 'brief' });
    for (const passedMs of [DAY_MS + MINUTE_MS, MINUTE_MS]) {
      for (const one of [OWNER, JOB]) await fleet.at(0).verify(made, one);
      await time.pass(passedMs);
    }
    return made;
  }

  async function stateOf(id: string, evidenceId: string) {
    const { evidence, step } = await keyturn().rotations.get(id);
    const one = evidence.find((each) => each.id === evidenceId);
    return { step, state: one?.state, required: one?.required };
  }

  test('ends no claim on a use by whoever else has found the secret', async () => {
    const made = await used();
    const { rotation, claim } = await rotatedBy(keyturn(), made.key.id, { deliver: 'claim' });
    const opened = await keyturn().claims.open(tokenIn(claim.url));
    await fleet.at(0).verify(opened, STRANGER);
    await time.pass(2 * DAY_MS);
    expect(await stateOf(rotation.id, 'E1')).toMatchObject({ step: 'observe', state: 'unmet' });
    expect(await fleet.at(0).verify(made, OWNER)).toMatchObject({ valid: true });
    await fleet.at(0).verify(opened, OWNER);
    await time.pass(MINUTE_MS);
    expect(await stateOf(rotation.id, 'E1')).toMatchObject({ step: 'disable', state: 'met' });
  });

  test('security 36: ends no secret that its holder has replaced before all have moved', async () => {
    const made = await used();
    const asked = { plaintext: made.plaintext, ...OWNER, idempotencyKey: 'a' };
    const { rotation, plaintext = '' } = await keyturn().rotateSelf(asked);
    await fleet.at(0).verify({ plaintext }, OWNER);
    await time.pass(2 * DAY_MS);
    const waiting = { step: 'observe', state: 'unmet', required: true };
    expect(await stateOf(rotation.id, 'E2')).toEqual(waiting);
    expect(await fleet.at(0).verify(made, JOB)).toMatchObject({ valid: true });
    await time.pass(MINUTE_MS);
    await fleet.at(0).verify({ plaintext }, JOB);
    await time.pass(MINUTE_MS);
    expect(await stateOf(rotation.id, 'E2')).toMatchObject({ step: 'disable', state: 'met' });
  });
});
