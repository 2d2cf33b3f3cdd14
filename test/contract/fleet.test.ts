import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet, turn, until } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { aChange, anEvent, done } from './build.js';

const POLL_MS = Math.ceil(DEFAULT_STALENESS_MS / 3);
const SOME_TURNS = 100; // Of the event loop: what does not wait is done by then.
const FEED_LIMIT = 1_000; // As in src/fleet/feed.ts.

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(dataKinds)('the feed on $name', ({ create }) => {
  test('brings every change to every instance, and none needs to be asked for', async () => {
    fleet = await startFleet({ create, roles: ['server', 'server', 'tool'] });
    const { key, plaintext } = await fleet.at(0).issue();
    await fleet.settle();
    for (const instance of fleet.instances) {
      expect(await instance.verify({ plaintext })).toMatchObject({ valid: true });
    }
    await fleet.at(1).keyturn.keys.disable(key.id);
    await fleet.settle();
    for (const instance of fleet.instances) {
      expect(await instance.verify({ plaintext })).toMatchObject({ code: 'disabled' });
    }
  });

  test('more changes than one poll takes empty the cache, and lose nothing', async () => {
    fleet = await startFleet({ create });
    const [writer, reader] = [fleet.at(0), fleet.at(1)];
    const { key, plaintext } = await writer.issue();
    await fleet.settle();
    await reader.verify({ plaintext });
    reader.store.isFeedCut = true;
    await writer.keyturn.keys.disable(key.id);
    const keyspaceId = (await writer.store.listKeyspaces())[0]?.id;
    if (keyspaceId === undefined) throw new Error('There is no keyspace.');
    const events = Array.from({ length: FEED_LIMIT }, () => anEvent(keyspaceId));
    await done(writer.store, aChange(keyspaceId, [], { events }));
    reader.store.isFeedCut = false;
    await fleet.settle();
    expect(reader.metric('keyturn_cache_secrets')).toBe(0);
    expect(await reader.verify({ plaintext })).toMatchObject({ code: 'disabled' });
  });

  test('a keyspace that is changed on one instance is as it is now on the other', async () => {
    fleet = await startFleet({ create });
    const { plaintext } = await fleet.at(0).issue();
    await fleet.settle();
    const headers = new Headers({ 'x-acme-key': plaintext });
    await fleet.at(1).verify({ plaintext });
    expect(await fleet.at(1).keyturn.verify({ headers })).toMatchObject({ code: 'missing' });
    await fleet
      .at(0)
      .keyturn.keyspaces.update('default', { credentials: { headers: ['X-Acme-Key'] } });
    expect(await fleet.at(0).keyturn.verify({ headers })).toMatchObject({ valid: true });
    await fleet.settle();
    expect(await fleet.at(1).keyturn.verify({ headers })).toMatchObject({ valid: true });
  });

  test('an own change that overtakes a poll empties no cache', async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    const { store, keyturn } = fleet.at(0);
    const { plaintext } = await fleet.at(0).issue();
    const other = await fleet.at(0).issue();
    await fleet.settle();
    await fleet.at(0).verify({ plaintext });
    let letGo = () => {};
    const isHeld = new Promise<void>((hold) => {
      store.after = (method) => {
        if (method !== 'changesSince') return;
        store.after = undefined;
        hold();
        return new Promise((resolve) => {
          letGo = resolve;
        });
      };
    });
    store.wake();
    await isHeld;
    await keyturn.keys.disable(other.key.id);
    store.forgetCalls();
    store.wake(); // For a poll after the one that is held: then that one has been taken in.
    letGo();
    await until('the next poll begins', () => store.callCount('changesSince') > 0);
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ valid: true });
    expect(store.callCount('findByDigest')).toBe(0);
  });

  test('an own change that a poll under way tells once more empties no cache', async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    const { store } = fleet.at(0);
    await fleet.settle();
    const held = holdNext(store, 'before', 'changesSince');
    store.wake();
    await held.isHeld;
    const { plaintext } = await fleet.at(0).issue();
    await fleet.at(0).verify({ plaintext });
    store.forgetCalls();
    store.wake(); // For a poll after the one that is held: then that one has been taken in.
    held.letGo();
    await until('the next poll begins', () => store.callCount('changesSince') > 0);
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ valid: true });
    expect(store.callCount('findByDigest')).toBe(0);
  });

  test.each(['before', 'after'] as const)(
    'a poll that is delayed %s it is answered moves nobody’s clock',
    async (moment) => {
      fleet = await startFleet({ create, roles: ['server'] });
      const { store, keyturn } = fleet.at(0);
      let isSlow = true;
      store[moment] = (method) => {
        if (method !== 'changesSince' || !isSlow) return;
        isSlow = false;
        fleet.clock.advanceMs(2_000);
      };
      fleet.clock.advanceMs(POLL_MS);
      fleet.at(0).runDue();
      await until(
        'the slow poll is back',
        () => !isSlow && fleet.at(0).metric('keyturn_cache_age_seconds') < 2.5,
      );
      const { createdAt } = (await keyturn.keys.create({ name: 'now' })).key;
      expect(Date.parse(createdAt)).toBe(fleet.clock.nowMs());
    },
  );
});

