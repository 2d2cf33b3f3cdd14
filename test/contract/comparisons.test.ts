import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyspaceId } from '../../src/keys/id.js';
import {
  type Disagreement,
  type DisagreementPlace,
  MAX_DISAGREEMENTS,
  NO_OUTCOMES,
  SHADOW_BUCKET_MS,
  SHADOW_MEMORY_MS,
  type ShadowTally,
  THE_REST,
} from '../../src/store/shadow.js';
import type { Store } from '../../src/store/store.js';
import { aKeyId, attempt, DAY_AT, deletionOf, inNewKey, inNewKeyspace } from './build.js';
import { type OpenedStore, stores } from './stores.js';
import { aBatch } from './usage-build.js';

describe.each(stores)('comparisons with an older check on $name', ({ open }) => {
  let opened: OpenedStore;
  let store: Store;
  beforeAll(async () => {
    opened = await open();
    store = opened.store;
  });
  afterAll(() => opened.close());

  test('there are none at first', async () => {
    const keyspaceId = await inNewKeyspace(store);
    const empty = { outcomes: NO_OUTCOMES, startAt: null, rowCount: 0, rows: [] };
    expect(await read(store, keyspaceId)).toEqual(empty);
  });

  test('are added up by minute and outcome, and a batch that comes again adds nothing', async () => {
    const keyspaceId = await inNewKeyspace(store);
    const count = (startAt: number, outcome: 'both_admitted' | 'unasked', count: number) =>
      ({ keyspaceId, startAt, outcome, count }) as const;
    const later = DAY_AT + SHADOW_BUCKET_MS;
    const counts = [count(later, 'both_admitted', 3), count(DAY_AT, 'both_admitted', 2)];
    const batch = { ...aBatch([]), shadow: { counts, disagreements: [] } };
    await store.recordUsage(batch);
    await store.recordUsage(batch);
    await record(store, { counts: [count(later, 'both_admitted', 1), count(later, 'unasked', 5)] });
    const all = { ...NO_OUTCOMES, both_admitted: 6, unasked: 5 };
    expect(await read(store, keyspaceId)).toMatchObject({ outcomes: all, startAt: DAY_AT });
    const since = await read(store, keyspaceId, { sinceMs: later });
    expect(since).toMatchObject({
      outcomes: { ...NO_OUTCOMES, both_admitted: 4, unasked: 5 },
      startAt: later,
    });
  });

  test('a disagreement is one row, with when it was met first and last', async () => {
    const keyspaceId = await inNewKeyspace(store);
    const keyId = aKeyId();
    const row = aRow(keyspaceId, { keyId, code: 'expired' });
    await record(store, { disagreements: [row] });
    const earlier = { ...row, firstAt: DAY_AT - 5, lastAt: DAY_AT - 5, count: 2 };
    await record(store, { disagreements: [earlier] });
    const later = { ...row, firstAt: DAY_AT + 5, lastAt: DAY_AT + 9, count: 4 };
    await record(store, { disagreements: [later] });
    const sum = { ...row, count: 7, firstAt: DAY_AT - 5, lastAt: DAY_AT + 9 };
    expect((await read(store, keyspaceId)).rows).toEqual([sum]);
    expect(await read(store, keyspaceId, { sinceMs: DAY_AT + 9 })).toMatchObject({ rowCount: 1 });
    expect(await read(store, keyspaceId, { sinceMs: DAY_AT + 10 })).toMatchObject({
      rowCount: 0,
      rows: [],
    });
  });

  test('what differs in any part is another row, and pages follow each other without a gap', async () => {
    const keyspaceId = await inNewKeyspace(store);
    const keyId = aKeyId();
    const rows = [
      aRow(keyspaceId, { code: 'missing' }),
      aRow(keyspaceId, { hint: '0a', code: 'unknown' }),
      aRow(keyspaceId, { hint: '0a', label: 'é', code: 'unknown' }),
      aRow(keyspaceId, { hint: '0a', label: 'Z', code: 'unknown' }),
      aRow(keyspaceId, { hint: '0b', code: 'unknown' }),
      aRow(keyspaceId, { keyId }),
      aRow(keyspaceId, { keyId, code: 'expired' }),
    ];
    await record(store, { disagreements: rows });
    const all = (await read(store, keyspaceId)).rows;
    expect(all).toHaveLength(rows.length);
    expect(all.map(({ label }) => label).filter((label) => label !== '')).toEqual(['Z', 'é']);
    const paged: Disagreement[] = [];
    for (let after: DisagreementPlace | null = null; ; ) {
      const page = await read(store, keyspaceId, { limit: 2, after });
      expect(page.rowCount).toBe(rows.length);
      paged.push(...page.rows);
      after = page.rows.at(-1) ?? null;
      if (page.rows.length < 2) break;
    }
    expect(paged).toEqual(all);
  });

  test('another keyspace sees nothing of them', async () => {
    const keyspaceId = await inNewKeyspace(store);
    await record(store, { disagreements: [aRow(keyspaceId, { code: 'unknown' })] });
    const other = await inNewKeyspace(store);
    expect(await read(store, other)).toMatchObject({
      rowCount: 0,
      rows: [],
      outcomes: NO_OUTCOMES,
    });
    const none = await store.comparisons({ within: [], sinceMs: 0, limit: 9, after: null });
    expect(none).toMatchObject({ rowCount: 0, rows: [] });
  });

  test('the rows of a key go with it', async () => {
    const keyspaceId = await inNewKeyspace(store);
    const key = await inNewKey(store, keyspaceId, { state: 'revoked' });
    await record(store, { disagreements: [aRow(keyspaceId, { keyId: key.id, code: 'revoked' })] });
    expect(await attempt(store, keyspaceId, deletionOf(key))).toMatchObject({ ok: true });
    expect(await read(store, keyspaceId)).toMatchObject({ rowCount: 0 });
  });

  test('are forgotten when nobody has met them for a month', async () => {
    const keyspaceId = await inNewKeyspace(store);
    const counts = [{ keyspaceId, startAt: DAY_AT, outcome: 'both_admitted', count: 1 } as const];
    const old = aRow(keyspaceId, { code: 'expired' });
    const lately = aRow(keyspaceId, { code: 'unknown', lastAt: DAY_AT + 1 });
    await record(store, { counts, disagreements: [old, lately] });
    await store.sweep(DAY_AT + SHADOW_MEMORY_MS - 1);
    expect(await read(store, keyspaceId)).toMatchObject({ rowCount: 2, startAt: DAY_AT });
    await store.sweep(DAY_AT + SHADOW_MEMORY_MS);
    expect(await read(store, keyspaceId)).toMatchObject({ rows: [lately], startAt: null });
  });

  test('beyond the bound, what is new is counted together, and what is known in its row', async () => {
    const full = await open();
    const keyspaceId = await inNewKeyspace(full.store);
    const hints = Array.from({ length: MAX_DISAGREEMENTS }, (_none, index) => `h${index}`);
    const rows = hints.map((hint) => aRow(keyspaceId, { hint, code: 'unknown' }));
    await record(full.store, { disagreements: rows });
    await record(full.store, {
      disagreements: [
        aRow(keyspaceId, { hint: 'new 1', code: 'unknown', lastAt: DAY_AT + 7 }),
        aRow(keyspaceId, { hint: 'new 2', code: 'unknown' }),
        aRow(keyspaceId, { hint: 'new 3', code: 'revoked' }),
        aRow(keyspaceId, { hint: 'h5', code: 'unknown' }),
      ],
    });
    const page = await read(full.store, keyspaceId, { limit: 2 });
    expect(page.rowCount).toBe(MAX_DISAGREEMENTS + 2);
    expect(page.rows).toEqual([
      aRow(keyspaceId, { label: THE_REST, code: 'revoked' }),
      aRow(keyspaceId, { label: THE_REST, code: 'unknown', count: 2, lastAt: DAY_AT + 7 }),
    ]);
    const all = (await read(full.store, keyspaceId, { limit: MAX_DISAGREEMENTS + 2 })).rows;
    expect(all.find(({ hint }) => hint === 'h5')).toMatchObject({ count: 2 });
    await full.close();
  });
});

function aRow(keyspaceId: KeyspaceId, fields: Partial<Disagreement> = {}): Disagreement {
  const place = { keyspaceId, keyId: '', hint: '', label: '', code: '' } as const;
  return { ...place, count: 1, firstAt: DAY_AT, lastAt: DAY_AT, ...fields };
}

function record(store: Store, tally: Partial<ShadowTally>): Promise<void> {
  return store.recordUsage({ ...aBatch([]), shadow: { counts: [], disagreements: [], ...tally } });
}

function read(store: Store, keyspaceId: KeyspaceId, query = {}) {
  return store.comparisons({ within: [keyspaceId], sinceMs: 0, limit: 200, after: null, ...query });
}
