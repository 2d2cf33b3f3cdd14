import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const MINUTE_MS = 60_000;
const CLIENT = { address: '203.0.113.7', userAgent: 'job/1' };
const THIEF = { address: '198.51.100.9', userAgent: 'job/1' };

describe.each(dataKinds)('who is refused in the grace, on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  const rotations = () => fleet.at(0).keyturn.rotations;
  const refused = async (id: string) => (await rotations().get(id)).refusedInGrace;
  const refusedOverHttp = async (id: string) => {
    const reader = { keyspace: 'keyturn', name: 'reader', scopes: ['rotations:read'] };
    const { plaintext } = await fleet.at(0).keyturn.keys.create(reader);
    const headers = { 'x-api-key': plaintext };
    const request = new Request(`https://keys.example/v1/rotations/${id}`, { headers });
    const answer = await fleet.at(0).keyturn.handler(request);
    const said: { readonly refusedInGrace: unknown } = JSON.parse(await answer.text());
    return said.refusedInGrace;
  };
  /** A key whose first secret was used by CLIENT, and which is rotated. */
  const rotated = async () => {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(MINUTE_MS);
    const { rotation } = await time.rotate(made.key.id);
    return { made, id: rotation.id };
  };

  test('is shown with its label, how often and when last, until it ends', async () => {
    const { made, id } = await rotated();
    expect(await refused(id)).toBeNull();
    await rotations().finish(id);
    await time.pass(MINUTE_MS);
    expect(await refused(id)).toEqual({ stragglers: 0, intruders: 0, consumers: [] });
    for (const one of [CLIENT, CLIENT, THIEF]) await fleet.at(0).verify(made, one);
    const lastUsedAt = new Date(fleet.clock.nowMs()).toISOString();
    await time.pass(MINUTE_MS);
    const straggler = { who: 'straggler', label: '203.0.113.0/24 · job', count: 2 };
    const intruder = { who: 'intruder', label: '198.51.100.0/24 · job', count: 1 };
    expect(await refused(id)).toMatchObject({
      stragglers: 1,
      intruders: 1,
      consumers: [straggler, intruder].map((one) => ({ ...one, lastUsedAt })),
    });
    expect(await refusedOverHttp(id)).toEqual(await refused(id));
    await rotations().finish(id);
    await time.pass(MINUTE_MS);
    expect(await refused(id)).toBeNull();
  });

  test('is nobody after an undo, nor who was refused the time before', async () => {
    const { made, id } = await rotated();
    await rotations().finish(id);
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(MINUTE_MS);
    expect(await refused(id)).toMatchObject({ stragglers: 1 });
    await rotations().undo(id);
    expect(await refused(id)).toBeNull();
    await time.pass(MINUTE_MS);
    await rotations().finish(id);
    expect(await refused(id)).toMatchObject({ stragglers: 0, consumers: [] });
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(MINUTE_MS);
    expect(await refused(id)).toMatchObject({ stragglers: 1, consumers: [{ count: 1 }] });
  });

  test('names whoever was waited for before a flood of others', async () => {
    const { made, id } = await rotated();
    await rotations().finish(id);
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(MINUTE_MS);
    for (let index = 0; index < 40; index += 1) {
      await fleet.at(0).verify(made, { ...THIEF, address: `198.18.${index}.1` });
    }
    await time.pass(MINUTE_MS);
    const found = await refused(id);
    expect(found).toMatchObject({ stragglers: 1, intruders: 40 });
    expect(found?.consumers).toHaveLength(20);
    expect(found?.consumers[0]).toMatchObject({ who: 'straggler', count: 1 });
  });
});
