import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeyId, KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import { HOUR_MS, type UsageCount, type UsageQuery, type UsageRow } from '../../src/store/usage.js';
import {
  aChange,
  aKeyId,
  DAY_AT,
  deletionOf,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
  updateOf,
} from './build.js';
import { type OpenedStore, sharedStores, stores } from './stores.js';
import { aBatch, aCount } from './usage-build.js';

const DAY_MS = 24 * HOUR_MS;

describe.each(stores)('usage on $name', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  let key: KeyRecord;
  let older: KeyRecord;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(opened.store);
    older = await inNewKey(opened.store, keyspaceId, { owner: 'other' });
    key = await inNewKey(opened.store, keyspaceId, { owner: 'acme' });
  });
  afterAll(() => opened.close());

  const flush = (...counts: readonly Partial<UsageCount>[]) =>
    opened.store.recordUsage(aBatch(counts.map((fields) => aCount(keyspaceId, fields))));

  function ask(fields: Partial<UsageQuery> = {}): Promise<readonly UsageRow[]> {
    const span = { fromMs: DAY_AT - DAY_MS, toMs: DAY_AT + 7 * DAY_MS };
    const query = { within: [keyspaceId], ...span, per: 'hour', by: 'key' } as const;
    return opened.store.usage({ ...query, limit: 200, after: null, ...fields });
  }

  function placeOf({ startAt, keyId, secretNumber, keyspaceId: of }: UsageRow) {
    const secret = secretNumber ?? 0;
    return { startAt, keyId: keyId ?? '', secret, keyspaceId: of ?? '' };
  }

  async function lastUse(number: number): Promise<number | undefined> {
    return (await opened.store.lastUses([key.id])).get(key.id)?.get(number);
  }

  test('counts of one place are added up, within a flush and over many', async () => {
    const { id: keyId } = key;
    await flush({ keyId, count: 2 }, { keyId, count: 3, lastAt: DAY_AT + 1 });
    await flush({ keyId, count: 5 }, { keyId, outcome: 'revoked', count: 7 });
    const outcomes = { valid: 10, revoked: 7 };
    const row = { startAt: DAY_AT, keyspaceId, keyId, secretNumber: null, outcomes };
    expect(await ask()).toEqual([row]);
  });

  test('sums can be asked for by key, by secret and in total', async () => {
    await flush(
      { keyId: key.id, secretNumber: 1, count: 1 },
      { keyId: key.id, secretNumber: 2, count: 2 },
      { keyId: older.id, secretNumber: 1, count: 4, outcome: 'expired' },
      { keyId: null, outcome: 'unknown', count: 8 },
    );
    const at = { startAt: DAY_AT };
    const none = { ...at, keyspaceId, keyId: null, secretNumber: null };
    const unknown = { ...none, outcomes: { unknown: 8 } };
    const ofOlder = { ...at, keyspaceId, keyId: older.id, secretNumber: null };
    const ofKey = { ...at, keyspaceId, keyId: key.id, secretNumber: null };
    expect(await ask({ by: 'key' })).toEqual([
      unknown,
      { ...ofOlder, outcomes: { expired: 4 } },
      { ...ofKey, outcomes: { valid: 3 } },
    ]);
    expect(await ask({ by: 'secret' })).toEqual([
      unknown,
      { ...ofOlder, secretNumber: 1, outcomes: { expired: 4 } },
      { ...ofKey, secretNumber: 1, outcomes: { valid: 1 } },
      { ...ofKey, secretNumber: 2, outcomes: { valid: 2 } },
    ]);
    const outcomes = { valid: 3, expired: 4, unknown: 8 };
    expect(await ask({ by: 'total' })).toEqual([{ ...none, outcomes }]);
  });

  test('sums can be asked for by hour and by UTC day', async () => {
    const hours = [-1, 0, 1, 23, 24];
    await flush(...hours.map((hour) => ({ keyId: key.id, hourAt: DAY_AT + hour * HOUR_MS })));
    const starts = (await ask({ per: 'hour' })).map(({ startAt }) => (startAt - DAY_AT) / HOUR_MS);
    expect(starts).toEqual(hours);
    const days = (await ask({ per: 'day' })).map(({ startAt, outcomes }) => [startAt, outcomes]);
    expect(days).toEqual([
      [DAY_AT - DAY_MS, { valid: 1 }],
      [DAY_AT, { valid: 3 }],
      [DAY_AT + DAY_MS, { valid: 1 }],
    ]);
  });

  test('a span holds its beginning and not its end', async () => {
    const hours = [0, 1, 2].map((hour) => DAY_AT + hour * HOUR_MS);
    await flush(...hours.map((hourAt) => ({ keyId: key.id, hourAt })));
    const span = { fromMs: DAY_AT + HOUR_MS, toMs: DAY_AT + 2 * HOUR_MS };
    expect((await ask(span)).map(({ startAt }) => startAt)).toEqual([DAY_AT + HOUR_MS]);
    expect(await ask({ fromMs: DAY_AT, toMs: DAY_AT })).toEqual([]);
  });

  test('each filter finds what it names', async () => {
    await flush({ keyId: key.id }, { keyId: older.id }, { keyId: null, outcome: 'missing' });
    const keysOf = async (fields: Partial<UsageQuery>) =>
      (await ask(fields)).map((row) => row.keyId);
    expect(await keysOf({ keyId: key.id })).toEqual([key.id]);
    expect(await keysOf({ owner: 'acme' })).toEqual([key.id]);
    expect(await keysOf({ owner: 'acme', keyId: older.id })).toEqual([]);
    expect(await keysOf({ owner: 'ACME' })).toEqual([]);
    expect(await ask({ owner: 'acme', by: 'total' })).toMatchObject([{ outcomes: { valid: 1 } }]);
    expect(await keysOf({ keyId: aKeyId() })).toEqual([]);
  });

  test("an owner's usage is that of the keys it has now", async () => {
    await flush({ keyId: key.id });
    await done(opened.store, aChange(keyspaceId, [updateOf(key, { owner: 'new' })]));
    expect(await ask({ owner: 'acme' })).toEqual([]);
    expect(await ask({ owner: 'new' })).toHaveLength(1);
  });

  test('only usage within the asked keyspaces is counted', async () => {
    const other = await inNewKeyspace(opened.store);
    await flush({ keyId: key.id }, { keyId: null, outcome: 'unknown', count: 2 });
    await opened.store.recordUsage(aBatch([aCount(other, { outcome: 'unknown', count: 3 })]));
    expect(await ask({ within: [other] })).toMatchObject([{ outcomes: { unknown: 3 } }]);
    expect(await ask({ within: [] })).toEqual([]);
    const both = await ask({ within: [other, keyspaceId] });
    const ofNobody = both.slice(0, 2).map((row) => [row.keyspaceId, row.outcomes]);
    const inOrder = [keyspaceId, other].toSorted();
    const counts = { [keyspaceId]: { unknown: 2 }, [other]: { unknown: 3 } };
    expect(ofNobody).toEqual(inOrder.map((id) => [id, counts[id]]));
    expect(both.slice(2)).toMatchObject([{ keyspaceId, keyId: key.id, outcomes: { valid: 1 } }]);
    const total = { keyspaceId: null, keyId: null, outcomes: { unknown: 5, valid: 1 } };
    expect(await ask({ within: [other, keyspaceId], by: 'total' })).toMatchObject([total]);
    expect(await ask({ within: 'all', keyId: key.id })).toHaveLength(1);
  });

  test.each(['key', 'secret', 'total'] as const)(
    'pages by %s have no gap and no repeat',
    async (by) => {
      const ids: readonly (KeyId | null)[] = [key.id, older.id, null];
      const hours = [0, 1, 2, 3].map((hour) => DAY_AT + hour * HOUR_MS);
      const numbers = (keyId: KeyId | null) => (keyId === null ? [0] : [1, 2]);
      const counts = hours.flatMap((hourAt) =>
        ids.flatMap((keyId) =>
          numbers(keyId).flatMap((secretNumber) =>
            ['valid', 'revoked'].map((outcome) => ({ hourAt, keyId, secretNumber, outcome })),
          ),
        ),
      );
      await flush(...counts);
      const other = await inNewKeyspace(opened.store);
      await opened.store.recordUsage(
        aBatch(hours.map((hourAt) => aCount(other, { hourAt, outcome: 'unknown' }))),
      );
      const within = [keyspaceId, other];
      const whole = await ask({ within, by });
      expect(whole).toHaveLength(hours.length * { key: 4, secret: 6, total: 1 }[by]);
      for (const limit of [1, 2, 3]) {
        const seen: UsageRow[] = [];
        for (let after: UsageQuery['after'] = null; ; ) {
          const page = await ask({ within, by, limit, after });
          expect(page.length).toBeLessThanOrEqual(limit);
          seen.push(...page);
          expect(seen.length, 'a page came twice').toBeLessThan(100);
          const last = page.at(-1);
          if (last === undefined) break;
          after = placeOf(last);
        }
        expect(seen).toEqual(whole);
      }
    },
  );

  test('pages by day have no gap and no repeat', async () => {
    const hours = [0, 5, 30, 31, 60];
    await flush(...hours.map((hour) => ({ keyId: key.id, hourAt: DAY_AT + hour * HOUR_MS })));
    const [first, ...rest] = await ask({ per: 'day' });
    const after = first === undefined ? null : placeOf(first);
    expect(rest).toHaveLength(2);
    expect(await ask({ per: 'day', after })).toEqual(rest);
  });

  test('a repeated flush adds nothing', async () => {
    const batch = aBatch([aCount(keyspaceId, { keyId: key.id, count: 3 })]);
    await opened.store.recordUsage(batch);
    await opened.store.recordUsage(batch);
    await opened.store.recordUsage({ ...batch, counts: [aCount(keyspaceId, { keyId: older.id })] });
    await opened.store.sweep(nowMs());
    await opened.store.recordUsage(batch);
    expect(await ask({ by: 'total' })).toMatchObject([{ outcomes: { valid: 3 } }]);
  });

  test('an empty flush is no fault', async () => {
    await flush();
    expect(await ask()).toEqual([]);
  });

  test('a flush of many places is written whole', async () => {
    const counts = Array.from({ length: 3_000 }, (_none, index) => ({
      keyId: index % 2 === 0 ? key.id : older.id,
      hourAt: DAY_AT + Math.floor(index / 2) * HOUR_MS,
    }));
    await flush(...counts);
    const span = { fromMs: 0, toMs: DAY_AT * 2 };
    expect(await ask({ ...span, per: 'day', by: 'total' })).toHaveLength(63);
    const days = await ask({ ...span, per: 'day', by: 'total' });
    const total = days.reduce((sum, { outcomes }) => sum + (outcomes['valid'] ?? 0), 0);
    expect(total).toBe(3_000);
  });

  test('sums beyond 32 bits are whole numbers', async () => {
    const count = 2 ** 40;
    await flush({ keyId: key.id, count });
    await flush({ keyId: key.id, count, hourAt: DAY_AT + HOUR_MS });
    expect(await ask({ per: 'day' })).toMatchObject([{ outcomes: { valid: 2 * count } }]);
  });

  test('the last use moves forward only', async () => {
    const { id: keyId } = key;
    expect(await lastUse(1)).toBeUndefined();
    await flush({ keyId, lastAt: DAY_AT + 10 }, { keyId, lastAt: DAY_AT + 30 }, { keyId });
    await flush({ keyId, lastAt: DAY_AT + 20 });
    expect(await lastUse(1)).toBe(DAY_AT + HOUR_MS / 2);
    await flush({ keyId, lastAt: DAY_AT + HOUR_MS });
    expect(await lastUse(1)).toBe(DAY_AT + HOUR_MS);
  });

  test('only what was valid is a use, and each secret has its own', async () => {
    const { id: keyId } = key;
    await flush(
      { keyId, outcome: 'revoked', lastAt: DAY_AT + 50 },
      { keyId, secretNumber: 2, lastAt: DAY_AT + 20 },
      { keyId: null, outcome: 'valid', lastAt: DAY_AT + 60 },
    );
    expect(await lastUse(1)).toBeUndefined();
    expect(await lastUse(2)).toBe(DAY_AT + 20);
  });

  test('a use changes neither the key nor the feed', async () => {
    const before = await opened.store.changesSince(0, 1);
    await flush({ keyId: key.id });
    expect(await opened.store.getKey(key.id, 'all')).toEqual(key);
    expect((await opened.store.changesSince(0, 1)).head).toBe(before.head);
  });

  test('a flush that names a key deleted meanwhile is taken, and gives it nothing', async () => {
    await done(opened.store, aChange(keyspaceId, [deletionOf(key)]));
    await flush({ keyId: key.id }, { keyId: older.id }, { keyId: null });
    expect(await lastUse(1)).toBeUndefined();
    expect((await ask()).map(({ keyId }) => keyId)).toEqual([null, older.id]);
  });
});

describe.each(sharedStores)('a big flush on $name', ({ open }) => {
  test('lets others have their turn, and they see all of it or nothing', async () => {
    const { store, close } = await open();
    const keyspaceId = await inNewKeyspace(store);
    const counts = Array.from({ length: 3_000 }, (_, secretNumber) =>
      aCount(keyspaceId, { secretNumber }),
    );
    const span = { within: [keyspaceId], fromMs: DAY_AT, toMs: DAY_AT + HOUR_MS };
    const seen: (number | undefined)[] = [];
    let isUnderWay = true;
    const flush = store.recordUsage(aBatch(counts)).finally(() => {
      isUnderWay = false;
    });
    while (isUnderWay) {
      await setImmediate();
      const query = { ...span, per: 'hour', by: 'total', limit: 1, after: null } as const;
      seen.push((await store.usage(query))[0]?.outcomes['valid']);
    }
    await flush;
    const all = { ...span, per: 'hour', by: 'total', limit: 1, after: null } as const;
    expect((await store.usage(all))[0]?.outcomes['valid']).toBe(counts.length);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.filter((sum) => sum !== undefined && sum !== counts.length)).toEqual([]);
    await close();
  });
});
