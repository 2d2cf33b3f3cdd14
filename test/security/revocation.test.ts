import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet, until } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';

const REVOKED = { valid: false, code: 'revoked' };
const VALID = { valid: true };

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(dataKinds)('a revocation on $name', ({ create }) => {
  test('security 7: a cut feed never serves a revoked key beyond the bound', async () => {
    fleet = await startFleet({ create });
    const made = await fleet.at(0).issue();
    await fleet.settle();
    expect(await fleet.at(1).verify(made)).toMatchObject(VALID);
    fleet.cutFeed(1);
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
    // Its cache may no longer answer, so it asked the store.
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
  });

  test('security 7: a cut feed and a lost store answer unavailable, and nothing else', async () => {
    fleet = await startFleet({ create });
    const made = await fleet.at(0).issue();
    await fleet.settle();
    expect(await fleet.at(1).verify(made)).toMatchObject(VALID);
    fleet.at(1).store.isLost = true;
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS - 1);
    expect(await fleet.at(1).verify(made)).toMatchObject(VALID); // The price of the bound.
    fleet.clock.advanceMs(1);
    const code = 'unavailable';
    expect(await fleet.at(1).verify(made)).toMatchObject({ valid: false, code, retryAfter: 1 });
    fleet.at(1).store.isLost = false;
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
  });

  test('security 7: a keyspace with a tighter bound is served no longer than that', async () => {
    fleet = await startFleet({ create });
    const { keyturn } = fleet.at(0);
    await keyturn.keyspaces.create({ name: 'tight', prefix: 'tight', staleness: '1s' });
    const tight = await fleet.at(0).issue({ keyspace: 'tight' });
    const loose = await fleet.at(0).issue();
    await fleet.settle();
    const verify = { keyspace: 'tight' };
    expect(await fleet.at(1).verify(tight, verify)).toMatchObject(VALID);
    expect(await fleet.at(1).verify(loose)).toMatchObject(VALID);
    fleet.cutFeed(1);
    await keyturn.keys.revoke(tight.key.id);
    await keyturn.keys.revoke(loose.key.id);
    fleet.clock.advanceMs(1_000);
    expect(await fleet.at(1).verify(tight, verify)).toMatchObject(REVOKED);
    expect(await fleet.at(1).verify(loose)).toMatchObject(VALID);
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS - 1_000);
    expect(await fleet.at(1).verify(loose)).toMatchObject(REVOKED);
  });

  test('security 7: one’s own revocation counts before it is answered', async () => {
    fleet = await startFleet({ create });
    const made = await fleet.at(0).issue();
    expect(await fleet.at(0).verify(made)).toMatchObject(VALID);
    fleet.cutFeed(0);
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    expect(await fleet.at(0).verify(made)).toMatchObject(REVOKED);
  });

  test('security 7: who has said that a key is revoked accepts it no more', async () => {
    fleet = await startFleet({ create });
    const [first, second] = [fleet.at(0), fleet.at(1)];
    const how = { idempotencyKey: 'end it' };
    for (const say of [
      (id: string) => second.keyturn.keys.revoke(id),
      (id: string) => second.keyturn.keys.revoke(id, {}, how),
      (id: string) => second.keyturn.keys.get(id),
      (id: string) => second.keyturn.keys.enable(id).catch(() => 'refused'),
    ]) {
      const made = await first.issue();
      await fleet.settle();
      expect(await second.verify(made)).toMatchObject(VALID);
      second.store.isFeedCut = true;
      await first.keyturn.keys.revoke(made.key.id, {}, how);
      await say(made.key.id);
      expect(await second.verify(made)).toMatchObject(REVOKED);
      second.store.isFeedCut = false;
    }
  });

  test('security 7: a lookup that was on its way keeps nothing and admits nobody', async () => {
    fleet = await startFleet({ create });
    const made = await fleet.at(0).issue();
    await fleet.settle();
    const { store } = fleet.at(1);
    const held = holdNext(store, 'after', 'findByDigest');
    const asked = fleet.at(1).verify(made);
    await held.isHeld;
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    await fleet.settle();
    held.letGo();
    expect(await asked).toMatchObject(REVOKED);
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
  });

  test('security 7: a lookup from before it was said to be revoked admits nobody', async () => {
    fleet = await startFleet({ create });
    const made = await fleet.at(0).issue();
    await fleet.settle();
    fleet.cutFeed(1);
    const held = holdNext(fleet.at(1).store, 'after', 'findByDigest');
    const asked = fleet.at(1).verify(made);
    await held.isHeld;
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    const said = await fleet.at(1).keyturn.keys.get(made.key.id);
    expect(said).toMatchObject({ state: 'revoked' });
    held.letGo();
    expect(await asked).toMatchObject(REVOKED);
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
  });

  test('security 7: a lookup that took longer than the bound admits nobody', async () => {
    fleet = await startFleet({ create });
    const made = await fleet.at(0).issue();
    await fleet.settle();
    fleet.cutFeed(1);
    const held = holdNext(fleet.at(1).store, 'after', 'findByDigest');
    const asked = fleet.at(1).verify(made);
    await held.isHeld;
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
    held.letGo();
    expect(await asked).toMatchObject({ valid: false, code: 'unavailable' });
  });

  test('security 7: nobody joins a lookup from before a change of the key', async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    const made = await fleet.at(0).issue();
    const held = holdNext(fleet.at(0).store, 'after', 'findByDigest');
    const before = fleet.at(0).verify(made);
    await held.isHeld;
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    expect(await fleet.at(0).verify(made)).toMatchObject(REVOKED);
    held.letGo();
    expect(await before).toMatchObject(REVOKED);
    expect(await fleet.at(0).verify(made)).toMatchObject(REVOKED);
  });

  test('security 7: a poll that fails half way proves nothing', async () => {
    fleet = await startFleet({ create });
    const made = await fleet.at(0).issue();
    await fleet.settle();
    expect(await fleet.at(1).verify(made)).toMatchObject(VALID);
    const { store } = fleet.at(1);
    let failureCount = 0;
    store.before = (method) => {
      if (method !== 'listKeyspaces') return;
      failureCount += 1;
      throw new Error('The keyspaces cannot be read.');
    };
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    await fleet.at(0).keyturn.keyspaces.update('default', { storeLoss: '1m' });
    await fleet.passMs(DEFAULT_STALENESS_MS);
    await until('the feed has tried', () => failureCount > 0);
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
  });

  test('security 7: a keyspace that was read before a change does not undo it', async () => {
    fleet = await startFleet({ create });
    const { store, keyturn } = fleet.at(1);
    const made = await fleet.at(0).issue();
    await fleet.settle();
    // The feed's reload has read the keyspaces, and is overtaken by a change of one's own.
    const held = holdNext(store, 'after', 'listKeyspaces');
    await fleet.at(0).keyturn.keyspaces.create({ name: 'other', prefix: 'other' });
    await until('the feed reloads', () => {
      store.wake();
      return held.hasHeld();
    });
    store.isFeedCut = true;
    await keyturn.keyspaces.update('default', { staleness: '1s' });
    held.letGo();
    expect(await fleet.at(1).verify(made)).toMatchObject(VALID);
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    fleet.clock.advanceMs(1_000);
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
  });

  test('security 7: a keyspace that could not be read after a change is read by the feed', async () => {
    fleet = await startFleet({ create });
    const { store, keyturn } = fleet.at(1);
    const made = await fleet.at(0).issue();
    await fleet.settle();
    let isCommitted = false;
    store.before = (method) => {
      if (isCommitted && method === 'listKeyspaces') throw new Error('They cannot be read now.');
      if (method === 'commit') isCommitted = true;
    };
    await keyturn.keyspaces.update('default', { staleness: '1s' });
    store.before = undefined;
    await fleet.passMs(DEFAULT_STALENESS_MS);
    await fleet.at(1).refresh();
    expect(await fleet.at(1).verify(made)).toMatchObject(VALID);
    fleet.cutFeed(1);
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    fleet.clock.advanceMs(1_000);
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
  });
});
