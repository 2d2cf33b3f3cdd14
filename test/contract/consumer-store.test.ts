import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import { CONSUMER_MEMORY_MS, type ConsumerCount } from '../../src/store/consumers.js';
import type { PolicyRecord } from '../../src/store/rotation.js';
import { attempt, DAY_AT, inNewKey, inNewKeyspace, nowMs } from './build.js';
import { aConsumer, LATE, policyOf, seenBy } from './rotation-build.js';
import { type OpenedStore, stores } from './stores.js';
import { aBatch } from './usage-build.js';

const MINUTE_MS = 60_000;

describe.each(stores)('what rotations go by on $name', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  let key: KeyRecord;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(opened.store);
    key = await inNewKey(opened.store, keyspaceId);
  });
  afterAll(() => opened.close());

  const store = () => opened.store;

  describe('consumers', () => {
    const flush = (...consumers: readonly ConsumerCount[]) =>
      store().recordUsage({ ...aBatch([]), consumers });
    const uses = () => store().listConsumers(key.id, 9);

    test('are added up within a flush and over many, with the longest time between', async () => {
      const consumer = aConsumer();
      const at = (firstAt: number, lastAt: number, count: number) =>
        seenBy(key, { consumer, firstAt, lastAt, count });
      await flush(at(100, 200, 2), at(210, 220, 1));
      expect(await uses()).toEqual([{ ...at(100, 220, 3), longestGapMs: 10 }]);
      await flush(at(1_220, 1_300, 4));
      expect(await uses()).toEqual([{ ...at(100, 1_300, 7), longestGapMs: 1_000 }]);
      // A slow instance tells of earlier ones later.
      await flush(at(50, 1_250, 1));
      expect(await uses()).toEqual([{ ...at(50, 1_300, 8), longestGapMs: 1_000 }]);
      await flush(at(1_400, 9_000, 1), at(14_000, 15_000, 1));
      expect(await uses()).toEqual([{ ...at(50, 15_000, 10), longestGapMs: 5_000 }]);
    });

    test('are told apart by secret, by what became of them, and by themselves', async () => {
      const consumer = aConsumer();
      const all = [
        seenBy(key, { consumer, lastAt: 5 }),
        seenBy(key, { consumer, lastAt: 4, secretNumber: 2 }),
        seenBy(key, { consumer, lastAt: 3, outcome: 'browned_out' }),
        seenBy(key, { consumer: aConsumer({ network: null, clientId: 'job' }), lastAt: 2 }),
      ];
      await flush(...all);
      expect(await uses()).toEqual(all.map((one) => ({ ...one, longestGapMs: 0 })));
      expect(await store().listConsumers(key.id, 2)).toHaveLength(2);
      const id = (await uses()).at(-1)?.consumer.id ?? '';
      const asked = await store().consumersOf(key.id, [id, 'nobody']);
      expect(asked.map(({ consumer }) => consumer.id)).toEqual([id]);
      expect(await store().consumersOf(key.id, [])).toEqual([]);
      const other = await inNewKey(store(), keyspaceId);
      expect(await store().listConsumers(other.id, 9)).toEqual([]);
    });

    test('are counted once, however often their flush is sent', async () => {
      const batch = { ...aBatch([]), consumers: [seenBy(key)] };
      await store().recordUsage(batch);
      await store().recordUsage(batch);
      expect(await uses()).toMatchObject([{ count: 1 }]);
    });

    test('are forgotten after their time, and not before', async () => {
      const endedAt = nowMs() - CONSUMER_MEMORY_MS;
      const kept = aConsumer();
      await flush(
        seenBy(key, { firstAt: 1, lastAt: endedAt - MINUTE_MS }),
        seenBy(key, { consumer: kept, firstAt: 1, lastAt: endedAt + MINUTE_MS }),
      );
      await store().sweep(nowMs());
      expect((await uses()).map(({ consumer }) => consumer)).toEqual([kept]);
    });
  });

  describe('policies', () => {
    const put = (policy: PolicyRecord, expectedVersion: number) =>
      attempt(store(), keyspaceId, { kind: 'put_policy', policy, expectedVersion });
    const drop = (policy: PolicyRecord, expectedVersion: number) =>
      attempt(store(), keyspaceId, { kind: 'delete_policy', policy, expectedVersion });
    const list = () => store().listPolicies(keyspaceId, { limit: 10, after: null });

    test('are made once, changed from what was read, and deleted', async () => {
      const policy = policyOf(keyspaceId);
      expect(await put(policy, 0)).toMatchObject({ ok: true });
      expect(await put(policy, 0)).toEqual(LATE);
      const changed = { ...policy, body: '{"b":2}', updatedAt: DAY_AT + 1, version: 2 };
      expect(await put(changed, 2)).toEqual(LATE);
      expect(await put(changed, 1)).toMatchObject({ ok: true });
      expect(await list()).toEqual([changed]);
      expect(await drop(policy, 1)).toEqual(LATE);
      expect(await drop(changed, 2)).toMatchObject({ ok: true });
      expect(await drop(changed, 2)).toEqual(LATE);
      expect(await list()).toEqual([]);
    });

    test('are of one keyspace, by name', async () => {
      const all = ['b', 'a-c', 'a'].map((name) => policyOf(keyspaceId, { name }));
      for (const policy of all) await put(policy, 0);
      expect((await list()).map(({ name }) => name)).toEqual(['a', 'a-c', 'b']);
      const cut = await store().listPolicies(keyspaceId, { limit: 1, after: 'a' });
      expect(cut.map(({ name }) => name)).toEqual(['a-c']);
      expect(await store().getPolicy(keyspaceId, 'b')).toEqual(all[0]);
      expect(await store().getPolicy(keyspaceId, 'c')).toBeUndefined();
      const other = await inNewKeyspace(store());
      expect(await store().getPolicy(other, 'b')).toBeUndefined();
      expect(await store().listPolicies(other, { limit: 10, after: null })).toEqual([]);
    });
  });
});
