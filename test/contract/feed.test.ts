import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Write } from '../../src/store/change.js';
import type { FeedChange, Store } from '../../src/store/store.js';
import {
  aChange,
  aKey,
  aKeyspaceId,
  anEvent,
  anInstanceId,
  anOwner,
  done,
  inNewKeyspace,
  nowMs,
} from './build.js';
import { type OpenedStore, stores } from './stores.js';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

describe.each(stores)('the feed on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  async function headOf(store: Store): Promise<number> {
    return (await store.changesSince(0, 1)).head;
  }

  test('a new store has no changes', async () => {
    const fresh = await open();
    const empty = { head: 0, changes: [], isTruncated: false };
    expect(await fresh.store.changesSince(0, 10)).toMatchObject(empty);
    await fresh.close();
  });

  test('each event is told once, in order, with what it happened to', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const before = await headOf(store);
    const key = aKey(keyspaceId);
    const owner = anOwner(keyspaceId);
    const writes: readonly Write[] = [
      { kind: 'insert_key', key },
      { kind: 'put_owner', owner, expectedVersion: 0 },
    ];
    await done(store, aChange(keyspaceId, writes));
    const events = [anEvent(keyspaceId, { subject: { kind: 'setup', id: 'link' } })];
    await done(store, aChange(keyspaceId, [], { events }));
    const page = await store.changesSince(before, 10);
    expect(page).toMatchObject({ head: before + 3, isTruncated: false });
    const subject = (subjectKind: FeedChange['subjectKind'], subjectId: string) => ({
      keyspaceId,
      subjectKind,
      subjectId,
    });
    expect(page.changes).toEqual([
      { sequence: before + 1, ...subject('key', key.id) },
      { sequence: before + 2, ...subject('owner', owner.id) },
      { sequence: before + 3, ...subject('setup', 'link') },
    ]);
  });

  test('nothing comes after the head', async () => {
    const { store } = opened;
    const head = await done(store, aChange(aKeyspaceId(), []));
    const nothing = { head, changes: [], isTruncated: false };
    expect(await store.changesSince(head, 10)).toMatchObject(nothing);
    expect(await store.changesSince(head + 1_000, 10)).toMatchObject(nothing);
  });

  test('as many changes as the limit are told; one more, and none is', async () => {
    const { store } = opened;
    const keyspaceId = aKeyspaceId();
    const before = await headOf(store);
    const events = Array.from({ length: 5 }, () => anEvent(keyspaceId));
    await done(store, aChange(keyspaceId, [], { events }));
    const whole = await store.changesSince(before, 5);
    expect(whole).toMatchObject({ head: before + 5, isTruncated: false });
    expect(whole.changes).toHaveLength(5);
    const cut = await store.changesSince(before, 4);
    expect(cut).toMatchObject({ head: before + 5, changes: [], isTruncated: true });
  });

  test("the store's clock comes with every page", async () => {
    const { databaseMs } = await opened.store.changesSince(0, 1);
    expect(Number.isInteger(databaseMs)).toBe(true);
    expect(Math.abs(databaseMs - nowMs())).toBeLessThan(MINUTE_MS);
  });

  test('a commit says of itself that it may have changed something', async () => {
    const { store } = opened;
    store.mayHaveChanged();
    const head = await done(store, aChange(aKeyspaceId(), []));
    // A store that sees only what others write may say no; it never hides another's change.
    expect(typeof store.mayHaveChanged()).toBe('boolean');
    expect(await headOf(store)).toBe(head);
  });

  test('who no longer listens can say so twice', () => {
    const stop = opened.store.onWake(() => {});
    stop();
    stop();
  });
});

describe.each(stores)('running instances on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  async function rowOf(id: string) {
    return (await opened.store.listInstances()).find((row) => row.id === id);
  }

  test('an instance is seen by its newest heartbeat, at the time of the store', async () => {
    const { store } = opened;
    const id = anInstanceId();
    await store.heartbeat({ id, confirmedSequence: 1, flushedUntil: 0 });
    const first = await rowOf(id);
    expect(first).toEqual({
      id,
      confirmedSequence: 1,
      flushedUntil: 0,
      seenAt: expect.any(Number),
    });
    expect(Math.abs((first?.seenAt ?? 0) - nowMs())).toBeLessThan(MINUTE_MS);
    await store.heartbeat({ id, confirmedSequence: 2 ** 40, flushedUntil: nowMs() });
    const second = await rowOf(id);
    expect(second).toMatchObject({ confirmedSequence: 2 ** 40 });
    expect(second?.seenAt).toBeGreaterThanOrEqual(first?.seenAt ?? 0);
    expect(await store.listInstances()).toHaveLength(1);
    await store.goodbye(id);
  });

  test('an instance that says goodbye is gone, and no other', async () => {
    const { store } = opened;
    const [gone, stays] = [anInstanceId(), anInstanceId()];
    for (const id of [gone, stays]) {
      await store.heartbeat({ id, confirmedSequence: 0, flushedUntil: 0 });
    }
    await store.goodbye(gone);
    await store.goodbye(gone);
    expect(await rowOf(gone)).toBeUndefined();
    expect(await rowOf(stays)).toBeDefined();
  });

  test('an instance that died comes back with its next heartbeat', async () => {
    const { store } = opened;
    const id = anInstanceId();
    await store.goodbye(id);
    await store.heartbeat({ id, confirmedSequence: 7, flushedUntil: 0 });
    expect(await rowOf(id)).toMatchObject({ confirmedSequence: 7 });
  });

  test('an instance that was not seen for a week is swept away, and no other', async () => {
    const { store } = opened;
    const id = anInstanceId();
    await store.heartbeat({ id, confirmedSequence: 1, flushedUntil: 0 });
    const seenAt = (await rowOf(id))?.seenAt ?? 0;
    await store.sweep(seenAt + WEEK_MS - 1);
    expect(await rowOf(id)).toBeDefined();
    await store.sweep(seenAt + WEEK_MS);
    expect(await rowOf(id)).toBeUndefined();
  });
});
