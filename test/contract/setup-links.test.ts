import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Write } from '../../src/store/change.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet, until } from '../setup/fleet.js';
import { aChange, aDigest, attempt, done, inNewKey, inNewKeyspace, nowMs } from './build.js';
import { type OpenedStore, stores } from './stores.js';

const HOUR_MS = 3_600_000;
const ROUNDS = 5;

describe.each(dataKinds)('two set-up links on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create });
  });
  afterEach(() => fleet.close());

  const links = () =>
    Promise.all(fleet.instances.map(({ keyturn }) => keyturn.setup.createToken()));
  const redeem = (index: number, token = '') => fleet.at(index).keyturn.setup.redeem(token);
  const rootKeys = async () =>
    (await fleet.at(0).keyturn.keys.list({ keyspace: 'keyturn' })).items.map(({ name }) => name);

  /** Lets no commit pass until one has come at each instance. */
  function gather(): void {
    let waiting = 0;
    for (const { store } of fleet.instances) {
      store.before = async (method) => {
        if (method !== 'commit') return;
        waiting += 1;
        await until('both are about to commit', () => waiting >= fleet.instances.length);
      };
    }
  }

  test('make one root key where both are used at once', async () => {
    const tokens = (await links()).map(({ token }) => token);
    gather();
    const results = await Promise.allSettled(tokens.map((token, index) => redeem(index, token)));
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused).toMatchObject({ reason: { code: 'setup_refused' } });
    expect(await rootKeys()).toEqual(['root']);
  });

  test('are both used up by the use of one', async () => {
    const [first, second] = await links();
    const { key } = await redeem(0, first?.token);
    await fleet.at(0).keyturn.keys.revoke(key.id);
    await fleet.settle();
    expect(await fleet.at(1).keyturn.setup.isNeeded()).toBe(true);
    await expect(redeem(1, second?.token)).rejects.toMatchObject({ code: 'setup_refused' });
  });
});

describe.each(dataKinds)('the set-up on $name', ({ create }) => {
  test('is needed again when the only management key has no secret that works', async () => {
    const fleet = await startFleet({ create, roles: ['server'] });
    const { setup, keys } = fleet.at(0).keyturn;
    const { key } = await setup.redeem((await setup.createToken()).token);
    expect(await setup.isNeeded()).toBe(false);
    await keys.revoke(key.id, { secret: 1 });
    expect(await setup.isNeeded()).toBe(true);
    const again = await setup.redeem((await setup.createToken()).token);
    expect(again.key.state).toBe('active');
    await fleet.close();
  });
});

describe.each(stores)('a set-up link on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  test('is refused where a management key works, and only there', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store, { isManagement: true });
    const other = await inNewKeyspace(store);
    await inNewKey(store, other);
    await inNewKey(store, keyspaceId, { state: 'revoked' });
    await inNewKey(store, keyspaceId, { expiresAt: nowMs() - 1 });
    const use = async () => {
      const digest = aDigest();
      const insert: Write = { kind: 'insert_setup_link', digest, expiresAt: nowMs() + HOUR_MS };
      await done(store, aChange(keyspaceId, [insert]));
      return attempt(store, keyspaceId, { kind: 'use_setup_link', digest, nowMs: nowMs() });
    };
    expect(await use()).toMatchObject({ ok: true });
    await inNewKey(store, keyspaceId, { expiresAt: nowMs() + HOUR_MS });
    expect(await use()).toEqual({ ok: false, conflict: 'setup_link' });
  });

  test('of many that come at once with a root key each, one is used', async () => {
    const { store } = opened;
    const second = (await opened.second?.()) ?? store;
    for (let round = 0; round < ROUNDS; round += 1) {
      const keyspaceId = await inNewKeyspace(store);
      const digests = Array.from({ length: 10 }, aDigest);
      const inserts = digests.map(
        (digest): Write => ({ kind: 'insert_setup_link', digest, expiresAt: nowMs() + HOUR_MS }),
      );
      await done(store, aChange(keyspaceId, inserts));
      const results = await Promise.all(
        digests.map((digest, index) => {
          const use: Write = { kind: 'use_setup_link', digest, nowMs: nowMs() };
          return attempt(index % 2 === 0 ? store : second, keyspaceId, use);
        }),
      );
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    }
  });
});
