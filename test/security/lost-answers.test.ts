import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import type { Keyturn } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { type Changes, eventCount, lie, madeOnce, noAnswer } from './repeated-changes.js';

const BOUND = { timeout: 20_000, interval: 5 };
const ATTEMPTS = 3; // Of one commit, before its caller hears that no answer came.

const changes: Changes = {
  'key.created': async () => (on, how) => on.keys.create({ name: 'made', metadata: { a: 1 } }, how),
  'key.updated': async (keyturn) => {
    const id = await newKey(keyturn);
    return (on, how) => on.keys.update(id, { name: 'changed' }, how);
  },
  'key.disabled': async (keyturn) => {
    const id = await newKey(keyturn);
    return (on, how) => on.keys.disable(id, { reason: 'a pause' }, how);
  },
  'key.enabled': async (keyturn) => {
    const id = await newKey(keyturn);
    await keyturn.keys.disable(id);
    return (on, how) => on.keys.enable(id, {}, how);
  },
  'key.revoked': async (keyturn) => {
    const id = await newKey(keyturn);
    return (on, how) => on.keys.revoke(id, { reason: 'leaked' }, how);
  },
  'secret.revoked': async (keyturn) => {
    const id = await newKey(keyturn);
    return (on, how) => on.keys.revoke(id, { secret: 1 }, how);
  },
  'key.deleted': async (keyturn) => {
    const id = await newKey(keyturn);
    await keyturn.keys.revoke(id);
    return (on, how) => on.keys.delete(id, how);
  },
  'keyspace.created': async () => (on, how) =>
    on.keyspaces.create(
      { name: `space-${how.idempotencyKey}`, prefix: `p${how.idempotencyKey}` },
      how,
    ),
  'keyspace.updated': async () => (on, how) =>
    on.keyspaces.update('default', { storeLoss: `${how.idempotencyKey}s` }, how),
  'owner.created': async () => (on, how) =>
    on.owners.create({ id: `owner-${how.idempotencyKey}`, name: 'Ada' }, how),
  'owner.updated': async (keyturn) => {
    const id = await newOwner(keyturn);
    return (on, how) => on.owners.update(id, { name: 'Bea' }, how);
  },
  'owner.erased': async (keyturn) => {
    const id = await newOwner(keyturn);
    return (on, how) => on.owners.erase(id, how);
  },
};

async function newKey(keyturn: Keyturn): Promise<string> {
  return (await keyturn.keys.create({ name: 'target' })).key.id;
}

let ownerCount = 0;

async function newOwner(keyturn: Keyturn): Promise<string> {
  ownerCount += 1;
  return (await keyturn.owners.create({ id: `target-${ownerCount}`, name: 'Ada' })).id;
}

describe.each(dataKinds)('a change whose answer is lost on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  afterAll(() => fleet.close());

  const newHow = madeOnce(() => fleet, changes);

  test('security 35: is told as unavailable in the end, and is there when asked for again', async () => {
    const { keyturn, store } = fleet.at(0);
    const made = await fleet.at(0).issue();
    await fleet.settle();
    for (const one of fleet.instances) {
      expect(await one.verify(made)).toMatchObject({ valid: true });
    }
    const how = newHow();
    const revoke = () => keyturn.keys.revoke(made.key.id, {}, how);
    lie(store, ATTEMPTS);
    await expect(revoke()).rejects.toMatchObject({ code: 'store_unavailable' });
    fleet.cutFeed(0);
    expect(await revoke()).toMatchObject({ key: { state: 'revoked' }, replayed: true });
    expect(await fleet.at(0).verify(made)).toMatchObject({ code: 'revoked' });
    store.isFeedCut = false;
  });

  test('security 35: of a key and all it made ends each of them once', async () => {
    const { keyturn, store } = fleet.at(0);
    const root = { keyspace: 'keyturn', name: 'root', scopes: ['*'] };
    const parent = await keyturn.keys.create(root);
    const verdict = await keyturn.verify({ plaintext: parent.plaintext, keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error('It was refused.');
    const actor = { kind: 'management_key', id: parent.key.id } as const;
    const { keys } = keyturn.as({ actor, key: verdict.key });
    const made = [
      await keys.create(root),
      await keys.create({ name: 'b' }),
      await keys.create(root),
    ];
    const ids = made.map(({ key }) => key.id).toSorted();
    const countBefore = await eventCount(keyturn, 'key.revoked');
    lie(store, 1);
    const ended = await keyturn.keys.revoke(parent.key.id, { descendants: true }, newHow());
    expect(ended.descendants?.toSorted()).toEqual(ids);
    expect(await eventCount(keyturn, 'key.revoked')).toBe(countBefore + 1 + ids.length);
  });

  test('security 35: of usage is counted once', async () => {
    const { keyturn, store } = fleet.at(0);
    const made = await fleet.at(0).issue();
    let answerCount = 0;
    store.after = (method) => {
      if (method !== 'recordUsage') return;
      answerCount += 1;
      if (answerCount === 1) throw noAnswer();
    };
    onTestFinished(() => {
      store.after = undefined;
    });
    for (const _use of [1, 2, 3]) await fleet.at(0).verify(made);
    await vi.waitFor(async () => {
      await fleet.passMs(1_000);
      expect(answerCount).toBeGreaterThan(1);
    }, BOUND);
    const { items } = await keyturn.usage.list({ key: made.key.id });
    expect(items).toMatchObject([{ outcomes: { valid: 3 } }]);
  });
});

describe.each(dataKinds)('a set-up link whose use is not answered on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterEach(() => fleet.close());

  test.each([
    ['makes one root key, and shows it, where the answer comes in the end', 1, true],
    ['makes one root key, and no second one, where no answer comes', ATTEMPTS, false],
  ])('security 35: %s', async (_what, count, isAnswered) => {
    const { keyturn, store } = fleet.at(0);
    lie(store, 1);
    const { token } = await keyturn.setup.createToken();
    lie(store, count);
    const redeemed = keyturn.setup.redeem(token);
    if (isAnswered) {
      const { plaintext } = await redeemed;
      const verdict = await keyturn.verify({ plaintext, keyspace: 'keyturn' });
      expect(verdict).toMatchObject({ valid: true });
    } else {
      await expect(redeemed).rejects.toMatchObject({ code: 'store_unavailable' });
    }
    await expect(keyturn.setup.redeem(token)).rejects.toMatchObject({ code: 'setup_refused' });
    expect((await keyturn.keys.list({ keyspace: 'keyturn' })).items).toHaveLength(1);
    for (const type of ['setup.link_created', 'setup.link_used', 'key.created']) {
      expect([type, await eventCount(keyturn, type)]).toEqual([type, 1]);
    }
  });
});
