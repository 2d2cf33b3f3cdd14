import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyRecord } from '../../src/keys/key.js';
import {
  aChange,
  aKey,
  aKeyFilter,
  aKeyId,
  aKeyspaceId,
  aSecret,
  attempt,
  DAY_AT,
  deletionOf,
  done,
  inNewKey,
  inNewKeyspace,
  updateOf,
} from './build.js';
import { contentsOf } from './contents.js';
import { type OpenedStore, stores } from './stores.js';
import { aBatch, aCount } from './usage-build.js';

describe.each(stores)('keys on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('a key comes back as it was inserted, with its secrets in order', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const first = aSecret({ number: 1, state: 'retiring', expiresAt: DAY_AT + 1 });
    const second = aSecret({ number: 2 });
    const key = await inNewKey(store, keyspaceId, {
      owner: null,
      environment: 'test',
      scopes: ['a:b', '*'],
      metadata: '{"plan":"pro"}',
      tags: ['x', 'a'],
      state: 'disabled',
      stateReason: 'not paid',
      expiresAt: DAY_AT + 2,
      notBefore: DAY_AT - 2,
      restrictions: { addresses: ['203.0.113.0/24'], methods: [] },
      makerId: aKeyId(),
      version: 7,
      secrets: [first, second],
    });
    expect(await store.getKey(key.id, 'all')).toEqual(key);
  });

  test('a key is found only within the keyspaces that were asked for', async () => {
    const { store } = opened;
    const own = await inNewKeyspace(store);
    const other = await inNewKeyspace(store);
    const key = await inNewKey(store, own);
    expect(await store.getKey(key.id, [other, own])).toEqual(key);
    expect(await store.getKey(key.id, [other])).toBeUndefined();
    expect(await store.getKey(key.id, [])).toBeUndefined();
    expect(await store.getKey(aKeyId(), 'all')).toBeUndefined();
  });

  test('an update replaces every field but identity, keyspace and the other secrets', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const secrets = [aSecret({ number: 1 }), aSecret({ number: 2 })];
    const key = await inNewKey(store, keyspaceId, { secrets });
    const next = {
      ...key,
      name: 'New name',
      owner: null,
      environment: 'test',
      scopes: [],
      metadata: '{"a":1}',
      tags: ['t'],
      state: 'disabled',
      stateReason: 'paused',
      stateChangedAt: DAY_AT + 5,
      stateChangedBy: 'key_x',
      expiresAt: DAY_AT + 9,
      notBefore: DAY_AT,
      updatedAt: DAY_AT + 5,
      restrictions: { paths: ['/a/**'] },
      version: 2,
    } as const;
    const write = {
      kind: 'update_key',
      key: next,
      expectedVersion: 1,
      changedSecrets: [],
    } as const;
    await done(store, aChange(keyspaceId, [write]));
    expect(await store.getKey(key.id, 'all')).toEqual(next);
  });

  test('an update writes the changed secrets and those that are new', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const states = ['current', 'pending', 'current'] as const;
    const [first, second, third] = states.map((state, index) =>
      aSecret({ number: index + 1, state }),
    );
    const key = await inNewKey(store, keyspaceId, { secrets: [first, second].filter(isGiven) });
    const retiring = { ...aSecret(), ...first, state: 'retiring', expiresAt: DAY_AT } as const;
    const changedSecrets = [third, retiring].filter(isGiven);
    const next = { ...key, version: 2, secrets: [retiring, second, third].filter(isGiven) };
    const write = { kind: 'update_key', key: next, expectedVersion: 1, changedSecrets } as const;
    await done(store, aChange(keyspaceId, [write]));
    expect(await store.getKey(key.id, 'all')).toEqual(next);
    expect(await store.findByDigest(retiring.digest)).toMatchObject({ secretState: 'retiring' });
  });

  test.each<[string, Partial<KeyRecord>]>([
    ['an older version', { version: 1 }],
    ['a version that is not there yet', { version: 3 }],
    ['another keyspace', { keyspaceId: aKeyspaceId() }],
    ['an unknown id', { id: aKeyId() }],
  ])('an update with %s is refused', async (_what, wrong) => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const key = await inNewKey(store, keyspaceId, { version: 2 });
    const update = updateOf({ ...key, ...wrong }, { name: 'Lost' });
    const before = await contentsOf(store, keyspaceId);
    const refused = { ok: false, conflict: 'version' };
    expect(await attempt(store, keyspaceId, update)).toEqual(refused);
    expect(await contentsOf(store, keyspaceId)).toEqual(before);
  });

  test.each(['active', 'disabled'] as const)(
    'a revoked key never becomes %s again',
    async (state) => {
      const { store } = opened;
      const keyspaceId = await inNewKeyspace(store);
      const revoked = await inNewKey(store, keyspaceId, { state: 'revoked' });
      const refused = { ok: false, conflict: 'version' };
      expect(await attempt(store, keyspaceId, updateOf(revoked, { state }))).toEqual(refused);
      expect(await store.getKey(revoked.id, 'all')).toEqual(revoked);
    },
  );

  test('a revoked key can still be changed while it stays revoked', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const revoked = await inNewKey(store, keyspaceId, { state: 'revoked' });
    await done(store, aChange(keyspaceId, [updateOf(revoked, { name: 'Old CI' })]));
    expect(await store.getKey(revoked.id, 'all')).toMatchObject({ state: 'revoked', version: 2 });
  });

  test('an id that is taken is refused, in whatever keyspace', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const { id } = await inNewKey(store, await inNewKeyspace(store));
    const write = { kind: 'insert_key', key: aKey(keyspaceId, { id }) } as const;
    expect(await attempt(store, keyspaceId, write)).toEqual({ ok: false, conflict: 'exists' });
    expect(await store.listKeys(aKeyFilter(keyspaceId))).toEqual([]);
  });

  test.each(['insert_key', 'update_key'] as const)(
    'a digest that is taken is refused by %s',
    async (kind) => {
      const { store } = opened;
      const keyspaceId = await inNewKeyspace(store);
      const taken = aSecret();
      await inNewKey(store, await inNewKeyspace(store), { secrets: [taken] });
      const key = await inNewKey(store, keyspaceId);
      const secrets = [aSecret({ number: 2, digest: taken.digest })];
      const insert = { kind: 'insert_key', key: aKey(keyspaceId, { secrets }) } as const;
      const write = kind === 'insert_key' ? insert : updateOf(key, { secrets });
      const before = await contentsOf(store, keyspaceId);
      expect(await attempt(store, keyspaceId, write)).toEqual({ ok: false, conflict: 'exists' });
      expect(await contentsOf(store, keyspaceId)).toEqual(before);
    },
  );

  test('deleting a key removes its secrets, last uses and usage, and those of no other', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const [gone, stays] = [await inNewKey(store, keyspaceId), await inNewKey(store, keyspaceId)];
    const counts = [gone, stays].map(({ id }) => aCount(keyspaceId, { keyId: id }));
    await store.recordUsage(aBatch(counts));
    await done(store, aChange(keyspaceId, [deletionOf(gone)]));
    const { keys, lastUses, usage } = await contentsOf(store, keyspaceId);
    expect(keys).toEqual([stays]);
    expect([...lastUses.keys()]).toEqual([stays.id]);
    expect(usage.map(({ keyId }) => keyId)).toEqual([stays.id]);
    expect((await store.lastUses([gone.id])).get(gone.id)?.get(1)).toBeUndefined();
    for (const { digest } of gone.secrets) expect(await store.findByDigest(digest)).toBeUndefined();
    for (const { digest } of stays.secrets) expect(await store.findByDigest(digest)).toBeDefined();
  });

  test.each<[string, Partial<KeyRecord>]>([
    ['an older version', { version: 1 }],
    ['another keyspace', { keyspaceId: aKeyspaceId() }],
    ['an unknown id', { id: aKeyId() }],
  ])('a deletion with %s is refused', async (_what, wrong) => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const key = await inNewKey(store, keyspaceId, { version: 2 });
    const before = await contentsOf(store, keyspaceId);
    const refused = { ok: false, conflict: 'version' };
    expect(await attempt(store, keyspaceId, deletionOf({ ...key, ...wrong }))).toEqual(refused);
    expect(await contentsOf(store, keyspaceId)).toEqual(before);
  });

  test('a deleted key cannot be changed or deleted again', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const key = await inNewKey(store, keyspaceId);
    await done(store, aChange(keyspaceId, [deletionOf(key)]));
    const refused = { ok: false, conflict: 'version' };
    expect(await attempt(store, keyspaceId, updateOf(key, {}))).toEqual(refused);
    expect(await attempt(store, keyspaceId, deletionOf(key))).toEqual(refused);
  });
});

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined;
}
