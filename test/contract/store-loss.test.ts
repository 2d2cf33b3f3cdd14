import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import type { CreatedKey } from '../../src/public.js';
import type { Event } from '../../src/views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const BOUND = { timeout: 20_000, interval: 5 };
const TYPE = 'keyspace.store_loss_used';

describe.each(dataKinds)('a store on $name that was lost', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create });
    const { keyturn } = fleet.at(0);
    await keyturn.keyspaces.update('default', { storeLoss: '1m' });
    await keyturn.keyspaces.create({ name: 'other', prefix: 'other', storeLoss: '1m' });
    await keyturn.keyspaces.create({ name: 'strict', prefix: 'strict' });
    await fleet.settle();
  });
  afterEach(() => fleet.close());

  /** Issues keys that the first instance has seen valid. */
  async function issueSeen(...keyspaces: readonly string[]): Promise<readonly CreatedKey[]> {
    const made: CreatedKey[] = [];
    for (const keyspace of keyspaces) made.push(await fleet.at(0).issue({ keyspace }));
    await fleet.settle();
    for (const { plaintext } of made) await check(plaintext);
    return made;
  }

  async function check(plaintext: string | undefined = ''): Promise<boolean> {
    const keyspace = plaintext.slice(0, plaintext.indexOf('_')).replace('key', 'default');
    return (await fleet.at(0).verify({ plaintext }, { keyspace })).valid;
  }

  function lose(): void {
    fleet.at(0).store.isLost = true;
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
  }

  async function bringBack(): Promise<void> {
    const { store, keyturn } = fleet.at(0);
    store.isLost = false;
    await vi.waitFor(async () => {
      await fleet.passMs(100);
      expect(await keyturn.readiness()).toMatchObject({ ready: true });
    }, BOUND);
  }

  /** What stands in the trail about it, oldest first, once the instance has had its second. */
  async function used(): Promise<readonly Event[]> {
    await fleet.passMs(1_000);
    const { items } = await fleet.at(1).keyturn.events.list({ type: TYPE });
    return items.toReversed();
  }

  const usedTimes = (count: number) =>
    vi.waitFor(async () => {
      const events = await used();
      expect(events).toHaveLength(count);
      return events;
    }, BOUND);

  test('tells of it once for each keyspace whose storeLoss let keys pass', async () => {
    const [key, other, strict] = await issueSeen('default', 'other', 'strict');
    lose();
    const from = new Date(fleet.clock.nowMs()).toISOString();
    for (const { plaintext } of [key, key, other].flatMap((one) => one ?? [])) {
      expect(await check(plaintext)).toBe(true);
    }
    await fleet.passMs(7_000);
    const to = new Date(fleet.clock.nowMs()).toISOString();
    expect(await check(key?.plaintext)).toBe(true);
    expect(await check(strict?.plaintext)).toBe(false);
    expect(await used()).toEqual([]); // Nobody could have written it yet.
    await bringBack();
    const events = await usedTimes(2);
    const byKeyspace = new Map(events.map((event) => [event.keyspace, event]));
    expect(byKeyspace.get('default')?.changes).toEqual([
      { field: 'checks', from: null, to: 3 },
      { field: 'from', from: null, to: from },
      { field: 'to', from: null, to },
    ]);
    expect(byKeyspace.get('other')?.changes[0]).toEqual({ field: 'checks', from: null, to: 1 });
    for (const { actor, subject } of events) {
      expect(actor).toEqual({ kind: 'instance', id: expect.stringMatching(/^ins_/) });
      expect(subject).toEqual(actor);
    }
    const reports = await fleet.at(1).keyturn.events.verify();
    expect(reports.every(({ ok }) => ok)).toBe(true);
  });

  test('tells of each outage, and of none in which nothing passed', async () => {
    const [key] = await issueSeen('default');
    for (const count of [1, 2]) {
      lose();
      expect(await check(key?.plaintext)).toBe(true);
      await bringBack();
      await usedTimes(count);
      await check(key?.plaintext);
    }
    const { store } = fleet.at(0);
    lose();
    await bringBack();
    const commits = store.callCount('commit');
    expect(await used()).toHaveLength(2);
    expect(store.callCount('commit')).toBe(commits);
  });

  test('tells of it once, however often the answer to that is lost', async () => {
    const [key] = await issueSeen('default');
    lose();
    expect(await check(key?.plaintext)).toBe(true);
    const { store } = fleet.at(0);
    let lostCount = 0;
    store.after = (method) => {
      if (method !== 'commit' || lostCount === 5) return;
      lostCount += 1;
      throw new StoreUnavailableError('The answer is lost.');
    };
    await bringBack();
    await vi.waitFor(async () => {
      await fleet.passMs(1_000);
      expect(lostCount).toBe(5);
    }, BOUND);
    await fleet.settle();
    await usedTimes(1);
  });

  test('tells of it when the instance is closed as soon as it is back', async () => {
    const [key] = await issueSeen('default');
    lose();
    expect(await check(key?.plaintext)).toBe(true);
    fleet.at(0).store.isLost = false;
    await fleet.at(0).keyturn.close();
    await usedTimes(1);
  });

  test('empties nobody’s cache by telling of it', async () => {
    const [key] = await issueSeen('default');
    expect(await fleet.at(1).verify(key ?? { plaintext: '' })).toMatchObject({ valid: true });
    lose();
    expect(await check(key?.plaintext)).toBe(true);
    await bringBack();
    await usedTimes(1);
    await fleet.settle();
    for (const instance of fleet.instances) {
      expect(instance.metric('keyturn_cache_secrets')).toBe(1);
    }
  });
});
