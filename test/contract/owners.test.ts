import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { OwnerRecord } from '../../src/keys/owner.js';
import type { Write } from '../../src/store/change.js';
import type { Store } from '../../src/store/store.js';
import { aChange, anOwner, aPersonalValue, attempt, DAY_AT, done, inNewKeyspace } from './build.js';
import { contentsOf } from './contents.js';
import { type OpenedStore, stores } from './stores.js';

describe.each(stores)('owners on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('an owner comes back as it was put, with and without what is personal', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const full = await added(store, keyspaceId, { emails: ['a@x.example', 'b@x.example'] });
    const none = { name: null, emails: [], locale: null, timezone: null, erasedAt: DAY_AT };
    const bare = await added(store, keyspaceId, none);
    expect(await store.getOwner(keyspaceId, full.id)).toEqual(full);
    expect(await store.getOwner(keyspaceId, bare.id)).toEqual(bare);
    expect(await store.getOwner(keyspaceId, 'nobody')).toBeUndefined();
  });

  test('one id in two keyspaces is two owners', async () => {
    const { store } = opened;
    const [left, right] = [await inNewKeyspace(store), await inNewKeyspace(store)];
    const here = await added(store, left, { id: 'acme', name: 'Here' });
    expect(await store.getOwner(right, 'acme')).toBeUndefined();
    const there = await added(store, right, { id: 'acme', name: 'There' });
    expect(await store.getOwner(left, 'acme')).toEqual(here);
    expect(await store.getOwner(right, 'acme')).toEqual(there);
  });

  test('ids that look alike are different owners', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const ids = ['acme', 'Acme', 'acme ', 'ac%', 'é', 'e\u0301', "o'brien; --", '🔑', '"', '\\'];
    for (const id of ids) await added(store, keyspaceId, { id, name: `the ${id}` });
    for (const id of ids) {
      expect(await store.getOwner(keyspaceId, id)).toMatchObject({ id, name: `the ${id}` });
    }
  });

  test('a put replaces the version that was read', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const first = await added(store, keyspaceId);
    const second = { ...first, name: null, emails: [], locale: null, timezone: null, version: 2 };
    expect(await attempt(store, keyspaceId, put(second, 1))).toMatchObject({ ok: true });
    expect(await store.getOwner(keyspaceId, first.id)).toEqual(second);
  });

  test.each([0, 1, 3])('a put that expects version %i of 2 is refused', async (expected) => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const owner = await added(store, keyspaceId, { version: 2 });
    const before = await contentsOf(store, keyspaceId);
    const lost = put({ ...owner, name: 'Lost', version: 3 }, expected);
    expect(await attempt(store, keyspaceId, lost)).toEqual({ ok: false, conflict: 'version' });
    expect(await contentsOf(store, keyspaceId)).toEqual(before);
  });

  test('a put that expects a version of nobody is refused', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const lost = put(anOwner(keyspaceId, { version: 2 }), 1);
    expect(await attempt(store, keyspaceId, lost)).toEqual({ ok: false, conflict: 'version' });
  });

  test.each([1, 3, 200])(
    'pages of %i owners follow their ids without gap or repeat',
    async (limit) => {
      const { store } = opened;
      const keyspaceId = await inNewKeyspace(store);
      // By UTF-8 bytes: upper before lower case, and the key after the full-width letter.
      const ids = ['', '!', '10', '9', 'A', '_', 'a', 'a b', 'ab', 'é', '\uff21', '🔑'].slice(1);
      for (const id of ids.toReversed()) await added(store, keyspaceId, { id });
      expect(await walk(store, keyspaceId, limit)).toEqual(ids);
    },
  );

  test('only owners within the asked keyspaces are listed', async () => {
    const { store } = opened;
    const [own, other] = [await inNewKeyspace(store), await inNewKeyspace(store)];
    const [here, there] = [await added(store, own), await added(store, other)];
    const idsIn = async (within: readonly KeyspaceId[]) =>
      (await store.listOwners({ within, limit: 9, after: null })).map(({ id }) => id);
    expect(await idsIn([own])).toEqual([here.id]);
    expect(await idsIn([own, other])).toEqual([here.id, there.id].sort());
    expect(await idsIn([])).toEqual([]);
    const all = await store.listOwners({ within: 'all', limit: 200, after: null });
    expect(all).toEqual(expect.arrayContaining([here, there]));
  });
});

