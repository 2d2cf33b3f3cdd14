import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { Change, Conflict, Write } from '../../src/store/change.js';
import type { Store } from '../../src/store/store.js';
import {
  aChange,
  aDigest,
  aKey,
  aKeyId,
  anEvent,
  anOwner,
  aPersonalValue,
  aSecret,
  deletionOf,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
  uniqueText,
  updateOf,
} from './build.js';
import { contentsOf } from './contents.js';
import { type OpenedStore, stores } from './stores.js';

type Spoil = (change: Change, world: World) => Change;

interface World {
  readonly store: Store;
  readonly keyspaceId: KeyspaceId;
}

describe.each(stores)('conflicts on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test.each<[string, Conflict, Spoil]>([
    ['a caller that is unknown', 'caller', (change) => ({ ...change, caller: nobody() })],
    ['a write with another version', 'version', (change, world) => and(change, unknownKey(world))],
    ['a write of what exists', 'exists', (change) => and(change, ...change.writes.slice(0, 1))],
    ['an owner who exists', 'version', (change, world) => and(change, ...twice(world))],
    ['a link that is unknown', 'setup_link', (change) => and(change, unknownLink())],
  ])('%s changes nothing, whatever stands before it', async (_what, conflict, spoil) => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const kept = await worldOf(store, keyspaceId);
    const change = spoil(kept.change, { store, keyspaceId });
    const before = await contentsOf(store, keyspaceId);
    expect(await store.commit(change)).toEqual({ ok: false, conflict });
    expect(await contentsOf(store, keyspaceId)).toEqual(before);
    expect(await store.personalValues(kept.commitments)).toEqual([kept.erasable]);
    expect(await store.findIdempotent(kept.idempotencyId, nowMs())).toBeUndefined();
    for (const digest of kept.newDigests) expect(await store.findByDigest(digest)).toBeUndefined();
    // Once what was wrong is put right, the same change goes through: its link was not used up.
    expect(await store.commit(kept.change)).toMatchObject({ ok: true });
    expect(await store.findIdempotent(kept.idempotencyId, nowMs())).toBeDefined();
  });

  test('the caller is judged before the idempotency key, and that before the writes', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const idempotency = anAnswer();
    await done(store, aChange(keyspaceId, [], { idempotency }));
    const wrong = unknownKey({ keyspaceId });
    const all = aChange(keyspaceId, [wrong], { idempotency, caller: nobody() });
    expect(await store.commit(all)).toEqual({ ok: false, conflict: 'caller' });
    const two = { ...all, caller: null };
    expect(await store.commit(two)).toEqual({ ok: false, conflict: 'idempotency' });
    const one = { ...two, idempotency: null };
    expect(await store.commit(one)).toEqual({ ok: false, conflict: 'version' });
  });

  test('the first write that cannot be made names the conflict', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const key = await inNewKey(store, keyspaceId);
    const again: Write = { kind: 'insert_key', key };
    const stale = unknownKey({ keyspaceId });
    const inOrder = await store.commit(aChange(keyspaceId, [again, stale]));
    expect(inOrder).toEqual({ ok: false, conflict: 'exists' });
    const reversed = await store.commit(aChange(keyspaceId, [stale, again]));
    expect(reversed).toEqual({ ok: false, conflict: 'version' });
  });

  test('a change that was made is not made again, whatever has come since', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const key = aKey(keyspaceId);
    const personal = [aPersonalValue(keyspaceId)];
    const insert: Write = { kind: 'insert_key', key };
    const change = aChange(keyspaceId, [insert], { personal, idempotency: anAnswer() });
    const first = await store.commit(change);
    await done(store, aChange(keyspaceId, [updateOf(key, { name: 'Later' })]));
    const before = await contentsOf(store, keyspaceId);
    expect(await store.commit(change)).toEqual(first);
    expect(await store.commit({ ...change, caller: nobody() })).toEqual(first);
    expect(await contentsOf(store, keyspaceId)).toEqual(before);
  });

  test('a repeated change of several events answers the number of its last event', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const events = [anEvent(keyspaceId), anEvent(keyspaceId), anEvent(keyspaceId)];
    const change = aChange(keyspaceId, [], { events });
    const first = await store.commit(change);
    const { head } = await store.changesSince(0, 1);
    expect(first).toEqual({ ok: true, sequence: head });
    expect(await store.commit(change)).toEqual(first);
  });

  test('a refused change may be made later under the same event', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const key = aKey(keyspaceId);
    const update = aChange(keyspaceId, [updateOf(key, { name: 'Second' })]);
    expect(await store.commit(update)).toEqual({ ok: false, conflict: 'version' });
    await done(store, aChange(keyspaceId, [{ kind: 'insert_key', key }]));
    expect(await store.commit(update)).toMatchObject({ ok: true });
    expect(await store.getKey(key.id, 'all')).toMatchObject({ name: 'Second' });
  });

  test('a change without an event is a fault: nothing is written without one', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const write: Write = { kind: 'insert_key', key: aKey(keyspaceId) };
    const change = aChange(keyspaceId, [write], { events: [] });
    await expect(store.commit(change)).rejects.toThrow(Error);
    expect(await contentsOf(store, keyspaceId)).toMatchObject({ keys: [] });
  });
});

