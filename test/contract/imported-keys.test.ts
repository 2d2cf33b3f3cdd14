import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Digest, digestOf, directDigestsOf, foreignDigest } from '../../src/keys/digest.js';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import type { SecretRecord } from '../../src/keys/secret.js';
import { type KeyOrigin, MAX_CANDIDATES } from '../../src/store/imported.js';
import type { Store } from '../../src/store/store.js';
import {
  aChange,
  aDigest,
  aKey,
  aSecret,
  attempt,
  deletionOf,
  done,
  inNewKeyspace,
  nowMs,
  uniqueText,
  updateOf,
} from './build.js';
import { contentsOf } from './contents.js';
import { type OpenedStore, stores } from './stores.js';

const HOUR_MS = 3_600_000;

function anOrigin(fields: Partial<KeyOrigin> = {}): KeyOrigin {
  return { sourceId: aDigest(), fingerprint: aDigest(), lookup: null, ...fields };
}

/** A secret whose hash has a salt. */
function aSlowSecret(fields: Partial<SecretRecord> = {}): SecretRecord {
  const encoded = `pbkdf2_sha256$1000$${uniqueText()}$AAAA`;
  const digest = foreignDigest({ scheme: 'pbkdf2_sha256', encoded });
  return aSecret({ scheme: 'pbkdf2_sha256', digest, ...fields });
}

