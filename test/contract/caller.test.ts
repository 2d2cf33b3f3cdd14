import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyRecord } from '../../src/keys/key.js';
import {
  aChange,
  aKeyId,
  deletionOf,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
  updateOf,
} from './build.js';
import { type OpenedStore, stores } from './stores.js';

const HOUR_MS = 3_600_000;
const REFUSED = { ok: false, conflict: 'caller' };

describe.each(stores)("a change's caller on $name", ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  /** What a caller's change in another keyspace comes to. */
  async function resultFor(caller: { readonly keyId: KeyRecord['id']; readonly version: number }) {
    const target = await inNewKeyspace(opened.store);
    return opened.store.commit(aChange(target, [], { caller }));
  }

  async function newCaller(fields: Partial<KeyRecord> = {}) {
    return inNewKey(opened.store, await inNewKeyspace(opened.store), fields);
  }

  test('an active key may call', async () => {
    const { id } = await newCaller({ expiresAt: nowMs() + HOUR_MS });
    expect(await resultFor({ keyId: id, version: 1 })).toMatchObject({ ok: true });
  });

  test.each<[string, Partial<KeyRecord>]>([
    ['disabled', { state: 'disabled' }],
    ['revoked', { state: 'revoked' }],
    ['expired', { expiresAt: nowMs() - 1_000 }],
    ['of another version', { version: 2 }],
  ])('a key that is %s may not', async (_what, fields) => {
    const { id } = await newCaller(fields);
    expect(await resultFor({ keyId: id, version: 1 })).toEqual(REFUSED);
  });

  test('an unknown key may not', async () => {
    expect(await resultFor({ keyId: aKeyId(), version: 1 })).toEqual(REFUSED);
  });

  test('a key that was deleted since may not', async () => {
    const { store } = opened;
    const caller = await newCaller({ state: 'revoked' });
    await done(store, aChange(caller.keyspaceId, [deletionOf(caller)]));
    expect(await resultFor({ keyId: caller.id, version: 1 })).toEqual(REFUSED);
  });

  test('a key whose rights were changed since they were read may not', async () => {
    const { store } = opened;
    const caller = await newCaller();
    await done(store, aChange(caller.keyspaceId, [updateOf(caller, { scopes: [] })]));
    expect(await resultFor({ keyId: caller.id, version: 1 })).toEqual(REFUSED);
    expect(await resultFor({ keyId: caller.id, version: 2 })).toMatchObject({ ok: true });
  });

  test('a key may change itself: it is judged as it was before', async () => {
    const { store } = opened;
    const key = await newCaller();
    const caller = { keyId: key.id, version: 1 };
    const revoke = updateOf(key, { state: 'revoked' });
    await done(store, aChange(key.keyspaceId, [revoke], { caller }));
    expect(await store.getKey(key.id, 'all')).toMatchObject({ state: 'revoked' });
  });
});
