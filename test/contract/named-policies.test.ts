import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keyspaceIdFrom } from '../../src/keys/id.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { inNewKey } from './build.js';

const RACES = 10;

describe.each(dataKinds)('the policy that a key names on $name', ({ create }) => {
  let fleet: Fleet;
  /** Of this test alone. */
  let policy: string;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server', 'tool'] });
  });
  beforeEach(async () => {
    policy = `quarterly-${fleet.sequence}`;
    await keyturn().policies.create({ name: policy });
  });
  afterAll(() => fleet.close());

  const keyturn = (index = 0) => fleet.at(index).keyturn;
  const named = (name: string, fix: string | RegExp) => ({
    code: 'unprocessable',
    errors: [
      {
        pointer: '/policy',
        message: `names "${name}", and the keyspace "default" has no such policy.`,
        fix: expect.stringMatching(fix),
      },
    ],
  });

  test('is known when the key is made and when it is changed', async () => {
    const misspelt = `${policy}x`;
    const refusal = named(misspelt, `^Did you mean "${policy}"\\?`);
    await expect(fleet.at(0).issue({ policy: misspelt })).rejects.toMatchObject(refusal);
    const { key } = await fleet.at(0).issue({ policy });
    expect(key.policy).toBe(policy);
    const { keys } = keyturn();
    await expect(keys.update(key.id, { policy: misspelt })).rejects.toMatchObject(refusal);
    expect(await keys.get(key.id)).toEqual(key);
    const far = named('something-else', '^Look in the list of policies, or make this one first');
    await expect(keys.update(key.id, { policy: 'something-else' })).rejects.toMatchObject(far);
    expect(await keys.update(key.id, { policy: 'default' })).toMatchObject({ policy: 'default' });
    expect(await keys.update(key.id, { policy: null })).toMatchObject({ policy: null });
  });

  test('is told together with all else that is wrong', async () => {
    await expect(fleet.at(0).issue({ policy: 'gone', scopes: ['A b'] })).rejects.toMatchObject({
      errors: [{ pointer: '/scopes/0' }, { pointer: '/policy' }],
    });
    await expect(fleet.at(0).issue({ policy: 'A b' })).rejects.toMatchObject({
      errors: [{ pointer: '/policy', message: 'is no name of a policy.' }],
    });
  });

  test('is one of its own keyspace', async () => {
    const keyspace = `other${fleet.sequence}`;
    await keyturn().keyspaces.create({ name: keyspace, prefix: keyspace });
    await expect(fleet.at(0).issue({ keyspace, policy })).rejects.toMatchObject({
      errors: [{ pointer: '/policy', message: expect.stringContaining(`"${keyspace}"`) }],
    });
  });

  test('is not named to who may not read policies', async () => {
    const made = await fleet.at(0).issue({ keyspace: 'keyturn', scopes: ['keys:write'] });
    const verdict = await fleet.at(0).verify(made, { keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error(`The caller is refused: ${verdict.code}.`);
    const actor = { kind: 'management_key', id: verdict.key.id } as const;
    const { keys } = keyturn().as({ actor, key: verdict.key });
    await expect(keys.create({ name: 'a', policy: `${policy}x` })).rejects.toMatchObject(
      named(`${policy}x`, '^Look in the list of policies'),
    );
  });

  test('finds its keys, and says how many there are', async () => {
    const [first, second, third] = [
      await fleet.at(0).issue({ policy }),
      await fleet.at(0).issue({ policy }),
      await fleet.at(0).issue({ policy }),
    ];
    await fleet.at(0).issue();
    await keyturn().keys.revoke(second.key.id);
    const ids = [first, second, third]
      .map(({ key }) => key.id)
      .sort()
      .reverse();
    const found = await keyturn().keys.list({ policy });
    expect(found.items.map(({ id }) => id)).toEqual(ids);
    const active = await keyturn().keys.list({ policy, state: 'active', keyspace: 'default' });
    expect(active.items.map(({ id }) => id)).toEqual(ids.filter((id) => id !== second.key.id));
    const page = await keyturn().keys.list({ policy, limit: 2 });
    const rest = await keyturn().keys.list({ policy, limit: 2, cursor: page.nextCursor ?? '' });
    expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
    expect(await keyturn().keys.list({ policy: `${policy}x` })).toMatchObject({ items: [] });
    expect(await keyturn().policies.get(policy)).toMatchObject({ keyCount: 2 });
  });

  test('is not deleted while a key names it that is not revoked', async () => {
    const [one, two] = [await fleet.at(0).issue({ policy }), await fleet.at(0).issue({ policy })];
    const refusal = (message: string) => ({
      code: 'state_conflict',
      message: expect.stringContaining(message),
    });
    await expect(keyturn().policies.delete(policy)).rejects.toMatchObject(
      refusal(`2 keys name this policy`),
    );
    await keyturn().keys.revoke(one.key.id);
    await keyturn().keys.disable(two.key.id);
    await expect(keyturn().policies.delete(policy)).rejects.toMatchObject(
      refusal(`1 key names this policy`),
    );
    await expect(keyturn().policies.delete(policy)).rejects.toMatchObject(
      refusal(`List the keys of the keyspace "default" by the policy "${policy}"`),
    );
    await keyturn().keys.update(two.key.id, { policy: null });
    await keyturn().policies.delete(policy);
    await expect(keyturn().policies.get(policy)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('may be deleted where it is "default": the built-in terms hold then', async () => {
    await keyturn().policies.create({ name: 'default', overlap: { hard: '9d' } });
    const { key } = await fleet.at(0).issue({ policy: 'default' });
    expect(await keyturn().policies.get('default')).toMatchObject({ keyCount: 1 });
    await keyturn().policies.delete('default');
    const { rotation } = Object(await keyturn().keys.rotate(key.id));
    expect(rotation).toMatchObject({ policy: 'default', step: 'observe' });
  });

  test('that is deleted meanwhile is not named by a key', async () => {
    const { keys } = keyturn();
    const { key } = await fleet.at(0).issue();
    for (const act of [
      () => fleet.at(0).issue({ policy }),
      () => keys.update(key.id, { policy }),
    ]) {
      await atCommit(() => keyturn(1).policies.delete(policy));
      await expect(act()).rejects.toMatchObject(named(policy, 'list of policies'));
      await keyturn().policies.create({ name: policy });
    }
    expect(await keyturn().keys.list({ policy })).toMatchObject({ items: [] });
  });

  test('is kept where a key comes to name it meanwhile', async () => {
    await atCommit(() => fleet.at(1).issue({ policy }));
    await expect(keyturn().policies.delete(policy)).rejects.toMatchObject({
      code: 'state_conflict',
      message: expect.stringContaining('1 key names this policy'),
    });
    expect(await keyturn().policies.get(policy)).toMatchObject({ keyCount: 1 });
  });

  test('is there or the key is not, however both come at once', async () => {
    for (let race = 0; race < RACES; race += 1) {
      const name = `${policy}-${race}`;
      await keyturn().policies.create({ name });
      const [made, deleted] = await Promise.allSettled([
        fleet.at(0).issue({ policy: name }),
        keyturn(1).policies.delete(name),
      ]);
      expect([made.status, deleted.status].sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  test('is asked for where its key is rotated, if it is gone all the same', async () => {
    const { id: keyspaceId } = await keyturn().keyspaces.get('default');
    const within = keyspaceIdFrom(keyspaceId);
    if (within === undefined) throw new Error('This is no id of a keyspace.');
    // As a version that did not look has left it.
    const key = await inNewKey(fleet.at(0).store, within, { policy: `${policy}x` });
    await expect(keyturn().keys.rotate(key.id)).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ pointer: '/policy', message: expect.stringContaining(`names "${policy}x"`) }],
    });
    await keyturn().keys.update(key.id, { policy });
    await fleet.settle();
    await expect(keyturn().keys.rotate(key.id)).resolves.toMatchObject({ rotation: { policy } });
  });

  /** Something is done just before the next change of the first instance is committed. */
  async function atCommit(act: () => unknown): Promise<void> {
    const { store } = fleet.at(0);
    store.before = async (method) => {
      if (method !== 'commit') return;
      store.before = undefined;
      await act();
    };
  }
});
