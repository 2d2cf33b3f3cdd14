import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import {
  CONSUMER_MEMORY_MS,
  type Consumer,
  type ConsumerCount,
} from '../../src/store/consumers.js';
import type { LateUser } from '../../src/store/late-use.js';
import {
  aChange,
  attempt,
  deletionOf,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
  updateOf,
} from './build.js';
import { aConsumer, LATE, seenBy } from './rotation-build.js';
import { type OpenedStore, stores } from './stores.js';
import { aBatch } from './usage-build.js';

describe.each(stores)('uses after an end on $name', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  let key: KeyRecord;
  let consumer: Consumer;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(opened.store);
    key = await inNewKey(opened.store, keyspaceId);
    consumer = aConsumer();
  });
  afterAll(() => opened.close());

  const store = () => opened.store;
  const flush = (...consumers: readonly ConsumerCount[]) =>
    store().recordUsage({ ...aBatch([]), consumers });
  const refused = (fields: Partial<ConsumerCount> = {}) =>
    seenBy(key, { consumer, outcome: 'refused', ...fields });
  const waiting = async () =>
    (await store().unwatchedUses(500)).filter((one) => one.keyId === key.id);
  const weighed = (lateAs: LateUser | null, lastAt: number, of = consumer) => {
    return { keyId: key.id, secretNumber: 1, consumer: of.id, lastAt, lateAs };
  };
  const mark = (lateAs: LateUser, lastAt: number, of = consumer) => {
    const use = { ...weighed(lateAs, lastAt, of), lateAs };
    return attempt(store(), keyspaceId, { kind: 'mark_late', use });
  };
  const late = () => store().lateUsesOf({ keyId: key.id, secretNumber: 1, limit: 9 });

  test('wait for the watch where they were refused, and no others do', async () => {
    await flush(refused({ lastAt: 7 }), seenBy(key), seenBy(key, { outcome: 'browned_out' }));
    expect(await waiting()).toEqual([{ ...refused({ lastAt: 7 }), longestGapMs: 0, lateAs: null }]);
  });

  test('wait in the order of their last use, as many as are asked for', async () => {
    const others = [30, 10, 20].map((lastAt) => refused({ consumer: aConsumer(), lastAt }));
    await flush(...others);
    expect((await waiting()).map(({ lastAt }) => lastAt)).toEqual([10, 20, 30]);
    expect(await store().unwatchedUses(1)).toHaveLength(1);
  });

  test('wait no more once weighed, until there is a later one', async () => {
    await flush(refused({ lastAt: 7 }));
    await store().weighUses([weighed(null, 7)]);
    expect(await waiting()).toEqual([]);
    expect(await late()).toEqual([]);
    await flush(refused({ lastAt: 6 })); // A slow instance tells of what was known.
    expect(await waiting()).toEqual([]);
    await flush(refused({ lastAt: 8 }));
    expect(await waiting()).toMatchObject([{ lastAt: 8, count: 3 }]);
  });

  test('are marked with their event, once, and stay what they were found to be', async () => {
    await flush(refused({ lastAt: 7 }));
    expect(await mark('intruder', 7)).toMatchObject({ ok: true });
    expect(await mark('straggler', 7)).toEqual(LATE);
    expect(await waiting()).toEqual([]);
    await store().weighUses([weighed('straggler', 9), weighed(null, 9)]);
    expect(await late()).toMatchObject([{ lateAs: 'intruder', consumer }]);
    expect(await mark('intruder', 7, aConsumer())).toEqual(LATE);
  });

  test('are counted by kind, and listed latest first', async () => {
    const all = [1, 2, 3].map((lastAt) => refused({ consumer: aConsumer(), lastAt }));
    const other = refused({ consumer: aConsumer(), secretNumber: 2 });
    await flush(...all, refused({ lastAt: 9 }), other);
    for (const { consumer: one, lastAt } of all) {
      await store().weighUses([weighed(lastAt === 2 ? 'straggler' : 'intruder', lastAt, one)]);
    }
    await store().weighUses([{ ...weighed('intruder', 2, other.consumer), secretNumber: 2 }]);
    expect(await store().countLate(key.id, 1)).toEqual({ straggler: 1, intruder: 2 });
    expect((await late()).map(({ lastAt }) => lastAt)).toEqual([3, 2, 1]);
    const first = { keyId: key.id, secretNumber: 1, limit: 1 };
    expect((await store().lateUsesOf(first)).map(({ lastAt }) => lastAt)).toEqual([3]);
  });

  test('are taken back with a change that fails', async () => {
    await flush(refused({ lastAt: 7 }));
    const use = { ...weighed('intruder', 7), lateAs: 'intruder' } as const;
    const writes = [{ kind: 'mark_late', use } as const, { kind: 'mark_late', use } as const];
    expect(await store().commit(aChange(keyspaceId, writes))).toEqual(LATE);
    expect(await late()).toEqual([]);
    expect(await waiting()).toHaveLength(1);
  });

  test('go with their key, and with their consumer', async () => {
    const old = nowMs() - CONSUMER_MEMORY_MS - 60_000;
    await flush(refused({ firstAt: 1, lastAt: old }));
    await mark('intruder', old);
    await store().sweep(nowMs());
    await flush(refused({ lastAt: 7 })); // Back after its time, it is a new one.
    expect(await waiting()).toMatchObject([{ lateAs: null }]);
    await mark('intruder', 7);
    await done(store(), aChange(keyspaceId, [updateOf(key, { state: 'revoked' })]));
    await done(store(), aChange(keyspaceId, [deletionOf({ ...key, version: 2 })]));
    expect(await late()).toEqual([]);
    expect(await store().countLate(key.id, 1)).toEqual({ straggler: 0, intruder: 0 });
  });
});
