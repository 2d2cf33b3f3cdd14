import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SecretState } from '../../src/keys/secret.js';
import {
  aChange,
  aKey,
  aSecret,
  attempt,
  DAY_AT,
  done,
  inNewKey,
  inNewKeyspace,
  updateOf,
} from './build.js';
import { contentsOf } from './contents.js';
import { type OpenedStore, stores } from './stores.js';

const STATES = ['pending', 'current', 'retiring', 'disabled', 'revoked'] as const;
/** What each may become besides itself: the table of docs/concepts/keys.md. */
const NEXT: Readonly<Record<SecretState, readonly SecretState[]>> = {
  pending: ['current', 'revoked'],
  current: ['retiring', 'revoked'],
  retiring: ['current', 'disabled', 'revoked'],
  disabled: ['retiring', 'revoked'],
  revoked: [],
};
const TRANSITIONS = STATES.flatMap((from) =>
  STATES.map((to) => [from, to, from === to || NEXT[from].includes(to)] as const),
);

describe.each(stores)('the secrets of a key on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test.each(TRANSITIONS)('a secret that is %s may become %s: %s', async (from, to, may) => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const secret = aSecret({ state: from });
    const key = await inNewKey(store, keyspaceId, { secrets: [secret] });
    const before = await contentsOf(store, keyspaceId);
    const result = await attempt(
      store,
      keyspaceId,
      updateOf(key, { secrets: [{ ...secret, state: to, expiresAt: DAY_AT }] }),
    );
    expect(result).toMatchObject(may ? { ok: true } : { ok: false, conflict: 'version' });
    if (!may) expect(await contentsOf(store, keyspaceId)).toEqual(before);
    expect((await store.findByDigest(secret.digest))?.secretState).toBe(may ? to : from);
  });

  test.each(['current', 'retiring'] as const)(
    'a third live secret is refused, if two are there and it is %s',
    async (state) => {
      const { store } = opened;
      const keyspaceId = await inNewKeyspace(store);
      const secrets = [aSecret({ state: 'retiring' }), aSecret({ number: 2 })];
      const key = await inNewKey(store, keyspaceId, { secrets });
      const third = aSecret({ number: 3, state });
      const before = await contentsOf(store, keyspaceId);
      const refused = { ok: false, conflict: 'version' };
      const update = updateOf(key, { secrets: [third] });
      expect(await attempt(store, keyspaceId, update)).toEqual(refused);
      expect(await contentsOf(store, keyspaceId)).toEqual(before);
      // One more that waits is none too many, nor is one in the place of another.
      const waiting = { ...third, state: 'pending' } as const;
      await done(store, aChange(keyspaceId, [updateOf(key, { secrets: [waiting] })]));
      const [old] = secrets.map((secret) => ({ ...secret, state: 'disabled' }) as const);
      const changed = [old, { ...third, state: 'current' } as const].filter(isGiven);
      const swap = updateOf({ ...key, version: 2 }, { secrets: changed });
      await done(store, aChange(keyspaceId, [swap]));
    },
  );

  test('a secret that waits does not become a third live one', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const waiting = aSecret({ number: 3, state: 'pending' });
    const secrets = [aSecret({ state: 'retiring' }), aSecret({ number: 2 }), waiting];
    const key = await inNewKey(store, keyspaceId, { secrets });
    const update = updateOf(key, { secrets: [{ ...waiting, state: 'current' }] });
    const refused = { ok: false, conflict: 'version' };
    expect(await attempt(store, keyspaceId, update)).toEqual(refused);
    expect(await store.getKey(key.id, 'all')).toEqual(key);
  });

  test('a key is not made with three live secrets: that is a fault', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const key = aKey(keyspaceId, { secrets: [1, 2, 3].map((number) => aSecret({ number })) });
    const insert = attempt(store, keyspaceId, { kind: 'insert_key', key });
    await expect(insert).rejects.toMatchObject({ code: 'internal' });
    expect(await store.getKey(key.id, 'all')).toBeUndefined();
  });

  test('a secret keeps its digest', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const key = await inNewKey(store, keyspaceId);
    const update = updateOf(key, { secrets: [aSecret()] });
    const refused = { ok: false, conflict: 'version' };
    expect(await attempt(store, keyspaceId, update)).toEqual(refused);
    expect(await store.getKey(key.id, 'all')).toEqual(key);
  });
});

function isGiven<T>(value: T | undefined): value is T {
  return value !== undefined;
}
