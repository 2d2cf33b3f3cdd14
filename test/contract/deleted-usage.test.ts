import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CreatedKey } from '../../src/public.js';
import { type DataKind, dataKinds } from '../setup/data.js';
import { type Fleet, startFleet, until } from '../setup/fleet.js';

const USES = 3;
const FLUSH_MS = 1_000; // As in src/runtime.ts.

let fleet: Fleet;
let made: CreatedKey;
afterEach(() => fleet.close());

async function start({ create }: Pick<DataKind, 'create'>): Promise<void> {
  fleet = await startFleet({ create, roles: ['server'] });
  made = await fleet.at(0).issue();
  await fleet.at(0).keyturn.keys.revoke(made.key.id);
}

const remove = () => fleet.at(0).keyturn.keys.delete(made.key.id);

/** What was counted, of whatever key. */
async function counted() {
  const { items } = await fleet.at(0).keyturn.usage.list({ by: 'key' });
  return items.map(({ key, outcomes }) => ({ key, outcomes }));
}

describe.each(dataKinds)('what was counted of a key that is deleted on $name', ({ create }) => {
  beforeEach(() => start({ create }));

  test('does not come back with the flush that had yet to bring it', async () => {
    const other = await fleet.at(0).issue();
    for (let use = 0; use < USES; use += 1) await fleet.at(0).verify(made);
    await fleet.at(0).verify(other);
    await remove();
    let isFlushed = false;
    fleet.at(0).store.after = (method) => {
      isFlushed ||= method === 'recordUsage';
    };
    await fleet.passMs(FLUSH_MS);
    await until('it is flushed', () => isFlushed);
    expect(await counted()).toEqual([{ key: other.key.id, outcomes: { valid: 1 } }]);
  });
});

describe.each(dataKinds.filter(({ name }) => name === 'postgres'))(
  'what another process counts of a key while it is deleted on $name',
  ({ create }) => {
    beforeEach(() => start({ create }));

    test('is waited for, and goes with it', async () => {
      const { id } = made.key;
      const client = new pg.Client({ connectionString: fleet.data.url });
      await client.connect();
      try {
        await client.query('begin');
        // As a flush begins, and then writes.
        await client.query('select id from change_sequence where id = 1 for key share');
        await client.query(
          `insert into usage_counts (key_id, secret_number, hour_at, outcome, keyspace_id, count)
          select id, 1, 0, 'valid', keyspace_id, 1 from keys where id = $1`,
          [id],
        );
        let isDeleted = false;
        const removed = remove().finally(() => {
          isDeleted = true;
        });
        const waiting = `select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        let isWaiting = false;
        while (!isDeleted && !isWaiting) isWaiting = (await client.query(waiting)).rowCount !== 0;
        await client.query('commit');
        await removed;
        const left = await client.query('select * from usage_counts where key_id = $1', [id]);
        expect(left.rows).toEqual([]);
      } finally {
        await client.end();
      }
    });
  },
);
