import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  aChange,
  aDigest,
  aSecret,
  DAY_AT,
  done,
  inNewKey,
  inNewKeyspace,
  updateOf,
} from './build.js';
import { type OpenedStore, stores } from './stores.js';

describe.each(stores)('finding a secret by its digest on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('all that a check needs is answered', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const secret = aSecret({ number: 3, state: 'retiring', expiresAt: DAY_AT + 30 });
    const key = await inNewKey(store, keyspaceId, {
      scopes: ['reports:read', 'a:*'],
      metadata: '{"plan": "pro"}',
      tags: ['x', 'a'],
      restrictions: { addresses: ['203.0.113.0/24'], paths: ['/a/**'] },
      state: 'disabled',
      expiresAt: DAY_AT + 10,
      notBefore: DAY_AT + 20,
      version: 4,
      secrets: [secret],
    });
    const found = await store.findByDigest(secret.digest);
    expect(found).toEqual({
      keyId: key.id,
      keyspaceId,
      name: key.name,
      owner: key.owner,
      environment: key.environment,
      scopes: '["reports:read","a:*"]',
      metadata: '{"plan": "pro"}',
      tags: '["x","a"]',
      restrictions: expect.any(String),
      state: 'disabled',
      expiresAt: DAY_AT + 10,
      notBefore: DAY_AT + 20,
      version: 4,
      secretNumber: 3,
      secretState: 'retiring',
      secretHint: secret.hint,
      secretExpiresAt: DAY_AT + 30,
      secretDeadline: null,
      secretBrownout: null,
    });
    expect(JSON.parse(found?.restrictions ?? '')).toEqual(key.restrictions);
  });

  test('what is absent is null', async () => {
    const { store } = opened;
    const secret = aSecret();
    await inNewKey(store, await inNewKeyspace(store), { owner: null, secrets: [secret] });
    const absent = { owner: null, expiresAt: null, notBefore: null, secretExpiresAt: null };
    const empty = { metadata: '{}', tags: '[]', restrictions: '{}' };
    expect(await store.findByDigest(secret.digest)).toMatchObject({ ...absent, ...empty });
  });

  test('an unknown digest finds nothing', async () => {
    expect(await opened.store.findByDigest(aDigest())).toBeUndefined();
  });

  test.each(['pending', 'current', 'retiring', 'disabled', 'revoked'] as const)(
    'a %s secret is found: the verifier decides',
    async (state) => {
      const { store } = opened;
      const secret = aSecret({ state, expiresAt: 1 });
      await inNewKey(store, await inNewKeyspace(store), { secrets: [secret] });
      expect(await store.findByDigest(secret.digest)).toMatchObject({ secretState: state });
    },
  );

  test.each(['active', 'disabled', 'revoked'] as const)(
    'a secret of a key that is %s is found',
    async (state) => {
      const { store } = opened;
      const secret = aSecret();
      await inNewKey(store, await inNewKeyspace(store), { state, expiresAt: 1, secrets: [secret] });
      expect(await store.findByDigest(secret.digest)).toMatchObject({ state, expiresAt: 1 });
    },
  );

  test('each secret of a key is found as itself', async () => {
    const { store } = opened;
    const secrets = [aSecret({ number: 1, state: 'retiring' }), aSecret({ number: 2 })];
    await inNewKey(store, await inNewKeyspace(store), { secrets });
    for (const { digest, number, state } of secrets) {
      const expected = { secretNumber: number, secretState: state };
      expect(await store.findByDigest(digest)).toMatchObject(expected);
    }
  });

  test('a committed change is found by the next call', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const secret = aSecret();
    const key = await inNewKey(store, keyspaceId, { secrets: [secret] });
    expect(await store.findByDigest(secret.digest)).toMatchObject({ state: 'active', version: 1 });
    await done(store, aChange(keyspaceId, [updateOf(key, { state: 'revoked', scopes: [] })]));
    const after = { state: 'revoked', version: 2, scopes: '[]' };
    expect(await store.findByDigest(secret.digest)).toMatchObject(after);
  });
});
