import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { aChange, aKeyFilter, aSecret, done, inNewKey, inNewKeyspace, updateOf } from './build.js';
import { type OpenedStore, stores } from './stores.js';

const READS = 60;

describe.each(dataKinds)('what an instance has told of a key on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  afterAll(() => fleet.close());

  test.each(['get', 'list', 'find'] as const)(
    'a key that keys.%s has told to be revoked is accepted no more, though the feed is cut',
    async (way) => {
      const made = await fleet.at(0).issue();
      await fleet.settle();
      const { keys } = fleet.at(1).keyturn;
      expect(await fleet.at(1).verify(made)).toMatchObject({ valid: true });
      fleet.cutFeed(1);
      await fleet.at(0).keyturn.keys.revoke(made.key.id);
      // Within the bound it may still be accepted: it has not been told yet.
      expect(await fleet.at(1).verify(made)).toMatchObject({ valid: true });
      const told = {
        get: async () => [await keys.get(made.key.id)],
        list: async () => (await keys.list({ state: 'revoked' })).items,
        find: async () => [(await keys.find({ plaintext: made.plaintext }))?.key],
      };
      const revoked = expect.objectContaining({ id: made.key.id, state: 'revoked' });
      expect(await told[way]()).toContainEqual(revoked);
      expect(await fleet.at(1).verify(made)).toMatchObject({ code: 'revoked' });
      fleet.at(1).store.isFeedCut = false;
      await fleet.settle();
    },
  );

  test('an older answer that comes later takes nothing of it back', async () => {
    const made = await fleet.at(0).issue();
    await fleet.settle();
    const { store, keyturn } = fleet.at(1);
    const get = () => keyturn.keys.get(made.key.id);
    const lookup = holdNext(store, 'after', 'findByDigest');
    const verdict = fleet.at(1).verify(made);
    await lookup.isHeld;
    const read = holdNext(store, 'after', 'getKey');
    const old = get();
    await read.isHeld;
    store.after = undefined;
    fleet.cutFeed(1);
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    expect((await get()).state).toBe('revoked');
    read.letGo();
    expect((await old).state).toBe('active');
    lookup.letGo();
    expect(await verdict).toMatchObject({ code: 'revoked' });
    store.isFeedCut = false;
    await fleet.settle();
  });
});

describe.each(stores)('a key that is read while it is changed on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('is read with its secrets as they were at one moment', async () => {
    const { store } = opened;
    const writer = (await opened.second?.()) ?? store;
    const keyspaceId = await inNewKeyspace(store);
    // What a key's version is, its secret's expiry is too.
    let key = await inNewKey(store, keyspaceId, { secrets: [aSecret({ expiresAt: 1 })] });
    const read = async () => [
      await store.getKey(key.id, 'all'),
      ...(await store.listKeys(aKeyFilter(keyspaceId))),
    ];
    for (let version = 2; version <= 20; version += 1) {
      const secrets = key.secrets.map((secret) => ({ ...secret, expiresAt: version }));
      const changing = done(writer, aChange(keyspaceId, [updateOf(key, { secrets })]));
      const seen = (await Promise.all(Array.from({ length: READS }, read))).flat();
      expect(seen.map((one) => one?.secrets[0]?.expiresAt)).toEqual(
        seen.map((one) => one?.version),
      );
      await changing;
      key = { ...key, secrets, version };
    }
  });
});
