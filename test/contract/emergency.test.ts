import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EmergencyInput, EmergencyItem } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';

const WORDS = { compromised: true, reason: 'in a public repository' } as const;
const MINUTE_MS = 60_000;
const STEP_MS = 30;

describe.each(dataKinds)('an emergency of many keys on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  afterAll(() => fleet.close());

  async function made(owner: string, count: number) {
    const keys = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        fleet.at(0).issue({ owner, name: `Acme ${index}` }),
      ),
    );
    await fleet.settle();
    return keys;
  }

  /** All waves, while time goes on. */
  async function emergency(input: Omit<EmergencyInput, 'compromised' | 'reason'>) {
    const items: EmergencyItem[] = [];
    let cursor: string | null | undefined;
    let waves = 0;
    while (cursor !== null) {
      const at: { page?: unknown } = {};
      const wave = fleet.at(0).keyturn.rotations.emergency({ ...WORDS, ...input, cursor });
      const settled = wave.then(
        () => Object.assign(at, { page: true }),
        () => Object.assign(at, { page: true }),
      );
      await whileTimePasses(fleet, async () => at.page !== undefined, STEP_MS);
      await settled;
      const page = await wave;
      if ('plan' in page) throw new Error('This was no dry run.');
      items.push(...page.items);
      cursor = page.nextCursor;
      waves += 1;
    }
    await fleet.settle();
    return { items, waves };
  }

  /** What checks of them come to, each outcome once. */
  async function codesOf(index: number, secrets: readonly { readonly plaintext?: string }[]) {
    const codes = new Set<string>();
    for (const { plaintext = '' } of secrets) {
      const verdict = await fleet.at(index).verify({ plaintext });
      codes.add(verdict.valid ? 'valid' : verdict.code);
    }
    return [...codes];
  }

  test('ends every secret and gives each key a new one, in waves of few commits', async () => {
    const keys = await made('acme', 25);
    const [open, revoked] = keys;
    if (open === undefined || revoked === undefined) throw new Error('There are no keys.');
    const before = await rotate(fleet, open.key.id);
    await fleet.at(0).keyturn.keys.revoke(revoked.key.id);
    const other = await fleet.at(0).issue({ owner: 'globex' });
    for (const { store } of fleet.instances) store.forgetCalls();
    const { items, waves } = await emergency({ owner: 'acme', limit: 10 });
    expect(waves).toBe(3);
    expect(fleet.at(0).store.callCount('commit')).toBeLessThan(25);
    expect(new Set(items.map(({ key }) => key))).toEqual(
      new Set(keys.filter((one) => one !== revoked).map(({ key }) => key.id)),
    );
    for (const index of [0, 1]) {
      expect(await codesOf(index, [...items, other])).toEqual(['valid']);
      expect(await codesOf(index, [...keys, before])).toEqual(['revoked']);
    }
    expect(await fleet.at(0).keyturn.rotations.get(before.rotation.id)).toMatchObject({
      state: 'superseded',
    });
  });

  test('is begun once, however often it is asked for under one idempotency key', async () => {
    const [key] = await made('umbrella', 1);
    const { rotations } = fleet.at(0).keyturn;
    const input = { ...WORDS, owner: 'umbrella' };
    const asked = rotations.emergency(input, { idempotencyKey: 'em-1' });
    let isOver = false;
    const over = asked.finally(() => {
      isOver = true;
    });
    await whileTimePasses(fleet, async () => isOver, STEP_MS);
    const first = await over;
    const again = await rotations.emergency(input, { idempotencyKey: 'em-1' });
    if (!('items' in first && 'items' in again)) throw new Error('This was no dry run.');
    const [{ plaintext, ...rest } = { plaintext: undefined }] = first.items;
    expect(plaintext).toBeDefined();
    expect(again).toEqual({ items: [rest], nextCursor: null, replayed: true });
    const found = await rotations.list({ key: key?.key.id });
    expect(found.items).toHaveLength(1);
    await expect(
      rotations.emergency({ ...input, reason: 'another' }, { idempotencyKey: 'em-1' }),
    ).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  });

  test('lets the secrets before live for as long as it is told, of an hour at most', async () => {
    const keys = await made('initech', 3);
    const { rotations } = fleet.at(0).keyturn;
    const dry = await rotations.emergency({
      ...WORDS,
      owner: 'initech',
      overlap: '30m',
      dryRun: true,
    });
    expect(dry).toMatchObject({ plan: { keys: 3, says: expect.stringContaining('in 30m') } });
    await expect(
      rotations.emergency({ ...WORDS, owner: 'initech', overlap: '2h' }),
    ).rejects.toMatchObject({ code: 'unprocessable', errors: [{ pointer: '/overlap' }] });
    const { items } = await emergency({ owner: 'initech', overlap: '30m' });
    expect(await codesOf(1, [...keys, ...items])).toEqual(['valid']);
    fleet.clock.advanceMs(31 * MINUTE_MS);
    await whileTimePasses(fleet, async () => (await codesOf(1, keys)).join() === 'revoked');
    expect(await codesOf(1, items)).toEqual(['valid']);
  });

  test('goes on with the others where a rotation of one begins at the same moment', async () => {
    const keys = await made('hooli', 4);
    const [first] = keys;
    if (first === undefined) throw new Error('There are no keys.');
    const { store, keyturn } = fleet.at(0);
    let isBegun = false;
    // After the wave has looked, and before it writes, another instance begins one.
    store.before = async (method) => {
      if (method !== 'commit' || isBegun) return;
      isBegun = true;
      const begun = fleet.at(1).keyturn.keys.rotate(first.key.id, { deliver: 'answer' });
      await begun.catch(() => undefined);
    };
    const { items } = await emergency({ owner: 'hooli' });
    store.before = undefined;
    expect(isBegun).toBe(true);
    expect(items.map(({ plaintext }) => typeof plaintext)).toEqual(Array(4).fill('string'));
    expect(await codesOf(1, keys)).toEqual(['revoked']);
    const listOpen = () => keyturn.rotations.list({ open: true, key: first.key.id });
    await whileTimePasses(fleet, async () => (await listOpen()).items.length === 0);
  });
});
