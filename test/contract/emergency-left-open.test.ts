import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const MINUTE_MS = 60_000;
const LEAKED = { compromised: true, reason: 'in a public repository', overlap: '30m' } as const;
const ASKS = /^There is no new secret: what was issued is gone\. Retry issues another\. Secret 1, /;
const kinds = dataKinds.filter(({ name }) => name === 'memory'); // What it does is no adapter's.

describe.each(kinds)('an emergency whose new secret is gone, on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    time = new HeldRotations(fleet);
  });
  afterEach(() => fleet.close());

  const keys = () => fleet.at(0).keyturn.keys;
  const rotations = () => fleet.at(0).keyturn.rotations;
  const statesOf = async (id: string) =>
    (await keys().get(id)).secrets
      .toSorted((one, other) => one.number - other.number)
      .map(({ number, state }) => `${number} ${state}`);

  /** Somebody revokes the new secret by its number, while both are accepted. */
  async function withoutNew() {
    const made = await fleet.at(0).issue();
    const { rotation } = await time.rotate(made.key.id, LEAKED);
    await keys().revoke(made.key.id, { secret: 2 });
    await time.pass(MINUTE_MS);
    return { id: made.key.id, rotation };
  }

  test('never makes what leaked the current secret again, and ends it at its time', async () => {
    const { id, rotation } = await withoutNew();
    expect(await statesOf(id)).toEqual(['1 retiring', '2 revoked']);
    const open = { state: 'needs_operator', step: 'issue', asks: expect.stringMatching(ASKS) };
    expect(await rotations().get(rotation.id)).toMatchObject({
      ...open,
      deadline: rotation.deadline,
    });
    await time.pass(30 * MINUTE_MS);
    expect(await statesOf(id)).toEqual(['1 revoked', '2 revoked']);
    expect(await rotations().get(rotation.id)).toMatchObject(open);
    const { plaintext } = await rotations().retry(rotation.id);
    await time.pass(MINUTE_MS);
    expect(await statesOf(id)).toEqual(['1 revoked', '2 revoked', '3 current']);
    expect(await fleet.at(0).verify({ plaintext: plaintext ?? '' })).toMatchObject({ valid: true });
    expect(await rotations().get(rotation.id)).toMatchObject({
      state: 'completed',
      end: 'emergency',
    });
  });

  test('issues another when it is told to, and what leaked keeps its deadline', async () => {
    const { id, rotation } = await withoutNew();
    await time.pass(5 * MINUTE_MS);
    const again = await rotations().retry(rotation.id);
    expect(again).toMatchObject({
      plaintext: expect.any(String),
      rotation: { deadline: rotation.deadline, asks: null },
    });
    expect(await statesOf(id)).toEqual(['1 retiring', '2 revoked', '3 current']);
    await time.pass(25 * MINUTE_MS);
    expect(await statesOf(id)).toEqual(['1 revoked', '2 revoked', '3 current']);
  });

  test('lets what leaked live on for who says why', async () => {
    const { id, rotation } = await withoutNew();
    await expect(rotations().rollback(rotation.id)).rejects.toMatchObject({
      errors: [{ pointer: '/reason' }],
    });
    await rotations().rollback(rotation.id, { reason: 'a false alarm' });
    expect(await statesOf(id)).toEqual(['1 current', '2 revoked']);
  });

  test('brings nothing back that was ended by hand', async () => {
    const made = await fleet.at(0).issue();
    const { rotation } = await time.rotate(made.key.id, LEAKED);
    await rotations().finish(rotation.id);
    await keys().revoke(made.key.id, { secret: 2 });
    await time.pass(MINUTE_MS);
    expect(await statesOf(made.key.id)).toEqual(['1 disabled', '2 revoked']);
    await time.pass(2 * 24 * 60 * MINUTE_MS);
    expect(await statesOf(made.key.id)).toEqual(['1 revoked', '2 revoked']);
  });
});
