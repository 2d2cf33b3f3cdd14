import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RotateInput } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';

const LEAKED = { compromised: true, reason: 'in a public repository' } as const;
const MINUTE_MS = 60_000;
const NETWORKS = ['203.0.113.7', '198.51.100.7', '192.0.2.7'];

describe.each(dataKinds)('what a rotation says first on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create });
  });
  afterEach(() => fleet.close());

  async function use(secret: { readonly plaintext: string }, networks = NETWORKS) {
    for (const address of networks) {
      expect(await fleet.at(1).verify(secret, { address })).toMatchObject({ valid: true });
    }
  }

  async function planOf(id: string, input: RotateInput) {
    const answer = await fleet.at(0).keyturn.keys.rotate(id, { ...input, dryRun: true });
    if (!('plan' in answer)) throw new Error('There is no plan.');
    return answer.plan;
  }

  /** Waits until so many consumers of a key are written down. */
  async function known(id: string, count: number) {
    await whileTimePasses(fleet, async () => (await planOf(id, LEAKED)).consumers.length === count);
  }

  test('an emergency during a rotation names every secret, when it ends, and who uses it', async () => {
    const made = await fleet.at(0).issue();
    const { id } = made.key;
    await use(made);
    await known(id, 3);
    const { rotation } = await rotate(fleet, id);
    await fleet.settle();
    await use(made);

    const input = { ...LEAKED, overlap: '30m' };
    const plan = await planOf(id, input);
    expect(plan.supersedes).toBe(rotation.id);
    expect(plan.ends).toMatchObject([
      { secret: 2, state: 'current', after: '30m', consumers: 0, lastUsedAt: null },
      { secret: 1, state: 'retiring', after: '0s', consumers: 3 },
    ]);
    expect(plan.consumers.map(({ secrets }) => secrets)).toEqual([[1], [1], [1]]);
    expect(plan.lastUsedAt).toBe(plan.ends[1]?.lastUsedAt);
    expect(plan.says).toMatch(
      /: secret 2 in 30m \(never used\); secret 1 at once \(last used \d+ (?:s|min) ago by 3 consumers\)\./,
    );
    expect(plan.says).toContain(`The open rotation ${rotation.id} is superseded.`);
    expect(plan.says).not.toContain('until all have moved');

    // What was said comes true, and whoever is cut off stands in the rotation.
    const done = await rotate(fleet, id, input);
    await fleet.settle();
    expect(await fleet.at(1).verify(made)).toMatchObject({ valid: false, code: 'revoked' });
    const { consumers } = await fleet.at(0).keyturn.rotations.get(done.rotation.id);
    expect(consumers).toHaveLength(3);
    fleet.clock.advanceMs(31 * MINUTE_MS);
    const seen = async () => (await fleet.at(0).keyturn.keys.get(id)).secrets[1]?.state;
    await whileTimePasses(fleet, async () => (await seen()) === 'revoked');
  });

  test('a consumer of both secrets counts once', async () => {
    const made = await fleet.at(0).issue();
    const { id } = made.key;
    await use(made);
    await known(id, 3);
    const next = await rotate(fleet, id);
    await fleet.settle();
    await use(next, NETWORKS.slice(0, 1));
    const bySecret = async () => (await planOf(id, LEAKED)).ends.map(({ consumers }) => consumers);
    await whileTimePasses(fleet, async () => (await bySecret()).join() === '1,3');
    const { consumers } = await planOf(id, LEAKED);
    expect(consumers.map(({ secrets }) => secrets)).toEqual([[2, 1], [1], [1]]);
  });

  test('nothing but the announced end is said where the old one is kept', async () => {
    const { key } = await fleet.at(0).issue();
    const kept = await planOf(key.id, { keep: true });
    expect(kept.says).toContain('secret 1 works until a person ends it, whoever has moved.');
    const announced = await planOf(key.id, { keep: true, overlap: '7d' });
    expect(announced.says).toContain('works until its deadline ends it, whoever has moved.');
    for (const { says } of [kept, announced]) expect(says).not.toContain('all have moved');
    await expect(planOf(key.id, { overlap: '31d' })).rejects.toMatchObject({
      errors: [{ message: 'is longer than the 30d of the policy "default".' }],
    });
  });

  test('an end without an overlap is one end, and not two that contradict each other', async () => {
    const { key } = await fleet.at(0).issue();
    const { says } = await planOf(key.id, { overlap: '0s' });
    expect(says).toContain(
      'secret 1 ends at once where nobody uses it, and else as soon as somebody has used the new one',
    );
    expect(says).not.toMatch(/works until|until all have moved|At \d{4}/);
    const later = await planOf(key.id, { overlap: '7d' });
    expect(later.says).toMatch(
      /works until all have moved\. At \S+ it ends, where .*; else a person/,
    );
  });

  test('a last use that no consumer is known of is not said to be by none in all', async () => {
    const made = await fleet.at(0).issue();
    const { id } = made.key;
    await use(made);
    await known(id, 3);
    fleet.clock.advanceMs(36 * 24 * 60 * MINUTE_MS);
    await fleet.settle();
    const { says } = await planOf(id, {});
    expect(says).toMatch(/last used 36 d ago, and no consumer is known from the last 35d\.$/);
  });

  test('an emergency of many names the keys, who uses them, and the rotations that it ends', async () => {
    const made = await fleet.at(0).issue({ owner: 'acme', name: 'in use' });
    const idle = await fleet.at(0).issue({ owner: 'acme', name: 'idle' });
    await use(made);
    await known(made.key.id, 3);
    const { rotation } = await rotate(fleet, made.key.id);
    await fleet.settle();
    const { rotations } = fleet.at(0).keyturn;
    const asked = { ...LEAKED, owner: 'acme', overlap: '5m', dryRun: true };
    const answer = await rotations.emergency(asked);
    if (!('plan' in answer)) throw new Error('There is no plan.');
    const { says, ...plan } = answer.plan;
    expect(plan).toMatchObject({ keys: 2, examined: 2, consumers: 3, supersedes: 1, own: null });
    expect(plan.items).toMatchObject([
      { key: made.key.id, name: 'in use', consumers: 3, supersedes: rotation.id },
      { key: idle.key.id, name: 'idle', consumers: 0, supersedes: null, lastUsedAt: null },
    ]);
    expect(says).toContain(
      'Ends the current secret of 2 keys in 5m and, of 1 of them, every earlier one at once,',
    );
    expect(says).toMatch(/last used .* ago by 3 consumers\. Supersedes 1 open rotation\./);
    expect(says).not.toContain('Your own key');
    const nobody = await rotations.emergency({ ...asked, owner: 'nobody' });
    expect(nobody).toMatchObject({ plan: { keys: 0, items: [] } });
  });
});