describe.each(stores)('personal values on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('a personal value comes back by its commitment', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const values = ['"Zoë \\"Z\\" 🔑"', 'null', '["a@x.example"]'];
    const personal = values.map((value) => aPersonalValue(keyspaceId, { value }));
    await done(store, aChange(keyspaceId, [], { personal }));
    const commitments = personal.map(({ commitment }) => commitment);
    expect(sorted(await store.personalValues([...commitments, 'x']))).toEqual(sorted(personal));
    expect(await store.personalValues(commitments.slice(0, 1))).toEqual(personal.slice(0, 1));
    expect(await store.personalValues([])).toEqual([]);
  });

  test('a thousand commitments can be asked for at once', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const personal = Array.from({ length: 1_000 }, () => aPersonalValue(keyspaceId));
    await done(store, aChange(keyspaceId, [], { personal }));
    const found = await store.personalValues(personal.map(({ commitment }) => commitment));
    expect(found).toHaveLength(1_000);
  });

  test('erasing an owner removes its values, and those of nobody else', async () => {
    const { store } = opened;
    const [keyspaceId, other] = [await inNewKeyspace(store), await inNewKeyspace(store)];
    const erased = [1, 2].map(() => aPersonalValue(keyspaceId, { ownerId: 'gone' }));
    const kept = [
      aPersonalValue(keyspaceId, { ownerId: 'Gone' }),
      aPersonalValue(keyspaceId, { ownerId: 'gon%' }),
      aPersonalValue(other, { ownerId: 'gone' }),
    ];
    const personal = [...erased, ...kept];
    await done(store, aChange(keyspaceId, [], { personal }));
    const erase: Write = { kind: 'erase_personal', keyspaceId, ownerId: 'gone' };
    await done(store, aChange(keyspaceId, [erase]));
    const found = await store.personalValues(personal.map(({ commitment }) => commitment));
    expect(sorted(found)).toEqual(sorted(kept));
  });

  test('erasing comes before what the same change writes', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const personal = [aPersonalValue(keyspaceId, { ownerId: 'acme' })];
    const erase: Write = { kind: 'erase_personal', keyspaceId, ownerId: 'acme' };
    await done(store, aChange(keyspaceId, [erase], { personal }));
    const commitments = personal.map(({ commitment }) => commitment);
    expect(await store.personalValues(commitments)).toEqual(personal);
  });

  test('erasing an owner who has no values is no conflict', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const erase: Write = { kind: 'erase_personal', keyspaceId, ownerId: 'nobody' };
    expect(await attempt(store, keyspaceId, erase)).toMatchObject({ ok: true });
  });
});

async function added(store: Store, keyspaceId: KeyspaceId, fields: Partial<OwnerRecord> = {}) {
  const owner = anOwner(keyspaceId, fields);
  await done(store, aChange(keyspaceId, [put(owner, 0)]));
  return owner;
}

function put(owner: OwnerRecord, expectedVersion: number): Write {
  return { kind: 'put_owner', owner, expectedVersion };
}

async function walk(store: Store, keyspaceId: KeyspaceId, limit: number) {
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await store.listOwners({ within: [keyspaceId], limit, after });
    expect(page.length).toBeLessThanOrEqual(limit);
    seen.push(...page.map(({ id }) => id));
    expect(seen.length, 'a page came twice').toBeLessThan(100);
    const last = page.at(-1);
    if (last === undefined) return seen;
    after = last.id;
  }
}

function sorted<T extends { readonly commitment: string }>(values: readonly T[]): readonly T[] {
  return values.toSorted((left, right) => (left.commitment < right.commitment ? -1 : 1));
}
