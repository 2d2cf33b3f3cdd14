import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { durableKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(durableKinds)(
  'a $name database that is put back while instances run',
  ({ create }) => {
    test('security 25: empties every cache: what is numbered again would not be heard of', async () => {
      fleet = await startFleet({ create });
      const [writer, reader] = [fleet.at(0), fleet.at(1)];
      const { key, plaintext } = await writer.issue();
      const kept = writer.store.lastSequence;
      for (const owner of ['one', 'two', 'three'])
        await writer.keyturn.owners.create({ id: owner });
      await fleet.settle();
      expect(await reader.verify({ plaintext })).toMatchObject({ valid: true });
      // As when a server that lags behind takes the place of one that is gone.
      const { execute } = fleet.data;
      await execute(`delete from events where sequence > ${kept}`);
      await execute('delete from owners');
      await execute(`update change_sequence set value = ${kept}`);
      await execute(`update chain_heads set
      number = (select max(number) from events where keyspace_id = chain_heads.keyspace_id),
      hash = (select hash from events where keyspace_id = chain_heads.keyspace_id
        order by number desc limit 1)`);
      await writer.keyturn.keys.revoke(key.id);
      await fleet.passMs(DEFAULT_STALENESS_MS);
      // What remembers the last change outside the database believes none of it any more.
      const code = fleet.data.url.startsWith('sqlite:') ? 'unavailable' : 'revoked';
      expect(await reader.verify({ plaintext })).toMatchObject({ code });
      expect(await reader.keyturn.events.verify()).toMatchObject([{ ok: true }, { ok: true }]);
    });
  },
);
