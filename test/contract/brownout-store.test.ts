import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import type { SecretRecord } from '../../src/keys/secret.js';
import type { Write } from '../../src/store/change.js';
import { MAX_BROWNOUTS } from '../../src/store/few-brownouts.js';
import { scaled } from '../setup/scale.js';
import { aChange, aSecret, attempt, inNewKey, inNewKeyspace, updateOf } from './build.js';
import { LATE } from './rotation-build.js';
import { type OpenedStore, stores } from './stores.js';

const BATCH = 100; // Moves of one transaction; the engine takes twice as many.
const AT_ONCE = MAX_BROWNOUTS; // What connections there are for.
const BROWNOUT = { from: 1, until: 2, share: 1 };

describe.each(stores)('secrets that are refused on trial, on $name', ({ name, open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  const store = () => opened.store;
  const retiringIn = (keyspaceId: KeyspaceId) => {
    const secrets = [aSecret({ state: 'retiring' }), aSecret({ number: 2 })];
    return inNewKey(store(), keyspaceId, { secrets });
  };
  const changed = (key: KeyRecord, fields: Partial<SecretRecord>): Write => {
    const secrets = key.secrets.map((one) => (one.number === 1 ? { ...one, ...fields } : one));
    return updateOf(key, { secrets });
  };
  const many = (keyspaceId: KeyspaceId, count: number) =>
    Promise.all(Array.from({ length: count }, () => retiringIn(keyspaceId)));

  test('are never more in one keyspace than may be, however they begin', async () => {
    const keyspaceId = await inNewKeyspace(store());
    const keys = await many(keyspaceId, MAX_BROWNOUTS + 1);
    const all = keys.map((key) => changed(key, { brownout: BROWNOUT }));
    expect(await store().commit(aChange(keyspaceId, all))).toEqual(LATE);
    expect(await store().countBrownouts(keyspaceId)).toBe(0);
    const each = await Promise.all(all.map((write) => attempt(store(), keyspaceId, write)));
    expect(each.filter(({ ok }) => !ok)).toEqual([LATE]);
    expect(await store().countBrownouts(keyspaceId)).toBe(MAX_BROWNOUTS);
    const other = await inNewKeyspace(store());
    const elsewhere = changed(await retiringIn(other), { brownout: BROWNOUT });
    expect(await attempt(store(), other, elsewhere)).toMatchObject({ ok: true });
  });

  test('security 39: are no more where thousands begin at once, in batches and one by one', async () => {
    const keyspaceId = await inNewKeyspace(store());
    const count = name === 'memory' ? 3_000 : scaled(200); // A database takes a minute for so many.
    const keys: KeyRecord[] = [];
    for (let made = 0; made < count; made += AT_ONCE)
      keys.push(...(await many(keyspaceId, AT_ONCE)));
    const all = keys.map((key) => changed(key, { brownout: BROWNOUT }));
    for (let start = 0; start < count; start += BATCH) {
      const batch = all.slice(start, start + BATCH);
      expect(await store().commit(aChange(keyspaceId, batch))).toEqual(LATE);
    }
    let begun = 0;
    for (let start = 0; start < count; start += AT_ONCE) {
      const some = all.slice(start, start + AT_ONCE);
      const each = await Promise.all(some.map((write) => attempt(store(), keyspaceId, write)));
      begun += each.filter(({ ok }) => ok).length;
      expect(await store().countBrownouts(keyspaceId)).toBe(MAX_BROWNOUTS);
    }
    expect(begun).toBe(MAX_BROWNOUTS);
  }, 120_000); // Hundreds of commits: half a minute on a busy database.

  test('hold no place once they, or their key, have ended', async () => {
    const keyspaceId = await inNewKeyspace(store());
    const [first, second] = await many(keyspaceId, 2);
    if (first === undefined || second === undefined) throw new Error('There are no two.');
    await attempt(store(), keyspaceId, changed(first, { brownout: BROWNOUT, state: 'disabled' }));
    await attempt(store(), keyspaceId, changed(second, { brownout: BROWNOUT }));
    expect(await store().countBrownouts(keyspaceId)).toBe(1);
    const stored = await store().getKey(second.id, 'all');
    if (stored === undefined) throw new Error('It is not there.');
    await attempt(store(), keyspaceId, updateOf(stored, { state: 'revoked', secrets: [] }));
    expect(await store().countBrownouts(keyspaceId)).toBe(0);
  });
});