describe.each(dataKinds)('instances on $name', ({ create }) => {
  test('are seen with how far they are, until they say goodbye', async () => {
    fleet = await startFleet({ create, roles: ['server', 'server', 'tool'] });
    const [first, second] = [fleet.at(0), fleet.at(1)];
    const instances = () => first.store.listInstances();
    // A tool comes and goes, and holds nobody up.
    await expect.poll(instances).toHaveLength(2);
    const { plaintext } = await first.issue();
    await fleet.settle();
    await second.verify({ plaintext });
    await fleet.passMs(POLL_MS + 100);
    const { sequence } = fleet;
    await expect
      .poll(async () => (await instances()).map((row) => row.confirmedSequence))
      .toEqual([sequence, sequence]);
    for (const row of await instances()) {
      expect(row.flushedUntil).toBeGreaterThan(fleet.clock.nowMs() - 2_000);
      expect(row.flushedUntil).toBeLessThanOrEqual(fleet.clock.nowMs());
    }
    await second.keyturn.close();
    expect(await instances()).toHaveLength(1);
  });

  test('are seen as often as the bound that is set now asks for', async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    const { store, keyturn } = fleet.at(0);
    await keyturn.keyspaces.update('default', { staleness: '300ms' });
    store.forgetCalls();
    await fleet.passMs(1_000);
    expect(store.callCount('heartbeat')).toBe(10);
    await keyturn.keyspaces.update('default', { staleness: '3s' });
    await fleet.passMs(1_000);
    store.forgetCalls();
    await fleet.passMs(3_000);
    expect(store.callCount('heartbeat')).toBe(3);
  });

  test('say goodbye after their last heartbeat, which would bring them back', async () => {
    fleet = await startFleet({ create, roles: ['server', 'tool'] });
    const { store, keyturn } = fleet.at(0);
    const instances = () => fleet.at(1).store.listInstances();
    await expect.poll(instances).toHaveLength(1);
    const held = holdNext(store, 'before', 'heartbeat');
    fleet.clock.advanceMs(POLL_MS);
    fleet.at(0).runDue();
    await held.isHeld;
    const closed = keyturn.close();
    for (let turns = 0; turns < SOME_TURNS; turns += 1) await turn();
    expect(store.callCount('goodbye')).toBe(0);
    held.letGo();
    await closed;
    expect(await instances()).toEqual([]);
  });

  test('hear of a change by the poll alone, a third of the bound later', async () => {
    fleet = await startFleet({ create });
    const [writer, reader] = [fleet.at(0), fleet.at(1)];
    const { key, plaintext } = await writer.issue();
    await fleet.settle();
    await reader.verify({ plaintext });
    reader.store.isDeaf = true;
    await writer.keyturn.keys.disable(key.id);
    await fleet.passMs(POLL_MS + 100);
    await until('the poll is back', () => reader.sequence === fleet.sequence);
    expect(await reader.verify({ plaintext })).toMatchObject({ code: 'disabled' });
  });
});

const listening = dataKinds.filter(({ name }) => name === 'postgres');

describe.each(listening)('instances on $name', ({ create }) => {
  test('hear of a change at once, without a poll', async () => {
    fleet = await startFleet({ create });
    const [writer, reader] = [fleet.at(0), fleet.at(1)];
    const { key, plaintext } = await writer.issue();
    await until('the first is heard of', () => reader.sequence === fleet.sequence);
    await reader.verify({ plaintext });
    await writer.keyturn.keys.disable(key.id);
    await until('the change is heard of', () => reader.sequence === fleet.sequence);
    expect(await reader.verify({ plaintext })).toMatchObject({ code: 'disabled' });
  });
});
