import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import type { CreatedKey } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const CALLERS = 60;
const each = <T>(run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: CALLERS }, (_none, index) => run(index)));

describe.each(dataKinds)('one key that many change at once on $name', ({ create }) => {
  let fleet: Fleet;
  let made: CreatedKey;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  beforeEach(async () => {
    made = await fleet.at(0).issue();
    await fleet.settle();
  });
  afterAll(() => fleet.close());

  const keysAt = (index: number) => fleet.at(index % 2).keyturn.keys;
  const eventsOf = async (id: string) =>
    (await fleet.at(0).keyturn.events.list({ subject: id, limit: 200 })).items;

  /** Whatever is committed at the first instance, the second one changes the key just before. */
  async function outrun<T>(run: () => Promise<T>, change: (count: number) => Promise<unknown>) {
    const { store } = fleet.at(0);
    let count = 0;
    store.before = async (method) => {
      count += method === 'commit' ? 1 : 0;
      if (method === 'commit') await change(count);
    };
    try {
      return await run();
    } finally {
      store.before = undefined;
    }
  }

  const rename = (count: number) => keysAt(1).update(made.key.id, { name: `later ${count}` });

  test('a revocation is made, however many updates come at once', async () => {
    const { id } = made.key;
    const updates = each((index) =>
      keysAt(index)
        .update(id, { name: `name ${index}` })
        .then(
          () => 'made',
          (error) => error.code,
        ),
    );
    const { key } = await keysAt(0).revoke(id);
    expect(key.state).toBe('revoked');
    // What came later found the key revoked; none was lost to the load.
    expect(['made', 'state_conflict']).toEqual(expect.arrayContaining(await updates));
    expect((await keysAt(1).get(id)).state).toBe('revoked');
  });

  test.each<[string, () => Promise<unknown>, object]>([
    ['a revocation', () => keysAt(0).revoke(made.key.id), { state: 'revoked' }],
    ['a disabling', () => keysAt(0).disable(made.key.id), { state: 'disabled' }],
    ['an update', () => keysAt(0).update(made.key.id, { tags: ['a'] }), { tags: ['a'] }],
    ['an end of one secret', () => keysAt(0).revoke(made.key.id, { secret: 1 }), {}],
  ])('%s is made, though somebody always comes first', async (_what, run, expected) => {
    await outrun(run, rename);
    const key = await keysAt(1).get(made.key.id);
    // Neither is lost: the one that came first stands beside it.
    expect(key).toMatchObject({ ...expected, name: 'later 1', version: 3 });
  });

  test('a key ends itself, though somebody always comes first', async () => {
    const { id } = made.key;
    const verdict = await fleet.at(0).verify(made);
    if (!verdict.valid) throw new Error('The key is not accepted.');
    const itself = fleet.at(0).keyturn.as({ actor: { kind: 'consumer', id }, key: verdict.key });
    await outrun(() => itself.keys.revoke(id), rename);
    expect(await keysAt(1).get(id)).toMatchObject({ state: 'revoked', version: 3 });
  });

  test('a change says what it found, not what it had read before', async () => {
    const { id } = made.key;
    const { key } = await outrun(
      () => keysAt(0).revoke(id),
      () => keysAt(1).disable(id),
    );
    expect(key).toMatchObject({ state: 'revoked', version: 3 });
    const [event] = await eventsOf(id);
    const state = { field: 'state', from: 'disabled', to: 'revoked' };
    expect(event).toMatchObject({ type: 'key.revoked', changes: expect.arrayContaining([state]) });
  });

  test('what somebody else has done meanwhile is not done again', async () => {
    const { id } = made.key;
    const { key } = await outrun(
      () => keysAt(0).revoke(id),
      () => keysAt(1).revoke(id, { reason: 'first' }),
    );
    expect(key).toMatchObject({ state: 'revoked', stateReason: 'first', version: 2 });
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual(['key.revoked', 'key.created']);
  });

  test('an update is refused where the key was revoked just before it', async () => {
    const { id } = made.key;
    const late = outrun(
      () =>
        keysAt(0)
          .enable(id)
          .then(() => keysAt(0).update(id, { name: 'late' })),
      () => keysAt(1).revoke(id),
    );
    await expect(late).rejects.toMatchObject({ code: 'state_conflict' });
    expect(await keysAt(1).get(id)).toMatchObject({ state: 'revoked', name: 'Acme CI' });
  });

  test('a change whose race and then whose answer was lost is made once', async () => {
    const { id } = made.key;
    const { store } = fleet.at(0);
    let isLost = false;
    store.after = async (method) => {
      if (method !== 'commit' || isLost) return;
      isLost = true;
      await keysAt(1).update(id, { name: 'last' });
      throw new StoreUnavailableError('The answer was lost.');
    };
    let isOutrun = false;
    await outrun(
      () => keysAt(0).update(id, { name: 'first' }),
      async () => {
        if (isOutrun) return;
        isOutrun = true;
        await keysAt(1).update(id, { tags: ['meanwhile'] });
      },
    ).finally(() => {
      store.after = undefined;
    });
    expect(await keysAt(1).get(id)).toMatchObject({ name: 'last', tags: ['meanwhile'] });
    expect(await eventsOf(id)).toHaveLength(4);
    expect((await fleet.at(0).keyturn.events.verify({ keyspace: 'default' }))[0]?.ok).toBe(true);
  });

  test('all updates without If-Match are made, and of those with one the first', async () => {
    const { id } = made.key;
    await each((index) => keysAt(index).update(id, { name: `name ${index}` }));
    expect(await keysAt(0).get(id)).toMatchObject({ version: CALLERS + 1 });
    const options = { ifMatch: CALLERS + 1 };
    const guarded = await each((index) =>
      keysAt(index)
        .update(id, { name: `guarded ${index}` }, options)
        .then(
          () => 'made',
          (error) => error.code,
        ),
    );
    expect(guarded.filter((result) => result === 'made')).toHaveLength(1);
    expect(guarded.filter((result) => result === 'version_conflict')).toHaveLength(CALLERS - 1);
  });

  test('all updates of one owner, and of one keyspace, are made', async () => {
    const { owners, keyspaces } = fleet.at(0).keyturn;
    await owners.create({ id: made.key.id });
    const before = await keyspaces.get('default');
    await each((index) => owners.update(made.key.id, { name: `name ${index}` }));
    await each((index) => keyspaces.update('default', { staleness: `${5 + (index % 2)}s` }));
    expect((await owners.get(made.key.id)).version).toBe(CALLERS + 1);
    expect((await keyspaces.get('default')).version).toBeGreaterThan(before.version);
  });
});
