import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import { keyIdFrom } from '../../src/keys/id.js';
import type { EmergencyPage } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { Deliveries } from '../setup/deliveries.js';
import { type Fleet, startFleet, turn } from '../setup/fleet.js';
import { whileTimePasses } from '../setup/rotating.js';
import { aChange } from './build.js';

const LEAK = { compromised: true, reason: 'in a public repository', tag: 'leaked' } as const;
const STEP_MS = 30;

describe.each(dataKinds)('an emergency of keys with destinations on $name', ({ create }) => {
  let deliveries: Deliveries;
  let fleet: Fleet;
  beforeAll(async () => {
    deliveries = await Deliveries.open();
    fleet = await startFleet({ create, internal: { destinations: deliveries.opener } });
  });
  afterAll(async () => {
    await fleet.close();
    await deliveries.remove();
  });

  const rotations = () => fleet.at(0).keyturn.rotations;

  /** One that is delivered to two places, one whose place fails, one without. */
  async function threeKeys(tag: string) {
    const [placed, hindered, plain] = [
      await fleet.at(0).issue({ name: 'placed', tags: [tag] }),
      await fleet.at(0).issue({ name: 'hindered', tags: [tag] }),
      await fleet.at(0).issue({ name: 'plain', tags: [tag] }),
    ];
    const value = placed.plaintext;
    await deliveries.add(fleet, placed.key, { name: `${tag}-web`, value, position: 1 });
    await deliveries.add(fleet, placed.key, { name: `${tag}-job`, value, position: 2 });
    await deliveries.add(fleet, hindered.key, { name: `${tag}-sick`, value: hindered.plaintext });
    await fleet.settle();
    return { placed, hindered, plain };
  }

  async function emergency(input: object): Promise<EmergencyPage> {
    let isOver = false;
    const asked = rotations().emergency({ ...LEAK, ...input });
    const over = asked.finally(() => {
      isOver = true;
    });
    over.catch(() => undefined); // It is awaited below.
    await whileTimePasses(fleet, async () => isOver, STEP_MS);
    const page = await over;
    if ('plan' in page) throw new Error('This was no dry run.');
    await fleet.settle();
    return page;
  }

  test('the new secrets go where the old ones were, and only the others are answered', async () => {
    const { placed, hindered, plain } = await threeKeys('leaked');
    deliveries.faults.set('leaked-sick write', () => ({
      kind: 'failed',
      class: 'transient',
      message: 'The disk is full.',
    }));
    expect(await rotations().emergency({ ...LEAK, dryRun: true })).toMatchObject({
      plan: {
        keys: 3,
        delivered: 2,
        says: expect.stringContaining('which of 2 of them goes to its destinations'),
      },
    });
    const { items } = await emergency({});
    const byKey = new Map(items.map((item) => [item.key, item]));
    expect(byKey.get(plain.key.id)?.plaintext).toBeDefined();
    for (const { key } of [placed, hindered]) {
      const { id, name } = key;
      const rotation = expect.stringMatching(/^rot_/);
      const state = expect.any(String);
      expect(byKey.get(id)).toEqual({ key: id, name, rotation, state, deliver: 'destinations' });
    }
    const web = await deliveries.valueIn('leaked-web');
    expect(await deliveries.valueIn('leaked-job')).toBe(web);
    expect(web).not.toBe(placed.plaintext);
    const check = async (plaintext: string) => (await fleet.at(1).verify({ plaintext })).valid;
    expect(await check(web)).toBe(true);
    // Whose place fails ends as well: it has leaked.
    for (const { plaintext } of [placed, hindered, plain])
      expect(await check(plaintext)).toBe(false);
    deliveries.faults.clear();
    await whileTimePasses(fleet, async () => check(await deliveries.valueIn('leaked-sick')));
  });

  test('and one whose record is damaged fails alone, for the wave as for the worker', async () => {
    const { hindered, placed, plain } = await threeKeys('damaged');
    const { store } = fleet.at(0);
    const id = keyIdFrom(hindered.key.id);
    if (id === undefined) throw new Error('This is no id of a key.');
    const [record] = await store.automation.destinationsOf(id);
    if (record === undefined) throw new Error('There is no destination.');
    const destination = { ...record, settings: '{', version: 2 };
    const put = { kind: 'put_destination', destination, expectedVersion: 1 } as const;
    await store.commit(aChange(record.keyspaceId, [put]));
    const { items } = await emergency({ tag: 'damaged' });
    expect(items.find(({ key }) => key === plain.key.id)?.plaintext).toBeDefined();
    expect(await deliveries.valueIn('damaged-web')).not.toBe(placed.plaintext);
    const { rotation } = items.find(({ key }) => key === hindered.key.id) ?? {};
    const isAsked = async () => {
      const { state, trouble } = await rotations().get(rotation ?? '');
      return state === 'needs_operator' && trouble?.class === 'target_missing';
    };
    expect(await isAsked()).toBe(true);
    await rotations().retry(rotation ?? '');
    expect(await isAsked()).toBe(false);
    await whileTimePasses(fleet, isAsked); // The worker has stumbled over it, too.
    expect(fleet.log.filter(({ message }) => message.startsWith('rotations wait'))).toEqual([]);
  });

  test('and a store that fails during a delivery costs nobody else a secret', async () => {
    const { placed, plain } = await threeKeys('faulty');
    const { store } = fleet.at(0);
    const isHandedOver = async () => {
      const [rotation] = (await rotations().list({ key: plain.key.id })).items;
      return rotation?.state === 'completed';
    };
    deliveries.faults.set('faulty-web write', async () => {
      while (!(await isHandedOver())) await turn();
      store.before = async (method) => {
        if (method === 'commit') throw new StoreUnavailableError('It is away.');
      };
    });
    const { items } = await emergency({ tag: 'faulty' });
    store.before = undefined;
    deliveries.faults.clear();
    expect(items.find(({ key }) => key === plain.key.id)?.plaintext).toBeDefined();
    const isThrough = async () => {
      // Another instance may have it now, without the secret that one place has: that asks first.
      const [rotation] = (await rotations().list({ key: placed.key.id })).items;
      if (rotation?.asks?.includes('was lost')) await rotations().retry(rotation.id);
      const plaintext = await deliveries.valueIn('faulty-job');
      return plaintext !== placed.plaintext && (await fleet.at(1).verify({ plaintext })).valid;
    };
    await whileTimePasses(fleet, isThrough);
  });

  test('or are answered all, where that is asked for', async () => {
    const { placed } = await threeKeys('answered');
    const { items } = await emergency({ tag: 'answered', deliver: 'answer' });
    expect(items.map(({ plaintext }) => typeof plaintext)).toEqual(Array(3).fill('string'));
    expect(await deliveries.valueIn('answered-web')).toBe(placed.plaintext);
  });

  test('and whoever loses its rights half-way has the secrets that were made by then', async () => {
    await threeKeys('lapsed');
    const another = await fleet.at(0).issue({ name: 'another', tags: ['lapsed'] });
    const name = 'manager';
    const scopes = ['keys:rotate', 'keys:revoke'];
    const manager = await fleet.at(0).issue({ name, keyspace: 'keyturn', scopes });
    const verdict = await fleet.at(0).verify(manager, { keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error(verdict.code);
    const actor = { kind: 'management_key', id: manager.key.id } as const;
    const bound = fleet.at(0).keyturn.as({ actor, key: verdict.key });
    const { store } = fleet.at(0);
    let [isBegun, isEnded] = [false, false];
    store.before = async (method) => {
      if (method !== 'commit') return;
      if (!isBegun) {
        isBegun = true;
        const begun = fleet.at(1).keyturn.keys.rotate(another.key.id, { deliver: 'answer' });
        await begun.catch(() => undefined);
        return;
      }
      const { items } = await rotations().list({ open: true });
      const isMade = items.some(({ step, reason }) => step === 'revoke' && reason === 'half-way');
      if (!isMade || isEnded) return;
      isEnded = true;
      await fleet.at(1).keyturn.keys.revoke(manager.key.id);
    };
    let page: Awaited<ReturnType<typeof bound.rotations.emergency>> | undefined;
    const asked = bound.rotations.emergency({
      ...{ ...LEAK, tag: 'lapsed', reason: 'half-way' },
      deliver: 'answer',
    });
    const over = asked.then((found) => {
      page = found;
    });
    over.catch(() => undefined); // It is awaited below.
    await whileTimePasses(fleet, async () => page !== undefined, STEP_MS);
    store.before = undefined;
    await over;
    if (page === undefined || 'plan' in page) throw new Error('This was no dry run.');
    const made = page.items.filter(({ plaintext }) => plaintext !== undefined);
    const refused = page.items.filter(({ code }) => code === 'unauthenticated');
    expect([made.length, refused.length]).toEqual([1, 3]);
  });

  test('or begin one by one, where another begins one at the same moment', async () => {
    const { placed, plain } = await threeKeys('raced');
    const { store } = fleet.at(0);
    let isBegun = false;
    store.before = async (method) => {
      if (method !== 'commit' || isBegun) return;
      isBegun = true;
      const begun = fleet.at(1).keyturn.keys.rotate(plain.key.id, { deliver: 'answer' });
      await begun.catch(() => undefined);
    };
    const { items } = await emergency({ tag: 'raced' });
    store.before = undefined;
    expect(items.filter(({ deliver }) => deliver === 'destinations')).toHaveLength(2);
    expect(items.every(({ rotation }) => rotation !== null)).toBe(true);
    expect(await deliveries.valueIn('raced-web')).not.toBe(placed.plaintext);
  });
});
