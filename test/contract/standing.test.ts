import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { Write } from '../../src/store/change.js';
import type { StoreMode, StoreStanding } from '../../src/store/standing.js';
import type { Store } from '../../src/store/store.js';
import { aChange, inNewKeyspace, nowMs } from './build.js';
import { contentsOf } from './contents.js';
import { stores } from './stores.js';
import { aBatch, aCount } from './usage-build.js';

describe.each(stores)('the mode of a $name store', ({ open }) => {
  let store: Store;
  let keyspaceId: KeyspaceId;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await open());
    keyspaceId = await inNewKeyspace(store);
  });
  afterAll(() => close());
  beforeEach(async () => {
    const { mode } = await store.standing();
    if (mode !== 'open') await pass(mode, 'open');
  });

  function pass(from: StoreMode, mode: StoreMode, detail: string | null = null) {
    const standing: StoreStanding = { mode, detail, sinceAt: nowMs() };
    const write: Write = { kind: 'set_standing', standing, expectedMode: from };
    return store.commit(aChange(keyspaceId, [write]));
  }

  test('is open until something else is said', async () => {
    expect(await store.standing()).toEqual({ mode: 'open', detail: null, sinceAt: null });
  });

  test('comes with each poll, and is what was said last', async () => {
    const before = (await store.changesSince(0, 0)).head;
    expect(await pass('open', 'frozen', 'elsewhere')).toMatchObject({ ok: true });
    const page = await store.changesSince(before, 10);
    expect(page.standing).toMatchObject({ mode: 'frozen', detail: 'elsewhere' });
    expect(page.changes).toHaveLength(1);
    expect(await store.standing()).toEqual(page.standing);
  });

  test('changes only from the mode that was expected', async () => {
    expect(await pass('frozen', 'moved')).toEqual({ ok: false, conflict: 'version' });
    expect(await store.standing()).toMatchObject({ mode: 'open' });
  });

  test.each([
    ['frozen', 'store_frozen'],
    ['moved', 'store_moved'],
    ['filling', 'store_unavailable'],
  ] as const)('refuses every write while it is %s, and changes nothing', async (mode, code) => {
    await pass('open', mode, 'the other one');
    const before = await contentsOf(store, keyspaceId);
    await expect(store.commit(aChange(keyspaceId, []))).rejects.toMatchObject({ code });
    await expect(store.commit(aChange(keyspaceId, []))).rejects.toThrow('the other one');
    const answer = { id: 'a', bodyHash: 'b', answer: '{}', expiresAt: nowMs() + 60_000 };
    const kept = { ...aChange(keyspaceId, []), events: [], idempotency: answer };
    await expect(store.commit(kept)).rejects.toMatchObject({ code });
    await expect(store.recordUsage(aBatch([aCount(keyspaceId)]))).rejects.toMatchObject({ code });
    await expect(store.sweep(nowMs())).rejects.toMatchObject({ code });
    expect(await contentsOf(store, keyspaceId)).toEqual(before);
    expect(await store.findIdempotent('a', nowMs())).toBeUndefined();
  });

  test('takes changes in quarantine: what was revoked has to be revoked again', async () => {
    await pass('open', 'quarantined');
    expect(await store.commit(aChange(keyspaceId, []))).toMatchObject({ ok: true });
    await store.recordUsage(aBatch([aCount(keyspaceId)]));
  });

  test('of two who change it at once, one does', async () => {
    const results = await Promise.all([pass('open', 'frozen', 'a'), pass('open', 'frozen', 'b')]);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('no change is made after it was frozen, however many were on their way', async () => {
    const change = () =>
      store.commit(aChange(keyspaceId, [])).then(
        (result) => (result.ok ? result.sequence : Number.NaN),
        (fault: unknown) => fault,
      );
    const before = Array.from({ length: 5 }, change);
    const freezing = pass('open', 'frozen', 'elsewhere');
    const after = Array.from({ length: 20 }, change);
    const frozen = await freezing;
    const all = await Promise.all([...before, ...after]);
    if (!frozen.ok) throw new Error('It was not frozen.');
    const made = all.filter((one) => typeof one === 'number');
    expect(await change()).toMatchObject({ code: 'store_frozen' });
    expect(Math.max(0, ...made)).toBeLessThan(frozen.sequence);
    expect((await store.changesSince(0, 0)).head).toBe(frozen.sequence);
  });
});
