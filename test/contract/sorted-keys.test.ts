import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeyId, KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import type { KeySort } from '../../src/store/key-sort.js';
import type { KeyFilter } from '../../src/store/store.js';
import { aKeyFilter, aKeyId, aSecret, DAY_AT, inNewKey, inNewKeyspace, nowMs } from './build.js';
import { type OpenedStore, stores } from './stores.js';

describe.each(stores)('keys on $name are sorted', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  const nameOf = new Map<KeyId, string>();
  const values = new Map<KeyId, number | string | null>();
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(opened.store);
    nameOf.clear();
    values.clear();
  });
  afterAll(() => opened.close());

  // By chance a hint would begin as what is looked for.
  const add = (fields: Partial<KeyRecord> = {}) => {
    const secrets = [aSecret({ hint: 'acme_live_0000' })];
    return inNewKey(opened.store, keyspaceId, { secrets, ...fields });
  };

  async function idsOf(filter: Partial<KeyFilter> = {}): Promise<readonly KeyId[]> {
    const keys = await opened.store.listKeys(aKeyFilter(keyspaceId, filter));
    return keys.map(({ id }) => id);
  }

  const sortedBy = async (by: KeySort['by'], isDescending: boolean, filter = {}) => {
    const ids: KeyId[] = [];
    for (let after: KeyId | null = null; ; ) {
      const afterValue = after === null ? null : (values.get(after) ?? null);
      const sort = { by, isDescending, afterValue };
      const page: readonly KeyId[] = await idsOf({ ...filter, sort, limit: 2, after });
      ids.push(...page);
      after = page.at(-1) ?? null;
      if (after === null || page.length < 2) return ids.map((id) => nameOf.get(id));
    }
  };

  test.each([false, true])('by name, descending: %s', async (isDescending) => {
    for (const name of ['b', 'É', 'a', 'B', 'C', 'a']) {
      const { id } = await add({ name });
      nameOf.set(id, name);
      values.set(
        id,
        name.replace(/[A-Z]/, (letter) => letter.toLowerCase()),
      );
    }
    const names = ['a', 'a', 'b', 'B', 'C', 'É'];
    expect(await sortedBy('name', isDescending)).toEqual(isDescending ? names.toReversed() : names);
    expect(await sortedBy('name', isDescending, { search: 'b' })).toEqual(
      isDescending ? ['B', 'b'] : ['b', 'B'],
    );
  });

  test.each([false, true])('by expiry, descending: %s', async (isDescending) => {
    const times = { later: DAY_AT + 9, never: null, soon: DAY_AT + 1, same: DAY_AT + 9 };
    for (const [name, expiresAt] of Object.entries({ ...times, ever: null })) {
      const { id } = await add({ name, expiresAt });
      nameOf.set(id, name);
      values.set(id, expiresAt);
    }
    expect(await sortedBy('expiresAt', isDescending)).toEqual(
      isDescending
        ? ['same', 'later', 'soon', 'ever', 'never']
        : ['soon', 'later', 'same', 'never', 'ever'],
    );
  });

  test.each([false, true])('by last use of any secret, descending: %s', async (isDescending) => {
    const uses: Readonly<Record<string, readonly number[]>> = {
      first: [5, 1],
      never: [],
      last: [2, 9],
      between: [7, 7],
      unused: [],
    };
    for (const [name, lastAt] of Object.entries(uses)) {
      const secrets = [aSecret({ state: 'retiring' }), aSecret({ number: 2 })];
      const { id } = await add({ name, secrets });
      nameOf.set(id, name);
      values.set(id, lastAt.length === 0 ? null : DAY_AT + Math.max(...lastAt));
      const counts = lastAt.map((at, index) => ({
        ...{ keyspaceId, keyId: id, secretNumber: index + 1, hourAt: DAY_AT },
        ...{ outcome: 'valid', count: 1, lastAt: DAY_AT + at },
      }));
      await opened.store.recordUsage({ id: aKeyId(), at: nowMs(), counts });
    }
    expect(await sortedBy('lastUsedAt', isDescending)).toEqual(
      isDescending
        ? ['last', 'between', 'first', 'unused', 'never']
        : ['first', 'between', 'last', 'never', 'unused'],
    );
  });

  test('the oldest first, with filters', async () => {
    const keys = [await add({ owner: 'a' }), await add({ owner: 'b' }), await add({ owner: 'a' })];
    for (const { id } of keys) nameOf.set(id, id);
    expect(await sortedBy('createdAt', false, { owner: 'a' })).toEqual([keys[0]?.id, keys[2]?.id]);
  });
});
