import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyRecord } from '../../src/keys/key.js';
import type { KeyCaller } from '../../src/store/change.js';
import {
  aChange,
  aKeyId,
  callerOf,
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
  async function resultFor(caller: KeyCaller) {
    const target = await inNewKeyspace(opened.store);
    return opened.store.commit(aChange(target, [], { caller }));
  }

  async function newCaller(fields: Partial<KeyRecord> = {}) {
    return inNewKey(opened.store, await inNewKeyspace(opened.store), fields);
  }

  test('an active key may call', async () => {
    const caller = await newCaller({ expiresAt: nowMs() + HOUR_MS });
    expect(await resultFor(callerOf(caller))).toMatchObject({ ok: true });
    expect(await resultFor({ keyId: caller.id, rights: null })).toMatchObject({ ok: true });
  });

  test.each<[string, Partial<KeyRecord>]>([
    ['disabled', { state: 'disabled' }],
    ['revoked', { state: 'revoked' }],
    ['expired', { expiresAt: nowMs() - 1_000 }],
  ])('a key that is %s may not', async (_what, fields) => {
    const caller = await newCaller(fields);
    expect(await resultFor(callerOf(caller))).toEqual(REFUSED);
    expect(await resultFor({ keyId: caller.id, rights: null })).toEqual(REFUSED);
  });

  test('an unknown key may not', async () => {
    expect(await resultFor({ keyId: aKeyId(), rights: null })).toEqual(REFUSED);
  });

  test('a key that was deleted since may not', async () => {
    const { store } = opened;
    const caller = await newCaller({ state: 'revoked' });
    await done(store, aChange(caller.keyspaceId, [deletionOf(caller)]));
    expect(await resultFor(callerOf(caller))).toEqual(REFUSED);
  });

  test.each<[string, Partial<KeyRecord>]>([
    ['scopes', { scopes: [] }],
    ['expiry', { expiresAt: nowMs() + HOUR_MS }],
    ['restrictions', { restrictions: { methods: ['GET'] } }],
  ])('a key whose %s were changed since they were read may not', async (_what, fields) => {
    const { store } = opened;
    const caller = await newCaller();
    await done(store, aChange(caller.keyspaceId, [updateOf(caller, fields)]));
    expect(await resultFor(callerOf(caller))).toEqual(REFUSED);
    expect(await resultFor(callerOf({ ...caller, ...fields }))).toMatchObject({ ok: true });
    // And back: what it had before is not what it has now.
    const second = { ...caller, ...fields, version: 2 };
    const back = { scopes: caller.scopes, expiresAt: null, restrictions: {} };
    await done(store, aChange(caller.keyspaceId, [updateOf(second, back)]));
    expect(await resultFor(callerOf(second))).toEqual(REFUSED);
  });

  test('a key may whose name, owner and tags were changed since', async () => {
    const { store } = opened;
    const caller = await newCaller({ restrictions: { methods: ['GET'] } });
    const fields = { name: 'Renamed', owner: null, tags: ['a'], metadata: '{"a":1}' };
    await done(store, aChange(caller.keyspaceId, [updateOf(caller, fields)]));
    expect(await resultFor(callerOf(caller))).toMatchObject({ ok: true });
  });

  test('a key may change itself: it is judged as it was before', async () => {
    const { store } = opened;
    const key = await newCaller();
    const caller = callerOf(key);
    const revoke = updateOf(key, { state: 'revoked' });
    await done(store, aChange(key.keyspaceId, [revoke], { caller }));
    expect(await store.getKey(key.id, 'all')).toMatchObject({ state: 'revoked' });
  });
});
