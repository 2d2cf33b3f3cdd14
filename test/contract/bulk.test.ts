import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BulkInput } from '../../src/bulk-views.js';
import type { Caller } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

describe.each(dataKinds)('many keys at once on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    const options = { publicUrl: 'https://keys.example' };
    fleet = await startFleet({ create, roles: ['server'], options });
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;

  async function newKeys(count: number, input: object = {}): Promise<string[]> {
    const ids: string[] = [];
    for (let number = 0; number < count; number += 1) {
      ids.push((await fleet.at(0).issue({ name: `k${number}`, ...input })).key.id);
    }
    return ids;
  }

  async function statesOf(ids: readonly string[]) {
    return Promise.all(ids.map(async (id) => (await keyturn().keys.get(id)).state));
  }

  async function manager(
    scopes: readonly string[],
    keyspaces?: readonly string[],
  ): Promise<Caller> {
    const restrictions = keyspaces === undefined ? {} : { keyspaces };
    const input = { name: 'm', keyspace: 'keyturn', scopes, restrictions };
    const { plaintext } = await keyturn().keys.create(input);
    const verdict = await keyturn().verify({ plaintext, keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error(verdict.code);
    return { actor: { kind: 'management_key', id: verdict.key.id }, key: verdict.key };
  }

  test('are told apart by what becomes of each, and a refusal stops no other', async () => {
    const ids = await newKeys(4);
    const [revoked = '', disabled = ''] = ids;
    await keyturn().keys.revoke(revoked);
    await keyturn().keys.disable(disabled);
    const input = { ids: [...ids, 'key_nobody'], act: 'disable', reason: 'over' } as const;
    const tried = await keyturn().keys.bulk({ ...input, dryRun: true });
    expect(tried.totals).toEqual({ would: 2, done: 0, unchanged: 1, refused: 2 });
    expect(await statesOf(ids)).toEqual(['revoked', 'disabled', 'active', 'active']);
    const done = await keyturn().keys.bulk(input);
    expect(done.totals).toEqual({ would: 0, done: 2, unchanged: 1, refused: 2 });
    // What was said is what was done.
    const outcome = (said: string) => (said === 'would' ? 'done' : said);
    expect(tried.items.map((one) => ({ ...one, outcome: outcome(one.outcome) }))).toEqual(
      done.items,
    );
    expect(done.items).toMatchObject([
      { id: revoked, name: 'k0', outcome: 'refused', code: 'state_conflict' },
      { id: disabled, name: 'k1', outcome: 'unchanged', what: 'It is disabled already.' },
      { name: 'k2', outcome: 'done', what: 'It is refused until it is enabled.' },
      { name: 'k3', outcome: 'done' },
      { id: 'key_nobody', name: null, outcome: 'refused', code: 'not_found' },
    ]);
    expect(await statesOf(ids)).toEqual(['revoked', 'disabled', 'disabled', 'disabled']);
    expect((await keyturn().keys.get(ids[3] ?? '')).stateReason).toBe('over');
  });

  test('are enabled, and revoked for ever, each with its event', async () => {
    const ids = await newKeys(2);
    await keyturn().keys.bulk({ ids, act: 'disable' });
    expect((await keyturn().keys.bulk({ ids, act: 'enable' })).totals.done).toBe(2);
    expect(await statesOf(ids)).toEqual(['active', 'active']);
    expect((await keyturn().keys.bulk({ ids, act: 'revoke' })).totals.done).toBe(2);
    expect((await keyturn().keys.bulk({ ids, act: 'revoke' })).totals.unchanged).toBe(2);
    for (const subject of ids) {
      const { items } = await keyturn().events.list({ subject, type: 'key.revoked' });
      expect(items).toHaveLength(1);
    }
  });

  test('are tagged beside the tags that they have, and untagged', async () => {
    const [own = '', none = ''] = [...(await newKeys(1, { tags: ['a'] })), ...(await newKeys(1))];
    const ids = [own, none];
    const tagsOf = () => Promise.all(ids.map(async (id) => (await keyturn().keys.get(id)).tags));
    await keyturn().keys.bulk({ ids, act: 'tag', tags: ['a', 'b'] });
    expect(await tagsOf()).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    const again = await keyturn().keys.bulk({ ids, act: 'tag', tags: ['b'] });
    expect(again.totals.unchanged).toBe(2);
    await keyturn().keys.bulk({ ids, act: 'untag', tags: ['a'] });
    expect(await tagsOf()).toEqual([['b'], ['b']]);
  });

  test('are rotated by a link each, shown once, and never by a plaintext', async () => {
    const ids = await newKeys(2);
    const input = { ids: [...ids, ids[0] ?? ''], act: 'rotate', deliver: 'claim' } as const;
    const tried = await keyturn().keys.bulk({ ...input, dryRun: true });
    expect(tried.totals.would).toBe(2);
    expect(tried.items.every(({ what }) => what.length > 20)).toBe(true);
    expect((await keyturn().rotations.list({ key: ids[0] })).items).toEqual([]);
    const done = await keyturn().keys.bulk(input, { idempotencyKey: 'rotate-both' });
    expect(done.items).toHaveLength(2);
    for (const { id, rotation, claim } of done.items) {
      expect((await keyturn().rotations.get(rotation ?? '')).key).toBe(id);
      expect(claim?.url).toMatch(/^https:\/\/keys\.example\/claim#/);
    }
    const again = await keyturn().keys.bulk(input, { idempotencyKey: 'rotate-both' });
    expect(again).toMatchObject({ replayed: true, totals: { done: 2 } });
    expect(JSON.stringify(again)).not.toContain('#');
    const open = await keyturn().keys.bulk(input);
    expect(open.items).toMatchObject([{ code: 'rotation_open' }, { code: 'rotation_open' }]);
    const nowhere = await keyturn().keys.bulk({
      ids: await newKeys(1),
      act: 'rotate',
      deliver: 'destinations',
    });
    expect(nowhere.items).toMatchObject([{ outcome: 'refused' }]);
  });

  test('are done once by an idempotency key, and another body under it is refused', async () => {
    const ids = await newKeys(2);
    const options = { idempotencyKey: 'once' };
    const first = await keyturn().keys.bulk({ ids, act: 'disable' }, options);
    await keyturn().keys.bulk({ ids, act: 'enable' });
    const again = await keyturn().keys.bulk({ ids, act: 'disable' }, options);
    expect(again).toEqual({ ...first, replayed: true });
    expect(await statesOf(ids)).toEqual(['active', 'active']);
    const other = keyturn().keys.bulk({ ids, act: 'revoke' }, options);
    await expect(other).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    expect(await statesOf(ids)).toEqual(['active', 'active']);
  });

  test("are none of another tenant's", async () => {
    await keyturn().keyspaces.create({ name: 'theirs', prefix: 'theirs' });
    const own = await keyturn().keyspaces.get('default');
    const [id = ''] = await newKeys(1, { keyspace: 'theirs' });
    const caller = await manager(['*'], [own.id]);
    const tried = await keyturn()
      .as(caller)
      .keys.bulk({ ids: [id, 'key_nobody'], act: 'revoke' });
    const [theirs, nobody] = tried.items;
    expect({ ...theirs, id: '' }).toEqual({ ...nobody, id: '' });
    expect(await statesOf([id])).toEqual(['active']);
  });

  test.each([
    ['revoke', ['keys:write']],
    ['rotate', ['keys:write', 'keys:revoke']],
    ['tag', ['keys:rotate', 'keys:revoke']],
  ] as const)('are not touched by %s with %o alone', async (act, scopes) => {
    const ids = await newKeys(1);
    const more: Partial<BulkInput> =
      act === 'rotate' ? { deliver: 'claim' } : act === 'tag' ? { tags: ['x'] } : {};
    const input: BulkInput = { ids, act, ...more };
    const caller = await manager(scopes);
    for (const dryRun of [true, false]) {
      const { items } = await keyturn()
        .as(caller)
        .keys.bulk({ ...input, dryRun });
      expect(items).toMatchObject([{ outcome: 'refused', code: 'forbidden' }]);
    }
  });

  test('of which one can do more than the caller, only the others are changed', async () => {
    const strong = await newKeys(1, { keyspace: 'keyturn', scopes: ['*'] });
    const weak = await newKeys(1, { keyspace: 'keyturn', scopes: ['keys:read'] });
    const caller = await manager(['keys:write', 'keys:read']);
    const done = await keyturn()
      .as(caller)
      .keys.bulk({ ids: [...strong, ...weak], act: 'disable' });
    expect(done.items).toMatchObject([{ code: 'forbidden' }, { outcome: 'done' }]);
    expect(await statesOf([...strong, ...weak])).toEqual(['active', 'disabled']);
  });

  test.each([
    ['ids', { ids: [], act: 'disable' }],
    ['ids', { ids: Array.from({ length: 201 }, () => 'key_x'), act: 'disable' }],
    ['act', { ids: ['key_x'], act: 'delete' }],
    ['tags', { ids: ['key_x'], act: 'tag' }],
    ['tags', { ids: ['key_x'], act: 'disable', tags: ['a'] }],
    ['deliver', { ids: ['key_x'], act: 'rotate' }],
    ['deliver', { ids: ['key_x'], act: 'rotate', deliver: 'answer' }],
    ['overlap', { ids: ['key_x'], act: 'revoke', overlap: '7d' }],
    ['reason', { ids: ['key_x'], act: 'untag', tags: ['a'], reason: 'why' }],
  ])('are refused whole where %s is wrong', async (field, input) => {
    const { keys } = keyturn();
    await expect(Reflect.apply(keys.bulk, keys, [input])).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [expect.objectContaining({ pointer: expect.stringMatching(`^/${field}`) })],
    });
  });
});