/** A change of every kind of write, each of which can be made. */
async function worldOf(store: Store, keyspaceId: KeyspaceId) {
  const [updated, deleted] = [await inNewKey(store, keyspaceId), await inNewKey(store, keyspaceId)];
  const link = aDigest();
  const erasable = aPersonalValue(keyspaceId, { ownerId: 'erased' });
  const insertLink: Write = {
    kind: 'insert_setup_link',
    digest: link,
    expiresAt: nowMs() + 60_000,
  };
  await done(store, aChange(keyspaceId, [insertLink], { personal: [erasable] }));
  const key = aKey(keyspaceId);
  const added = aSecret({ number: 2 });
  const written = aPersonalValue(keyspaceId);
  const idempotency = anAnswer();
  const writes: readonly Write[] = [
    { kind: 'insert_key', key },
    updateOf(updated, { name: 'Changed', secrets: [...updated.secrets, added] }),
    deletionOf(deleted),
    { kind: 'put_owner', owner: anOwner(keyspaceId), expectedVersion: 0 },
    { kind: 'erase_personal', keyspaceId, ownerId: 'erased' },
    { kind: 'insert_setup_link', digest: aDigest(), expiresAt: nowMs() + 60_000 },
    { kind: 'use_setup_link', digest: link, nowMs: nowMs() },
  ];
  return {
    change: aChange(keyspaceId, writes, { personal: [written], idempotency }),
    erasable,
    commitments: [erasable.commitment, written.commitment],
    idempotencyId: idempotency.id,
    newDigests: [...key.secrets, added].map(({ digest }) => digest),
  };
}

/** The change with more writes, under the same events. */
function and(change: Change, ...writes: readonly Write[]): Change {
  return { ...change, writes: [...change.writes, ...writes] };
}

function twice({ keyspaceId }: World): readonly Write[] {
  const owner = anOwner(keyspaceId);
  const put: Write = { kind: 'put_owner', owner, expectedVersion: 0 };
  return [put, put];
}

function unknownKey({ keyspaceId }: Pick<World, 'keyspaceId'>): Write {
  return updateOf(aKey(keyspaceId), { name: 'Nobody' });
}

function unknownLink(): Write {
  return { kind: 'use_setup_link', digest: aDigest(), nowMs: nowMs() };
}

const nobody = () => ({ keyId: aKeyId(), rights: null });

const anAnswer = () => ({
  id: uniqueText(),
  bodyHash: 'hash',
  answer: '{}',
  expiresAt: nowMs() + 60_000,
});
