import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { Store } from '../../src/store/store.js';
import {
  aChange,
  aKeyFilter,
  anInstanceId,
  aSecret,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
  uniqueText,
  updateOf,
} from './build.js';
import { contentsOf } from './contents.js';
import { type OpenedStore, sharedStores } from './stores.js';
import { aBatch, aCount } from './usage-build.js';

const BOUND = { timeout: 10_000, interval: 5 };

describe.each(sharedStores)('two processes on one $name', ({ name, open }) => {
  let opened: OpenedStore;
  let first: Store;
  let second: Store;
  let keyspaceId: KeyspaceId;
  beforeAll(async () => {
    opened = await open();
    first = opened.store;
    second = await another();
    keyspaceId = await inNewKeyspace(first);
  });
  afterAll(() => opened.close());

  async function another(): Promise<Store> {
    const store = await opened.second?.();
    if (store === undefined) throw new Error(`${name} has no second store.`);
    return store;
  }

  test('what one has committed, the next statement of the other sees', async () => {
    const secret = aSecret();
    const key = await inNewKey(first, keyspaceId, { secrets: [secret] });
    expect(await second.getKey(key.id, 'all')).toEqual(key);
    expect(await second.findByDigest(secret.digest)).toMatchObject({ keyId: key.id });
    await done(second, aChange(keyspaceId, [updateOf(key, { state: 'revoked' })]));
    expect(await first.findByDigest(secret.digest)).toMatchObject({ state: 'revoked' });
    expect(await contentsOf(first, keyspaceId)).toEqual(await contentsOf(second, keyspaceId));
  });

  test('a change that one has made is known to the other', async () => {
    const change = aChange(keyspaceId, []);
    expect(await second.commit(change)).toEqual(await first.commit(change));
    const batch = aBatch([aCount(keyspaceId, { outcome: 'missing' })]);
    await first.recordUsage(batch);
    const { usage } = await contentsOf(first, keyspaceId);
    await second.recordUsage(batch);
    expect((await contentsOf(second, keyspaceId)).usage).toEqual(usage);
  });

  test('an idempotency key that one has taken is taken for the other', async () => {
    const expiresAt = nowMs() + 60_000;
    const idempotency = { id: uniqueText(), bodyHash: 'hash', answer: '{}', expiresAt };
    await done(first, aChange(keyspaceId, [], { idempotency }));
    const refused = { ok: false, conflict: 'idempotency' };
    expect(await second.commit(aChange(keyspaceId, [], { idempotency }))).toEqual(refused);
    expect(await second.findIdempotent(idempotency.id, nowMs())).toEqual(idempotency);
  });

  test('each sees the other run', async () => {
    const [left, right] = [anInstanceId(), anInstanceId()];
    await first.heartbeat({ id: left, confirmedSequence: 1, flushedUntil: 2 });
    await second.heartbeat({ id: right, confirmedSequence: 3, flushedUntil: 4 });
    const rows = await first.listInstances();
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([left, right]));
    expect(await second.listInstances()).toEqual(rows);
  });

  test('a change of one may not be hidden from the other', async () => {
    for (const [writer, reader] of [
      [first, second],
      [second, first],
    ] as const) {
      reader.mayHaveChanged();
      await inNewKey(writer, keyspaceId);
      expect(reader.mayHaveChanged()).toBe(true);
    }
  });

  test('who follows the feed of several writers misses no change and hears none twice', async () => {
    const follower = await another();
    const writers = [first, second, await another()];
    const { head: start } = await follower.changesSince(0, 1);
    const commitsEach = 30;
    let isWriting = true;
    const writing = Promise.all(
      // Two at a time from each, so that numbers are taken while others are not committed yet.
      [...writers, ...writers].map(async (store) => {
        for (let count = 0; count < commitsEach; count += 1) {
          await done(store, aChange(await inNewKeyspace(store), []));
        }
      }),
    ).finally(() => {
      isWriting = false;
    });
    const heard: number[] = [];
    let confirmed = start;
    for (let isLast = false; !isLast; ) {
      isLast = !isWriting; // Read before the poll: a last poll comes after the last commit.
      await setImmediate(); // Where nothing waits for I/O, the writers would never have their turn.
      const { head, changes, isTruncated } = await follower.changesSince(confirmed, 10_000);
      expect(isTruncated).toBe(false);
      expect(changes.at(-1)?.sequence ?? confirmed).toBe(head);
      heard.push(...changes.map(({ sequence }) => sequence));
      confirmed = head;
    }
    await writing;
    const total = 2 * commitsEach * writers.length * 2;
    expect(heard).toEqual(Array.from({ length: total }, (_none, index) => start + 1 + index));
  });

  test('what was committed is there when the data is opened again', async () => {
    const key = await inNewKey(first, keyspaceId);
    await first.recordUsage(aBatch([aCount(keyspaceId, { keyId: key.id })]));
    const before = await contentsOf(first, keyspaceId);
    const again = await another();
    expect(await contentsOf(again, keyspaceId)).toEqual(before);
    await again.close();
  });
});

