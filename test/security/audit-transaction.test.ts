import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Keyturn } from '../../src/public.js';
import { type DataKind, durableKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

/** Everything that a change may touch. */
const TABLES = [
  ...['keyspaces', 'keys', 'secrets', 'owners', 'events', 'chain_heads', 'change_sequence'],
  ...['personal_values', 'idempotency_records', 'setup_links'],
];

const VERBS = ['insert', 'update', 'delete'];

/** What there is to be changed. */
interface Things {
  readonly keyspace: string;
  readonly keyId: string;
  readonly disabledId: string;
  readonly endedId: string;
  readonly owner: string;
}

interface ChangeCase {
  readonly what: string;
  /** The table that it writes first. */
  readonly table: string;
  readonly make: (keyturn: Keyturn, things: Things) => Promise<unknown>;
}

const changes: readonly ChangeCase[] = [
  {
    what: 'a new keyspace',
    table: 'keyspaces',
    make: ({ keyspaces }, { keyspace }) =>
      keyspaces.create({ name: `${keyspace}-new`, prefix: `${keyspace}new` }),
  },
  {
    what: 'a changed keyspace',
    table: 'keyspaces',
    make: ({ keyspaces }, { keyspace }) => keyspaces.update(keyspace, { staleness: '4s' }),
  },
  {
    what: 'a new key',
    table: 'keys',
    make: ({ keys }, { keyspace, owner }) =>
      keys.create(
        { name: 'new', keyspace, owner, metadata: { contact: 'Ada' } },
        { idempotencyKey: keyspace },
      ),
  },
  {
    what: 'a changed key',
    table: 'keys',
    make: ({ keys }, { keyId }) => keys.update(keyId, { metadata: { contact: 'Bob' } }),
  },
  {
    what: 'a disabled key',
    table: 'keys',
    make: ({ keys }, { keyId }) => keys.disable(keyId, { reason: 'asked' }),
  },
  {
    what: 'an enabled key',
    table: 'keys',
    make: ({ keys }, { disabledId }) => keys.enable(disabledId),
  },
  {
    what: 'a revoked secret',
    table: 'secrets',
    make: ({ keys }, { keyId }) => keys.revoke(keyId, { secret: 1 }),
  },
  {
    what: 'a revoked key',
    table: 'keys',
    make: ({ keys }, { keyId }) => keys.revoke(keyId, {}, { idempotencyKey: keyId }),
  },
  {
    what: 'a deleted key',
    table: 'keys',
    make: ({ keys }, { endedId }) => keys.delete(endedId),
  },
  {
    what: 'a new owner',
    table: 'owners',
    make: ({ owners }, { keyspace }) => owners.create({ id: 'new', keyspace, name: 'Bob' }),
  },
  {
    what: 'a changed owner',
    table: 'owners',
    make: ({ owners }, { keyspace, owner }) => owners.update(owner, { name: 'Bob' }, { keyspace }),
  },
  {
    what: 'an erased owner',
    table: 'personal_values',
    make: ({ owners }, { keyspace, owner }) => owners.erase(owner, { keyspace }),
  },
  {
    what: 'a set-up link',
    table: 'setup_links',
    make: ({ setup }) => setup.createToken(),
  },
];

describe.each(durableKinds)('on $name', ({ name, create }) => {
  let fleet: Fleet;
  let things: Things;
  let count = 0;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  beforeEach(async () => {
    count += 1;
    things = await makeThings(fleet.at(0).keyturn, `place${count}`);
  });
  afterAll(() => fleet.close());

  test.each(changes)(
    'security 29: without its event, nothing is left of $what; with it, all is',
    async ({ make }) => {
      const { keyturn } = fleet.at(0);
      const before = await contentOf(fleet, name);
      await refuseWrites(fleet, name, 'events');
      await expect(make(keyturn, things)).rejects.toThrow();
      expect(await contentOf(fleet, name)).toEqual(before);
      await allowWrites(fleet, name, 'events');
      await make(keyturn, things);
      const after = await contentOf(fleet, name);
      expect(eventCountIn(after)).toBe(eventCountIn(before) + 1);
      expect((await keyturn.events.verify()).filter(({ ok }) => !ok)).toEqual([]);
    },
  );

  test.each(changes)(
    'security 29: where $what cannot be written, no event says that it was',
    async ({ make, table }) => {
      const { keyturn } = fleet.at(0);
      const before = await contentOf(fleet, name);
      await refuseWrites(fleet, name, table);
      await expect(make(keyturn, things)).rejects.toThrow();
      await allowWrites(fleet, name, table);
      expect(await contentOf(fleet, name)).toEqual(before);
    },
  );

  test('security 29: the first root key and the use of its link are one change', async () => {
    const { keyturn } = fleet.at(0);
    const { token } = await keyturn.setup.createToken();
    const before = await contentOf(fleet, name);
    for (const table of ['events', 'setup_links', 'secrets']) {
      await refuseWrites(fleet, name, table);
      await expect(keyturn.setup.redeem(token)).rejects.toThrow();
      await allowWrites(fleet, name, table);
      expect(await contentOf(fleet, name)).toEqual(before);
    }
    const { key } = await keyturn.setup.redeem(token);
    const { items } = await keyturn.events.list({ keyspace: 'keyturn', limit: 2 });
    expect(items.map(({ type }) => type)).toEqual(['setup.link_used', 'key.created']);
    expect(items[1]?.subject.id).toBe(key.id);
  });
});

async function makeThings({ keyspaces, keys, owners }: Keyturn, keyspace: string): Promise<Things> {
  const owner = 'acme';
  await keyspaces.create({ name: keyspace, prefix: keyspace });
  await owners.create({ id: owner, keyspace, name: 'Ada' });
  const newKey = async () => (await keys.create({ name: 'key', keyspace, owner })).key.id;
  const [keyId, disabledId, endedId] = [await newKey(), await newKey(), await newKey()];
  await keys.disable(disabledId);
  await keys.revoke(endedId);
  return { keyspace, keyId, disabledId, endedId, owner };
}

/** Every row of every table. */
async function contentOf({ data }: Fleet, kind: DataKind['name']): Promise<readonly string[]> {
  if (kind === 'postgres') {
    // At once: each statement of a test is a connection of its own.
    const rows = TABLES.map((table) => `select '${table}' as place, to_jsonb(t) from ${table} t`);
    const all = await data.execute(rows.join(' union all '));
    return all.map((row) => JSON.stringify(row)).toSorted();
  }
  const content: string[] = [];
  for (const place of TABLES) {
    const rows = await data.execute(`select * from ${place}`);
    content.push(...rows.map((row) => JSON.stringify({ place, ...row })));
  }
  return content.toSorted();
}

function eventCountIn(content: readonly string[]): number {
  return content.filter((row) => row.startsWith('{"place":"events"')).length;
}

/** From now on the database refuses what is written into the table, whoever writes. */
async function refuseWrites({ data }: Fleet, kind: DataKind['name'], table: string): Promise<void> {
  if (kind === 'postgres') {
    await data.execute(
      'create or replace function refuse() returns trigger language plpgsql as ' +
        `$$ begin raise exception 'refused by the test'; end $$; ` +
        `create trigger refuse before insert or update or delete on ${table} ` +
        'for each row execute function refuse()',
    );
    return;
  }
  for (const verb of VERBS) {
    const trigger = `create trigger refuse_${verb} before ${verb} on ${table}`;
    await data.execute(`${trigger} begin select raise(abort, 'refused by the test'); end`);
  }
}

async function allowWrites({ data }: Fleet, kind: DataKind['name'], table: string): Promise<void> {
  if (kind === 'postgres') await data.execute(`drop trigger refuse on ${table}`);
  else for (const verb of VERBS) await data.execute(`drop trigger refuse_${verb}`);
}
