import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

describe.each(dataKinds)('the consumers of a key on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;

  test('are told apart by their labels, those seen last first, with each secret', async () => {
    const made = await fleet.at(0).issue();
    const curl = { address: '203.0.113.7', userAgent: 'curl/8.5' };
    const job = { address: '198.51.100.9', userAgent: 'python-requests/2.32' };
    await fleet.at(0).verify(made, curl);
    await fleet.at(0).verify(made, curl);
    await time.pass(60_000);
    const { plaintext } = await time.rotate(made.key.id);
    await fleet.at(0).verify({ plaintext }, job);
    await time.pass(60_000);
    await fleet.at(0).verify({ plaintext }, curl);
    await time.pass(60_000);
    const { items, isWhole } = await keyturn().keys.consumers(made.key.id);
    expect(isWhole).toBe(true);
    expect(items.map(({ label, count }) => [label.split(' · ').slice(0, 2), count])).toEqual([
      [['203.0.113.0/24', 'curl'], 3],
      [['198.51.100.0/24', 'python-requests'], 1],
    ]);
    expect(items[0]?.secrets).toMatchObject([
      { secret: 2, outcome: 'valid', count: 1 },
      { secret: 1, outcome: 'valid', count: 2 },
    ]);
    const [latest] = items;
    expect(latest?.lastUsedAt).toBe(latest?.secrets[0]?.lastUsedAt);
    expect(latest?.firstUsedAt).toBe(latest?.secrets[1]?.firstUsedAt);
  });

  test('are nobody of a key that was never used, and not found of one that is not there', async () => {
    const { key } = await fleet.at(0).issue();
    expect(await keyturn().keys.consumers(key.id)).toEqual({ items: [], isWhole: true });
    await expect(keyturn().keys.consumers('key_nobody')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
