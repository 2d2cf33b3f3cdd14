import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CreatedKey, Management } from '../../src/public.js';
import type { KeyPatch } from '../../src/views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

describe.each(dataKinds)('a caller whose own key is changed meanwhile on $name', ({ create }) => {
  let fleet: Fleet;
  let caller: CreatedKey;
  let management: Management;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  beforeEach(async () => {
    caller = await fleet.at(0).issue({ keyspace: 'keyturn', scopes: ['keys:*'] });
    await fleet.settle();
    management = await callAs(caller);
  });
  afterAll(() => fleet.close());

  /** With the rights that the key has now. */
  async function callAs(made: CreatedKey): Promise<Management> {
    const verdict = await fleet.at(0).verify(made, { keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error('The caller is not accepted.');
    const actor = { kind: 'management_key', id: made.key.id } as const;
    return fleet.at(0).keyturn.as({ actor, key: verdict.key });
  }

  const change = (patch: KeyPatch) => fleet.at(1).keyturn.keys.update(caller.key.id, patch);
  const make = (name: string) => management.keys.create({ name });

  test.each<[string, KeyPatch]>([
    ['renamed', { name: 'Renamed' }],
    ['given to somebody', { owner: 'acme', metadata: { team: 'a' }, tags: ['a'] }],
    ['given more rights', { scopes: ['*'] }],
    ['left with enough rights', { scopes: ['keys:write'] }],
    ['given an end', { expiresAt: '30d' }],
    ['restricted', { restrictions: { methods: ['POST'] } }],
  ])('makes its change if it was %s', async (what, patch) => {
    await change(patch);
    const { key } = await make(what);
    expect(await fleet.at(1).keyturn.keys.get(key.id)).toMatchObject({ name: what });
  });

  test('is refused the change that it has lost the right to', async () => {
    await change({ scopes: ['keys:read'] });
    await expect(make('late')).rejects.toMatchObject({ code: 'forbidden' });
    await change({ scopes: ['keys:*'], restrictions: { keyspaces: ['keyturn'] } });
    await expect(make('late')).rejects.toMatchObject({ code: 'not_found' });
    const { items } = await fleet.at(1).keyturn.keys.list({ search: 'late' });
    expect(items).toEqual([]);
  });

  test('makes no key with more than it has by now', async () => {
    await change({ scopes: ['keys:write'] });
    const input = { name: 'child', keyspace: 'keyturn', scopes: ['keys:read'] };
    await expect(management.keys.create(input)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['disabled', () => fleet.at(1).keyturn.keys.disable(caller.key.id)],
    ['revoked', () => fleet.at(1).keyturn.keys.revoke(caller.key.id)],
  ])('is refused everything if it was %s', async (_what, end) => {
    await end();
    await expect(make('late')).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('is refused by an end that comes just before its change', async () => {
    const { store } = fleet.at(0);
    store.before = async (method) => {
      if (method === 'commit') await fleet.at(1).keyturn.keys.disable(caller.key.id);
    };
    await expect(make('late')).rejects.toMatchObject({ code: 'unauthenticated' });
    store.before = undefined;
  });

  test('ends another key, though its own is renamed each time', async () => {
    const { key } = await fleet.at(0).issue();
    const { store } = fleet.at(0);
    let count = 0;
    store.before = async (method) => {
      count += 1;
      if (method === 'commit') await change({ name: `renamed ${count}` });
    };
    await management.keys.revoke(key.id);
    store.before = undefined;
    expect((await fleet.at(1).keyturn.keys.get(key.id)).state).toBe('revoked');
  });
});