describe.each(stores)('keys that were made elsewhere on $name', ({ open }) => {
  let opened: OpenedStore;
  let store: Store;
  let keyspaceId: KeyspaceId;
  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(store);
  });

  async function imported(fields: Partial<KeyRecord> = {}, origin: Partial<KeyOrigin> = {}) {
    const key = aKey(keyspaceId, fields);
    const from = anOrigin(origin);
    await done(store, aChange(keyspaceId, [{ kind: 'insert_key', key, origin: from }]));
    return { key, origin: from };
  }

  /** The upgrade of a key's first secret. */
  function upgradeOf({ id, secrets }: KeyRecord, to: Digest = aDigest()) {
    const from = secrets[0]?.digest ?? aDigest();
    return { keyId: id, keyspaceId, number: 1, from, to, nowMs: nowMs() };
  }

  test('are found by the id that their source has for them, in their own keyspace', async () => {
    const { key, origin } = await imported();
    const other = await inNewKeyspace(store);
    const ids = [aDigest(), origin.sourceId];
    expect(await store.findImported(keyspaceId, ids)).toEqual([{ ...origin, key }]);
    expect(await store.findImported(other, ids)).toEqual([]);
    expect(await store.findImported(keyspaceId, [])).toEqual([]);
  });

  test('tell where they came from, and other keys nothing', async () => {
    const { key, origin } = await imported();
    const own = aKey(keyspaceId);
    await done(store, aChange(keyspaceId, [{ kind: 'insert_key', key: own }]));
    expect(await store.originsOf([own.id, key.id])).toEqual(new Map([[key.id, origin]]));
    expect(await store.originsOf([])).toEqual(new Map());
  });

  test('cannot come twice from one id of one source', async () => {
    const { origin } = await imported();
    const before = await contentsOf(store, keyspaceId);
    const again = { kind: 'insert_key', key: aKey(keyspaceId), origin } as const;
    expect(await attempt(store, keyspaceId, again)).toEqual({ ok: false, conflict: 'exists' });
    expect(await contentsOf(store, keyspaceId)).toEqual(before);
    const elsewhere = await inNewKeyspace(store);
    const key = aKey(elsewhere);
    await done(store, aChange(elsewhere, [{ kind: 'insert_key', key, origin }]));
  });

  test('leave nothing behind when they are deleted', async () => {
    const lookup = uniqueText();
    const secrets = [aSlowSecret({ state: 'revoked' })];
    const { key, origin } = await imported({ secrets, state: 'revoked' }, { lookup });
    await done(store, aChange(keyspaceId, [deletionOf(key)]));
    expect(await store.findImported(keyspaceId, [origin.sourceId])).toEqual([]);
    expect(await store.findForeign({ digests: [aDigest()], lookup })).toEqual([]);
  });

  test('are never made again once they were deleted, by any mark that is left', async () => {
    const { key, origin } = await imported({ state: 'revoked' });
    await done(store, aChange(keyspaceId, [deletionOf(key)]));
    const { secrets } = key;
    const other = { ...origin, sourceId: uniqueText(), fingerprint: uniqueText() };
    for (const again of [
      { key: aKey(keyspaceId), origin },
      { key: aKey(keyspaceId, { secrets }), origin: other },
      { key: aKey(keyspaceId), origin: { ...other, fingerprint: origin.fingerprint } },
    ]) {
      const write = { kind: 'insert_key', ...again } as const;
      expect(await attempt(store, keyspaceId, write)).toEqual({ ok: false, conflict: 'exists' });
    }
    const digests = secrets.map(({ digest }) => digest);
    expect(await store.marksTaken(digests)).toEqual(
      digests.map((mark) => ({ mark, keyspaceId, keyId: null })),
    );
    await done(
      store,
      aChange(keyspaceId, [{ kind: 'insert_key', key: aKey(keyspaceId), origin: other }]),
    );
  });

  test('are found by any digest of theirs, as our own are', async () => {
    const text = uniqueText();
    const [sha256 = aDigest(), sha512 = aDigest()] = directDigestsOf(text);
    const secrets = [aSecret({ scheme: 'sha512', digest: sha512 })];
    const { key } = await imported({ secrets });
    const found = await store.findForeign({ digests: directDigestsOf(text), lookup: null });
    const plain = await store.findByDigest(sha512);
    expect(found).toEqual([{ ...plain, scheme: 'sha512', digest: sha512 }]);
    expect(found).toMatchObject([{ keyId: key.id, secretNumber: 1 }]);
    expect(await store.findByDigest(sha256)).toBeUndefined();
    expect(await store.marksTaken([sha256, sha512, sha512])).toEqual([
      { mark: sha512, keyspaceId, keyId: key.id },
    ]);
    expect(await store.marksTaken([])).toEqual([]);
  });

  test('are found by their prefix where their hash has a salt, and only there', async () => {
    const lookup = uniqueText();
    const slow = aSlowSecret();
    const { key } = await imported({ secrets: [slow] }, { lookup });
    await imported({}, { lookup }); // Its digest alone finds it.
    const query = { digests: [aDigest()], lookup };
    const { scheme, digest } = slow;
    expect(await store.findForeign(query)).toMatchObject([{ keyId: key.id, scheme, digest }]);
    expect(await store.findForeign({ ...query, lookup: uniqueText() })).toEqual([]);
    expect(await store.findForeign({ ...query, lookup: null })).toEqual([]);
  });

  test('are so few under one prefix and no more', async () => {
    const lookup = uniqueText();
    for (let count = 0; count < MAX_CANDIDATES + 5; count += 1) {
      await imported({ secrets: [aSlowSecret()] }, { lookup });
    }
    const found = await store.findForeign({ digests: [aDigest()], lookup });
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(MAX_CANDIDATES + 1);
  });

  test('are stored under their SHA-256 by an upgrade, which changes nothing else', async () => {
    const lookup = uniqueText();
    const { key, origin } = await imported({ secrets: [aSlowSecret()] }, { lookup });
    const before = await contentsOf(store, keyspaceId);
    const to = digestOf(uniqueText());
    expect(await store.upgradeSecret(upgradeOf(key, to))).toBe(true);
    const [secret = aSecret()] = key.secrets;
    const upgraded = { ...key, secrets: [{ ...secret, scheme: 'sha256', digest: to }] };
    expect(await contentsOf(store, keyspaceId)).toEqual({ ...before, keys: [upgraded] });
    expect(await store.findByDigest(to)).toMatchObject({ keyId: key.id, version: key.version });
    expect(await store.findByDigest(secret.digest)).toBeUndefined();
    expect(await store.findForeign({ digests: [aDigest()], lookup })).toEqual([]);
    expect(await store.findImported(keyspaceId, [origin.sourceId])).toMatchObject([origin]);
    // Repeated, it finds nothing that is as it was.
    expect(await store.upgradeSecret(upgradeOf(key, to))).toBe(false);
  });

  test.each([
    ['revoked', { state: 'revoked' }, {}],
    ['disabled', { state: 'disabled' }, {}],
    ['expired', { expiresAt: nowMs() - HOUR_MS }, {}],
    ['active, with a secret that is revoked', {}, { state: 'revoked' }],
    ['active, with a secret that is pending', {}, { state: 'pending' }],
  ] as const)('are left as they are where the key is %s', async (_what, fields, secretFields) => {
    const { key } = await imported({ ...fields, secrets: [aSlowSecret(secretFields)] });
    const before = await contentsOf(store, keyspaceId);
    expect(await store.upgradeSecret(upgradeOf(key))).toBe(false);
    expect(await contentsOf(store, keyspaceId)).toEqual(before);
  });

  test('are left as they are where another keyspace, secret or digest is named', async () => {
    const { key } = await imported({ secrets: [aSlowSecret()] });
    const { key: other } = await imported();
    const upgrade = upgradeOf(key);
    for (const wrong of [
      { keyspaceId: await inNewKeyspace(store) },
      { number: 2 },
      { from: aDigest() },
      { keyId: other.id },
      { to: other.secrets[0]?.digest ?? aDigest() }, // That is another key's.
    ]) {
      expect(await store.upgradeSecret({ ...upgrade, ...wrong })).toBe(false);
    }
    expect(await store.getKey(key.id, 'all')).toEqual(key);
  });

  test('can be changed by who read them before the upgrade, and keep it', async () => {
    const { key } = await imported({ secrets: [aSlowSecret()] });
    const to = aDigest();
    await store.upgradeSecret(upgradeOf(key, to));
    await done(store, aChange(keyspaceId, [updateOf(key, { name: 'renamed', secrets: [] })]));
    expect(await store.findByDigest(to)).toMatchObject({ name: 'renamed' });
  });

  test('have shapes in their keyspace, which come back as they were', async () => {
    const shape = { minLength: 8, maxLength: 41, alphabet: 'any', separator: '.' } as const;
    const id = await inNewKeyspace(store, { foreignShapes: [shape] });
    const all = await store.listKeyspaces();
    expect(all.find((one) => one.id === id)?.foreignShapes).toEqual([shape]);
    expect(all.find((one) => one.id === keyspaceId)?.foreignShapes).toEqual([]);
  });
});
