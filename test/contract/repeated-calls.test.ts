import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

describe.each(dataKinds)('a call that had nothing to change on $name', ({ create }) => {
  let fleet: Fleet;
  let markCount = 0;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  afterAll(() => fleet.close());

  const keysAt = (index: number) => fleet.at(index).keyturn.keys;

  async function setting() {
    markCount += 1;
    const { key } = await fleet.at(0).issue();
    return { id: key.id, options: { idempotencyKey: `mark ${markCount}` } };
  }

  test('is answered as at first when it is repeated, and does nothing then', async () => {
    const { id, options } = await setting();
    const first = await keysAt(0).enable(id, {}, options);
    expect(first).toMatchObject({ key: { state: 'active', version: 1 } });
    expect(first.replayed).toBeUndefined();
    await keysAt(0).disable(id, { reason: 'incident' });
    for (const index of [0, 1]) {
      const again = await keysAt(index).enable(id, {}, options);
      expect(again).toEqual({ ...first, replayed: true });
      expect((await keysAt(index).get(id)).state).toBe('disabled');
    }
  });

  test('is refused with another body', async () => {
    const { id, options } = await setting();
    await keysAt(0).update(id, { name: 'Acme CI' }, options);
    for (const index of [0, 1]) {
      const other = keysAt(index).update(id, { name: 'other' }, options);
      await expect(other).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    }
    expect((await keysAt(0).get(id)).name).toBe('Acme CI');
  });

  test('leaves no event, only its answer', async () => {
    const { id, options } = await setting();
    const { events } = fleet.at(0).keyturn;
    const before = (await events.list()).items;
    await keysAt(0).revoke(id);
    await keysAt(0).revoke(id, {}, options);
    expect((await events.list()).items).toHaveLength(before.length + 1);
    expect(await keysAt(1).revoke(id, {}, options)).toMatchObject({ replayed: true });
    expect((await events.verify({ keyspace: 'default' }))[0]?.ok).toBe(true);
  });

  test('keeps its answer, too, where it found so only as it came to write', async () => {
    const { id, options } = await setting();
    const { store } = fleet.at(0);
    store.before = async (method) => {
      if (method === 'commit') await keysAt(1).disable(id, { reason: 'first' });
    };
    const first = await keysAt(0).disable(id, {}, options);
    store.before = undefined;
    expect(first.key).toMatchObject({ state: 'disabled', stateReason: 'first', version: 2 });
    await keysAt(1).enable(id);
    expect(await keysAt(0).disable(id, {}, options)).toEqual({ ...first, replayed: true });
    expect((await keysAt(0).get(id)).state).toBe('active');
  });
});
