import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/keys/digest.js';
import { mint } from '../../src/keys/format.js';
import { systemPorts } from '../../src/ports.js';
import { durableKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

describe.each(durableKinds)('a stored key on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());

  test('that is damaged is unavailable, and the log says so once a minute', async () => {
    const made = await fleet.at(0).issue();
    await fleet.data.execute(`update keys set metadata = '{bad' where id = '${made.key.id}'`);
    for (let check = 0; check < 3; check += 1) {
      expect(await fleet.at(0).verify(made)).toMatchObject({ valid: false, code: 'unavailable' });
    }
    const told = fleet.log.filter(({ fields }) => fields.code === 'store_corrupt');
    expect(told.map(({ level }) => level)).toEqual(['error']);
  });

  test('is no key to Keyturn itself, though it has the text of one', async () => {
    const { random } = systemPorts();
    const plaintext = mint({ prefix: 'kt', environment: 'live' }, random).reveal();
    const { key } = await fleet.at(0).issue();
    const change = `update secrets set digest = '${digestOf(plaintext)}' where key_id = '${key.id}'`;
    await fleet.data.execute(change);
    for (const keyspace of ['default', 'keyturn']) {
      const verdict = await fleet.at(0).verify({ plaintext }, { keyspace });
      expect(verdict).toMatchObject({ valid: false, code: 'unknown' });
    }
  });
});
