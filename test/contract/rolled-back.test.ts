import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const DAY_MS = 86_400_000;
const MOVED = { address: '203.0.113.7', userAgent: 'report/1' };
const STAYED = { address: '198.51.100.7', userAgent: 'sync/2' };

describe.each(dataKinds)('a rotation that is rolled back in use on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());

  test('tells who sends what was taken back nothing of a newer one, and no more than of a replaced one', async () => {
    const { rotations, keys, handler } = fleet.at(0).keyturn;
    const time = new HeldRotations(fleet);
    const said = async (plaintext: string) => {
      const headers = { 'x-api-key': plaintext };
      const answer = await handler(new Request('https://keys.example/v1/self', { headers }));
      return { status: answer.status, text: await answer.text() };
    };
    const made = await fleet.at(0).issue();
    const { rotation, plaintext } = await time.rotate(made.key.id);
    await rotations.rollback(rotation.id);
    await fleet.settle();
    const takenBack = await said(plaintext);
    expect(takenBack.status).toBe(401);
    expect(takenBack.text).toContain('Use the current secret of the key');
    expect(takenBack.text).not.toMatch(/newer|replaced:/);
    const next = await time.rotate(made.key.id);
    await keys.revoke(made.key.id, { secret: 1 });
    await fleet.settle();
    expect(next.rotation.newSecret).toBe(3);
    expect(await said(made.plaintext)).toEqual(takenBack);
  });

  test('says at once who uses the secret that retires now', async () => {
    const { rotations } = fleet.at(0).keyturn;
    const time = new HeldRotations(fleet);
    const made = await fleet.at(0).issue();
    for (const client of [MOVED, STAYED]) await fleet.at(0).verify(made, client);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    await time.pass(DAY_MS);
    await fleet.at(0).verify({ plaintext }, MOVED);
    await time.pass(60_000);
    expect(summary(await rotations.get(rotation.id))).toMatchObject({
      consumers: ['198.51.100.0/24 · sync not_moved', '203.0.113.0/24 · report moved'],
      E1: 'met',
    });
    const back = summary((await rotations.rollback(rotation.id)).rotation);
    expect(back).toMatchObject({
      secrets: [2, 1],
      consumers: ['203.0.113.0/24 · report not_moved'],
      E1: 'unmet',
      E2: 'unmet',
    });
    const { items } = await rotations.list({ key: made.key.id });
    expect(items.map(summary)).toEqual([back]);
    expect(summary(await rotations.get(rotation.id))).toEqual(back);
  });
});

/** In which direction it goes, and the evidence. */
function summary({ oldSecret, newSecret, consumers, evidence }: Rotation) {
  return {
    secrets: [oldSecret, newSecret],
    consumers: consumers.map(({ label, where }) => `${label} ${where}`).toSorted(),
    ...Object.fromEntries(evidence.map(({ id, state }) => [id, state])),
  };
}
