import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const PAGE = 2;

describe.each(dataKinds)('rotations that are begun in one millisecond on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());

  test('are listed the newest first, each on one page', async () => {
    const { rotations } = fleet.at(0).keyturn;
    const time = new HeldRotations(fleet);
    const { key } = await fleet.at(0).issue();
    const begun: string[] = [];
    for (let count = 0; count < 7; count += 1) {
      const { rotation } = await time.rotate(key.id);
      begun.unshift(rotation.id);
      await rotations.rollback(rotation.id);
    }
    const listed: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await rotations.list({ key: key.id, limit: PAGE, cursor });
      listed.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(listed).toEqual(begun);
  });

  test('are listed behind the emergency that has ended them', async () => {
    const { rotations } = fleet.at(0).keyturn;
    const time = new HeldRotations(fleet);
    for (let count = 0; count < 5; count += 1) {
      const { key } = await fleet.at(0).issue();
      await time.rotate(key.id);
      await time.rotate(key.id, { compromised: true, reason: 'leaked' });
      const { items } = await rotations.list({ key: key.id });
      expect(items.map(({ state }) => state)).toEqual(['completed', 'superseded']);
    }
  });
});
