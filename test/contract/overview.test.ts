import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Overview } from '../../src/overview-views.js';
import type { Caller } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };

describe.each(dataKinds)('the overview on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'], options: { notices: {} } });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;

  async function look(keyspace?: string, caller?: Caller): Promise<Overview> {
    fleet.clock.advanceMs(MINUTE_MS); // It is counted anew.
    const nouns = caller === undefined ? keyturn() : keyturn().as(caller);
    return nouns.overview({ keyspace });
  }

  async function newKeyspace(name: string): Promise<string> {
    await keyturn().keyspaces.create({ name, prefix: name });
    return name;
  }

  async function manager(scopes: readonly string[], keyspaces?: readonly string[]) {
    const restrictions = keyspaces === undefined ? {} : { keyspaces };
    const input = { name: 'looks', keyspace: 'keyturn', scopes, restrictions };
    const { plaintext } = await keyturn().keys.create(input);
    const verdict = await keyturn().verify({ plaintext, keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error(verdict.code);
    const { key } = verdict;
    return { actor: { kind: 'management_key', id: key.id }, key } as const;
  }

  test('of a keyspace in which nothing happens asks for nobody', async () => {
    const keyspace = await newKeyspace('quiet');
    const nothing = { count: 0, isAtLeast: false, items: [] };
    expect(await look(keyspace)).toMatchObject({
      keyspace,
      rotations: {
        open: 0,
        waiting: nothing,
        stragglers: nothing,
        deliveries: nothing,
        cohort: { told: 0, opened: 0, used: 0, silent: 0 },
      },
      keys: { expiring: nothing, pastPolicy: nothing },
      notices: { dead: nothing },
    });
  });

  test('names the rotations that wait for a person, with why, and counts all of them', async () => {
    const keyspace = await newKeyspace('asking');
    await keyturn().policies.create({ name: 'asked', keyspace, approval: { approvers: 1 } });
    const begun: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      const { key } = await fleet.at(0).issue({ keyspace, policy: 'asked', name: `k${count}` });
      const answer = await keyturn().keys.rotate(key.id);
      if ('rotation' in answer) begun.push(answer.rotation.id);
      fleet.clock.advanceMs(1);
    }
    const { rotations } = await look(keyspace);
    expect(rotations?.open).toBe(6);
    expect(rotations?.waiting.count).toBe(6);
    expect(rotations?.waiting.items.map((one) => one.rotation)).toEqual(begun.slice(0, 5));
    expect(rotations?.waiting.items[0]).toMatchObject({
      name: 'k0',
      keyspace,
      step: 'approve',
      why: expect.stringContaining('until 1 other person has approved it'),
    });
  });

  test('tells how far the people of open rotations are, and who lags behind', async () => {
    const keyspace = await newKeyspace('lagging');
    await keyturn().policies.create({
      name: 'holds',
      keyspace,
      overlap: { soft: '1d', hard: '3d' },
    });
    const made = await fleet.at(0).issue({ keyspace, policy: 'holds', name: 'slow' });
    await fleet.at(0).verify(made, { ...CLIENT, keyspace });
    await time.pass(MINUTE_MS);
    const { rotation, plaintext } = await time.rotate(made.key.id);
    const before = await look(keyspace);
    expect(before.rotations?.cohort).toEqual({ told: 1, opened: 1, used: 0, silent: 0 });
    expect(before.rotations?.stragglers.count).toBe(0);
    await fleet.at(0).verify(made, { ...CLIENT, keyspace });
    await fleet.at(0).verify({ plaintext }, { address: '198.51.100.9', keyspace });
    await time.pass(4 * DAY_MS);
    const { rotations, keys } = await look(keyspace);
    expect(rotations?.cohort).toEqual({ told: 1, opened: 1, used: 1, silent: 0 });
    expect(rotations?.stragglers.items).toMatchObject([
      { rotation: rotation.id, name: 'slow', consumerCount: 1, deadline: rotation.deadline },
    ]);
    expect(rotations?.stragglers.items[0]?.consumers[0]).toContain('curl');
    // Its deadline holds: the old secret is accepted still.
    expect(keys?.pastPolicy.items).toMatchObject([{ key: made.key.id, since: rotation.deadline }]);
  });

  test('names keys that expire within 14 days, the soonest first, and no other', async () => {
    const keyspace = await newKeyspace('ending');
    const later = await fleet.at(0).issue({ keyspace, expiresAt: '13d', name: 'later' });
    const soon = await fleet.at(0).issue({ keyspace, expiresAt: '1d', name: 'soon' });
    await fleet.at(0).issue({ keyspace, expiresAt: '15d' });
    const revoked = await fleet.at(0).issue({ keyspace, expiresAt: '2d' });
    await keyturn().keys.revoke(revoked.key.id);
    const { keys } = await look(keyspace);
    expect(keys?.expiring.items.map(({ key }) => key)).toEqual([soon.key.id, later.key.id]);
    expect(keys?.expiring.count).toBe(2);
  });

  test('sorts current secrets by their age, and finds those that are past their policy', async () => {
    const keyspace = await newKeyspace('ageing');
    await keyturn().policies.create({ name: 'short', keyspace, expiry: { maxAge: '5d' } });
    const old = await fleet.at(0).issue({ keyspace, policy: 'short', name: 'old' });
    await fleet.at(0).issue({ keyspace });
    fleet.clock.advanceMs(8 * DAY_MS);
    await fleet.at(0).refresh();
    await fleet.at(0).issue({ keyspace, policy: 'short' });
    const { keys } = await look(keyspace);
    const counts = keys?.secretAges.map(({ fromDays, count }) => [fromDays, count]);
    expect(counts).toEqual([
      [0, 1],
      [1, 0],
      [7, 2],
      [30, 0],
      [90, 0],
      [180, 0],
      [365, 0],
    ]);
    expect(keys?.pastPolicy.items).toMatchObject([{ key: old.key.id, name: 'old', keyspace }]);
  });

  test('sums checks of the last 24 hours by hour, with refusals by their code', async () => {
    const keyspace = await newKeyspace('busy');
    const made = await fleet.at(0).issue({ keyspace });
    for (let count = 0; count < 3; count += 1) await fleet.at(0).verify(made, { keyspace });
    await keyturn().keys.disable(made.key.id);
    await fleet.at(0).verify(made, { keyspace });
    await time.pass(MINUTE_MS);
    const { checks } = await look(keyspace);
    expect(checks?.hours).toHaveLength(24);
    const counted = checks?.hours.filter(({ total }) => total > 0) ?? [];
    const sum = (of: (hour: (typeof counted)[number]) => number) =>
      counted.reduce((all, hour) => all + of(hour), 0);
    expect(sum(({ valid }) => valid)).toBe(3);
    expect(sum(({ refused }) => refused['disabled'] ?? 0)).toBe(1);
    expect(sum(({ total }) => total)).toBe(4);
  });

  test('shows nothing of a keyspace that the caller may not see', async () => {
    const own = await newKeyspace('ownside');
    const other = await newKeyspace('otherside');
    await fleet.at(0).issue({ keyspace: other, expiresAt: '1d', name: 'of the other' });
    const { id } = await keyturn().keyspaces.get(own);
    const bound = await manager(['*'], [id]);
    const seen = await look(undefined, bound);
    expect(JSON.stringify(seen)).not.toContain('of the other');
    expect(seen.rotations?.open).toBe(0);
    expect(seen.keys?.expiring.count).toBe(0);
    expect(seen.keys?.secretAges.every(({ count }) => count === 0)).toBe(true);
    await expect(look(other, bound)).rejects.toMatchObject({ code: 'not_found' });
    expect(JSON.stringify(await look(other))).toContain('of the other');
  });

  test.each([
    ['keys:read', 'keys'],
    ['rotations:read', 'rotations'],
    ['channels:read', 'notices'],
    ['usage:read', 'checks'],
  ] as const)('shows with %s the part that it is for, and no other', async (scope, part) => {
    const seen = await look(undefined, await manager(['keyspaces:read', scope]));
    const { keyspace: _keyspace, at: _at, ...parts } = seen;
    const shown = Object.entries(parts).filter(([, value]) => value !== null);
    expect(shown.map(([name]) => name)).toEqual([part]);
  });

  test('is refused to who may not read keyspaces', async () => {
    const caller = await manager(['keys:read', 'rotations:read']);
    await expect(look(undefined, caller)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
