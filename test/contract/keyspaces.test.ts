import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyspaceRecord } from '../../src/keys/keyspace.js';
import type { Write } from '../../src/store/change.js';
import type { Store } from '../../src/store/store.js';
import { aChange, aKeyspace, attempt, DAY_AT, done } from './build.js';
import { contentsOf } from './contents.js';
import { type OpenedStore, stores } from './stores.js';

describe.each(stores)('keyspaces on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('a new store has none', async () => {
    const fresh = await open();
    expect(await fresh.store.listKeyspaces()).toEqual([]);
    expect(await fresh.store.counts()).toEqual({ keys: 0, keyspaces: 0, owners: 0, events: 0 });
    await fresh.close();
  });

  test('a keyspace comes back as it was inserted', async () => {
    const keyspace = await inserted(opened.store, {
      isManagement: true,
      credentials: { headers: ['x-a', 'x-b'], schemes: [], query: 'api_key' },
      refusal: 'drf',
      scopes: ['reports:read', 'a:*'],
      stalenessMs: 300,
      storeLossMs: 900_000,
      version: 3,
    });
    expect(await readAgain(opened.store, keyspace)).toEqual(keyspace);
  });

  test('a keyspace that allows any scope is told from one that allows none', async () => {
    const any = await inserted(opened.store, { scopes: null });
    const none = await inserted(opened.store, { scopes: [] });
    expect(await readAgain(opened.store, any)).toMatchObject({ scopes: null });
    expect(await readAgain(opened.store, none)).toMatchObject({ scopes: [] });
  });

  test('an update replaces every field', async () => {
    const before = await inserted(opened.store);
    const after: KeyspaceRecord = {
      ...before,
      name: `${before.name}-new`,
      prefix: `${before.prefix.slice(0, 12)}new`,
      credentials: { headers: [], schemes: ['bearer'], query: null },
      refusal: 'drf',
      foreignShapes: [{ minLength: 41, maxLength: 41, alphabet: 'base62', separator: '.' }],
      scopes: ['a:b'],
      stalenessMs: 60_000,
      storeLossMs: 1,
      updatedAt: DAY_AT + 1,
      version: 2,
    };
    expect(await attempt(opened.store, before.id, update(after, 1))).toMatchObject({ ok: true });
    expect(await readAgain(opened.store, after)).toEqual(after);
  });

  test.each([0, 1, 3])('an update that expects version %i of 2 is refused', async (expected) => {
    const keyspace = await inserted(opened.store, { version: 2 });
    const before = await contentsOf(opened.store, keyspace.id);
    const lost = update({ ...keyspace, stalenessMs: 1_000, version: 3 }, expected);
    const refused = { ok: false, conflict: 'version' };
    expect(await attempt(opened.store, keyspace.id, lost)).toEqual(refused);
    expect(await contentsOf(opened.store, keyspace.id)).toEqual(before);
  });

  test('an update of an unknown keyspace is refused', async () => {
    const unknown = aKeyspace();
    const refused = { ok: false, conflict: 'version' };
    expect(await attempt(opened.store, unknown.id, update(unknown, 1))).toEqual(refused);
    expect(await readAgain(opened.store, unknown)).toBeUndefined();
  });

  test.each(['id', 'name', 'prefix'] as const)('a taken %s is refused', async (field) => {
    const { store } = opened;
    const taken = await inserted(store);
    const keyspace = { ...aKeyspace(), [field]: taken[field] };
    const refused = { ok: false, conflict: 'exists' };
    expect(await attempt(store, keyspace.id, insert(keyspace))).toEqual(refused);
    expect(await readAgain(store, taken)).toEqual(taken);
  });

  test.each(['name', 'prefix'] as const)('no update may take the %s of another', async (field) => {
    const { store } = opened;
    const taken = await inserted(store);
    const own = await inserted(store);
    const greedy = update({ ...own, [field]: taken[field], version: 2 }, 1);
    expect(await attempt(store, own.id, greedy)).toEqual({ ok: false, conflict: 'exists' });
    expect(await readAgain(store, own)).toEqual(own);
  });

  test('keeps a logo beside it, until it is replaced or taken away', async () => {
    const logo = { mediaType: 'image/png', sizeBytes: 3, sha256: 'a'.repeat(64) } as const;
    const keyspace = aKeyspace({ branding: { name: 'Acme Maps', logo } });
    const put = (write: Write) => done(opened.store, aChange(keyspace.id, [write]));
    await put({ kind: 'insert_keyspace', keyspace, logo: 'AAAA' });
    expect(await readAgain(opened.store, keyspace)).toEqual(keyspace);
    expect(await opened.store.getLogo(keyspace.id)).toBe('AAAA');
    // What names none leaves it.
    await put(update({ ...keyspace, stalenessMs: 700, version: 2 }, 1));
    expect(await opened.store.getLogo(keyspace.id)).toBe('AAAA');
    await put({
      kind: 'update_keyspace',
      keyspace: { ...keyspace, version: 3 },
      expectedVersion: 2,
      logo: 'BBBB',
    });
    expect(await opened.store.getLogo(keyspace.id)).toBe('BBBB');
    const stale: Write = {
      kind: 'update_keyspace',
      keyspace: { ...keyspace, version: 3 },
      expectedVersion: 2,
      logo: null,
    };
    await opened.store.commit(aChange(keyspace.id, [stale]));
    expect(await opened.store.getLogo(keyspace.id)).toBe('BBBB');
    await put({
      kind: 'update_keyspace',
      keyspace: { ...keyspace, version: 4 },
      expectedVersion: 3,
      logo: null,
    });
    expect(await opened.store.getLogo(keyspace.id)).toBeUndefined();
    expect(await opened.store.getLogo(aKeyspace().id)).toBeUndefined();
  });

  test('a change that inserts a keyspace may fill it', async () => {
    const keyspace = aKeyspace();
    const fill = update({ ...keyspace, stalenessMs: 700, version: 2 }, 1);
    await done(opened.store, aChange(keyspace.id, [insert(keyspace), fill]));
    expect(await readAgain(opened.store, keyspace)).toMatchObject({ stalenessMs: 700, version: 2 });
  });
});

async function inserted(store: Store, fields: Partial<KeyspaceRecord> = {}) {
  const keyspace = aKeyspace(fields);
  await done(store, aChange(keyspace.id, [insert(keyspace)]));
  return keyspace;
}

async function readAgain(store: Store, { id }: KeyspaceRecord) {
  return (await store.listKeyspaces()).find((keyspace) => keyspace.id === id);
}

const insert = (keyspace: KeyspaceRecord): Write => ({ kind: 'insert_keyspace', keyspace });

function update(keyspace: KeyspaceRecord, expectedVersion: number): Write {
  return { kind: 'update_keyspace', keyspace, expectedVersion };
}
