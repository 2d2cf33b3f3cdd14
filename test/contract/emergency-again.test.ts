import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import type { EmergencyInput, EmergencyPage } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { answered } from '../setup/rotating.js';

const WORDS = { compromised: true, reason: 'in a public repository' } as const;
const BUSY = {
  state: 'needs_operator',
  rotation: null,
  code: 'store_unavailable',
  detail: expect.stringContaining('repeat the same call in half a minute'),
};
const MINUTE_MS = 60_000;
const STEP_MS = 100;
type More = Pick<EmergencyInput, 'overlap'>;

describe.each(dataKinds)('an emergency that is repeated by its key, on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server', 'server'] });
  });
  afterAll(() => fleet.close());

  async function made(owner: string, count: number) {
    const all = Array.from({ length: count }, () => fleet.at(0).issue({ owner }));
    const keys = await Promise.all(all);
    await fleet.settle();
    return keys;
  }

  async function wave(input: Omit<EmergencyInput, 'compromised' | 'reason'>, key: string) {
    const { rotations } = fleet.at(0).keyturn;
    const call = rotations.emergency({ ...WORDS, ...input }, { idempotencyKey: key });
    const page = await answered(fleet, call, STEP_MS);
    if ('plan' in page) throw new Error('This was no dry run.');
    return page;
  }

  /** Asked again as long as it says so: another instance may work on them. */
  async function repeated(owner: string, key: string, more: More = {}) {
    const isBusy = ({ items }: EmergencyPage) =>
      items.some((item) => 'code' in item && item.code === 'store_unavailable');
    let page = await wave({ owner, ...more }, key);
    for (let count = 0; count < 5 && isBusy(page); count += 1) {
      expect(page.items).toContainEqual(expect.objectContaining(BUSY));
      await fleet.passMs(10_000);
      page = await wave({ owner, ...more }, key);
    }
    return page;
  }

  /** The process writes that they begin, and nothing more. */
  async function cutOff(owner: string, key: string, more: More = {}): Promise<void> {
    const { store } = fleet.at(0);
    let commitCount = 0;
    store.before = async (method) => {
      if (method === 'commit') commitCount += 1;
      if (commitCount > 1 && method === 'commit') throw new StoreUnavailableError('It has died.');
    };
    await expect(wave({ owner, ...more }, key)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    store.before = undefined;
  }

  const codesOf = (secrets: readonly { readonly plaintext?: string }[]) =>
    Promise.all(
      secrets.map(async ({ plaintext = '' }) => {
        const verdict = await fleet.at(1).verify({ plaintext });
        return verdict.valid ? 'valid' : verdict.code;
      }),
    );

  /** Each key has a secret that somebody was given, and what leaked is refused. */
  async function expectDone(keys: Awaited<ReturnType<typeof made>>, { items }: EmergencyPage) {
    await fleet.settle();
    expect(items.map(({ key }) => key).toSorted()).toEqual(
      keys.map(({ key }) => key.id).toSorted(),
    );
    expect(await codesOf(items)).toEqual(keys.map(() => 'valid'));
    expect(await codesOf(keys)).toEqual(keys.map(() => 'revoked'));
  }

  /** It was shown already: nothing is done again. */
  async function expectQuiet({ items: before }: EmergencyPage, again: EmergencyPage) {
    expect(again).toMatchObject({ replayed: true, nextCursor: null });
    expect(again.items.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
    for (const item of again.items) {
      expect(item).toMatchObject({ state: 'completed' });
      expect(item).not.toHaveProperty('plaintext');
    }
    await fleet.settle();
    expect(await codesOf(before)).toEqual(before.map(() => 'valid'));
  }

  test('goes on where the process died that was asked first', async () => {
    const keys = await made('umbrella', 3);
    await cutOff('umbrella', 'em-1');
    expect(await codesOf(keys)).toEqual(['valid', 'valid', 'valid']);
    const again = await repeated('umbrella', 'em-1');
    await expectDone(keys, again);
    await expectQuiet(again, await wave({ owner: 'umbrella' }, 'em-1'));
  });

  test('begins anew what was taken back meanwhile', async () => {
    const keys = await made('hooli', 3);
    await cutOff('hooli', 'em-2');
    await fleet.passMs(MINUTE_MS);
    await fleet.settle();
    const { rotations } = fleet.at(0).keyturn;
    const looked = async () => (await rotations.list({ open: true })).items.length;
    for (let look = 0; look < 50 && (await looked()) > 0; look += 1) await fleet.passMs(1_000);
    expect(await looked()).toBe(0);
    for (const { key } of keys) {
      const { items } = await rotations.list({ key: key.id });
      expect(items.map(({ state }) => state)).toEqual(['rolled_back']);
    }
    const again = await repeated('hooli', 'em-2');
    await expectDone(keys, again);
    await expectQuiet(again, await wave({ owner: 'hooli' }, 'em-2'));
  });

  test('names the same next wave, whichever keys there are by then', async () => {
    const keys = await made('initech', 5);
    const first = await wave({ owner: 'initech', limit: 2 }, 'em-3');
    const [moved] = first.items;
    await fleet.at(0).keyturn.keys.update(moved?.key ?? '', { owner: 'globex' });
    const again = await wave({ owner: 'initech', limit: 2 }, 'em-3');
    expect(again).toMatchObject({ replayed: true, nextCursor: first.nextCursor });
    const { items, nextCursor: cursor } = first;
    const rest = { owner: 'initech', limit: 5, cursor: cursor ?? '' };
    const second = await wave(rest, 'em-3 wave 2');
    await expectDone(keys, { items: [...items, ...second.items], nextCursor: null });
  });

  /** All of them are given back, and nobody was shown a secret. */
  async function takenBack(keys: Awaited<ReturnType<typeof made>>): Promise<void> {
    await fleet.passMs(MINUTE_MS);
    await fleet.settle();
    const { rotations } = fleet.at(0).keyturn;
    const openCount = async () => (await rotations.list({ open: true })).items.length;
    for (let look = 0; look < 50 && (await openCount()) > 0; look += 1) await fleet.passMs(1_000);
    expect(await openCount()).toBe(0);
    expect(await codesOf(keys)).toEqual(keys.map(() => 'valid'));
  }

  test('shows no secret that another repeat ends, where two ask at once', async () => {
    const keys = await made('wayne', 3);
    await cutOff('wayne', 'em-4');
    await takenBack(keys);
    const asked = [0, 1].map((index) =>
      fleet
        .at(index)
        .keyturn.rotations.emergency({ ...WORDS, owner: 'wayne' }, { idempotencyKey: 'em-4' }),
    );
    const pages = await answered(fleet, Promise.all(asked), STEP_MS);
    await fleet.settle();
    const shown = pages.flatMap((page) => ('items' in page ? page.items : []));
    const secrets = shown.filter(({ plaintext }) => plaintext !== undefined);
    expect(secrets.map(({ key }) => key).toSorted()).toEqual(
      keys.map(({ key }) => key.id).toSorted(),
    );
    expect(await codesOf(secrets)).toEqual(keys.map(() => 'valid'));
  });

  test('leaves a key as a person has said meanwhile', async () => {
    const [leaky] = await made('tyrell', 1);
    const id = leaky?.key.id ?? '';
    const slow = { overlap: '1h' };
    await cutOff('tyrell', 'em-6', slow);
    await takenBack(leaky === undefined ? [] : [leaky]);
    const [shown] = (await repeated('tyrell', 'em-6', slow)).items;
    expect(shown).toHaveProperty('plaintext');
    const { rotations } = fleet.at(0).keyturn;
    const back = rotations.rollback(shown?.rotation ?? '', { reason: 'it had not leaked' });
    await answered(fleet, back, STEP_MS);
    for (let look = 0; look < 50; look += 1) {
      if ((await rotations.get(shown?.rotation ?? '')).closedAt !== null) break;
      await fleet.passMs(1_000);
    }
    const again = await wave({ owner: 'tyrell', ...slow }, 'em-6');
    expect(again.items).toMatchObject([{ rotation: shown?.rotation, state: 'rolled_back' }]);
    expect((await rotations.list({ key: id })).items).toHaveLength(2);
  });
});
