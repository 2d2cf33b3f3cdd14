import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CreatedKey } from '../../src/public.js';
import { durableKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

describe.each(durableKinds)('a database whose trail was damaged on $name', ({ create }) => {
  let fleet: Fleet;
  let made: CreatedKey;
  let keyspaceId: string;
  let spaceCount = 0;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  beforeEach(async () => {
    const { keyspaces, keys } = fleet.at(0).keyturn;
    spaceCount += 1;
    const name = `space${spaceCount}`;
    keyspaceId = (await keyspaces.create({ name, prefix: name })).id;
    made = await keys.create({ name: 'Acme CI', keyspace: name });
    await keys.update(made.key.id, { name: 'second' });
  });
  afterAll(() => fleet.close());

  const keys = () => fleet.at(0).keyturn.keys;
  const isOurs = () => `keyspace_id = '${keyspaceId}'`;
  const rowOf = (number: number, column: string) =>
    `(select ${column} from events where ${isOurs()} and number = ${number})`;

  test.each<[string, () => string, (() => string) | null]>([
    ['the head of its chain is gone', () => `delete from chain_heads where ${isOurs()}`, null],
    [
      'the head of its chain was set back',
      () => `update chain_heads set number = 1, hash = ${rowOf(1, 'hash')} where ${isOurs()}`,
      null,
    ],
    [
      'the sequence was set back',
      () => 'update change_sequence set value = value - 1',
      () => 'update change_sequence set value = value + 1',
    ],
  ])('says so to who changes something, if %s', async (_what, damage, mend) => {
    const { id } = made.key;
    await fleet.data.execute(damage());
    for (const change of [
      () => keys().revoke(id),
      () => keys().update(id, { name: 'third' }),
      () => keys().create({ name: 'new', keyspace: keyspaceId }),
    ]) {
      await expect(change()).rejects.toMatchObject({
        code: 'store_corrupt',
        message: expect.stringContaining('keyturn events verify'),
      });
    }
    expect(await keys().get(id)).toMatchObject({ name: 'second', state: 'active', version: 2 });
    if (mend === null) return;
    await fleet.data.execute(mend());
    expect((await keys().revoke(id)).key.state).toBe('revoked');
  });

  test.each([
    ['with its head', ['secrets', 'keys', 'keyspaces']],
    ['without its head', ['secrets', 'keys', 'keyspaces', 'chain_heads']],
    ['of which but a head is left', ['secrets', 'keys', 'keyspaces', 'events']],
  ])('is found to have a chain without a keyspace, %s', async (_what, tables) => {
    const { events } = fleet.at(0).keyturn;
    const mine = async () =>
      (await events.verify()).filter(({ keyspace }) => keyspace === keyspaceId);
    expect(await mine()).toEqual([]);
    for (const table of tables) {
      const rows = table === 'keyspaces' ? `id = '${keyspaceId}'` : isOurs();
      const where = table === 'secrets' ? `key_id = '${made.key.id}'` : rows;
      await fleet.data.execute(`delete from ${table} where ${where}`);
    }
    expect(await mine()).toEqual([expect.objectContaining({ ok: false })]);
    // Who may not see the keyspace is told nothing of it.
    const other = await fleet.at(0).issue({
      keyspace: 'keyturn',
      scopes: ['*'],
      restrictions: { keyspaces: ['default'] },
    });
    const verdict = await fleet.at(0).verify(other, { keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error('The caller is not accepted.');
    const actor = { kind: 'management_key', id: other.key.id } as const;
    const bound = fleet.at(0).keyturn.as({ actor, key: verdict.key });
    expect((await bound.events.verify()).map(({ keyspace }) => keyspace)).toEqual(['default']);
  });
});