describe.each(sharedStores)('opening $name again', ({ open }) => {
  test('all that was answered is there, and the chain goes on', async () => {
    const { store, reopen, close } = await open();
    const keyspaceId = await inNewKeyspace(store);
    const key = await inNewKey(store, keyspaceId);
    const change = aChange(keyspaceId, []);
    const result = await store.commit(change);
    const before = await contentsOf(store, keyspaceId);
    const again = await reopen?.();
    expect(again).toBeDefined();
    if (again === undefined) return;
    expect(await contentsOf(again, keyspaceId)).toEqual(before);
    expect(await again.commit(change)).toEqual(result);
    await done(again, aChange(keyspaceId, [updateOf(key, { name: 'later' })]));
    expect(await again.chainHead(keyspaceId)).toMatchObject({ number: 4 });
    await close();
  });

  test('a change that was answered before the store closed was made', async () => {
    const { store, reopen, close } = await open();
    const keyspaceId = await inNewKeyspace(store);
    const pending = Array.from({ length: 10 }, () => inNewKey(store, keyspaceId));
    const answers = Promise.allSettled(pending);
    await store.close();
    const answered = (await answers).flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value.id] : [],
    );
    const again = await reopen?.();
    const stored = (await again?.listKeys(aKeyFilter(keyspaceId)))?.map(({ id }) => id);
    expect(stored?.toSorted()).toEqual(expect.arrayContaining(answered));
    await close();
  });
});

const listening = sharedStores.filter(({ name }) => name === 'postgres');

describe.each(listening)('waking on $name', ({ open }) => {
  test('a change of one process wakes the others, until they stop listening', async () => {
    const { store, second, close } = await open();
    const other = await second?.();
    let [wakes, stoppedWakes] = [0, 0];
    other?.onWake(() => {
      wakes += 1;
    });
    const stop = other?.onWake(() => {
      stoppedWakes += 1;
    });
    await inNewKeyspace(store);
    await expect.poll(() => Math.min(wakes, stoppedWakes), BOUND).toBeGreaterThan(0);
    stop?.();
    const [before, stoppedAt] = [wakes, stoppedWakes];
    await inNewKeyspace(store);
    await expect.poll(() => wakes, BOUND).toBeGreaterThan(before);
    expect(stoppedWakes).toBe(stoppedAt);
    await close();
  });
});

const polled = sharedStores.filter(({ name }) => name === 'sqlite');

describe.each(polled)('polling on $name', ({ open }) => {
  test('as long as nothing changes, nothing may have changed', async () => {
    const { store, second, close } = await open();
    const other = await second?.();
    other?.mayHaveChanged();
    expect(other?.mayHaveChanged()).toBe(false);
    await inNewKeyspace(store);
    expect(other?.mayHaveChanged()).toBe(true);
    expect(other?.mayHaveChanged()).toBe(false);
    await close();
  });
});
