import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotationText } from '../../src/cli/rotation-text.js';
import { KeyturnError } from '../../src/errors.js';
import type { Key } from '../../src/views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
const CLIENT = { address: '203.0.113.7', userAgent: 'curl/8.5' };
const EMERGENCY = { compromised: true, reason: 'in a public repository' };

describe.each(dataKinds)('a rotation on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    time = new HeldRotations(fleet);
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  const stateOf = async (made: { readonly plaintext: string }) => {
    const verdict = await fleet.at(0).verify(made);
    return verdict.valid ? verdict.secret.state : verdict.code;
  };
  const liveIn = ({ secrets }: Key) =>
    secrets.filter(({ state }) => state === 'current' || state === 'retiring').length;

  /** A key that one client uses, rotated; the client has moved. */
  async function moved(input: { readonly overlap?: string } = {}, policy?: string) {
    const made = await fleet.at(0).issue({ policy });
    await fleet.at(0).verify(made, CLIENT);
    await time.pass(MINUTE_MS);
    const rotated = await time.rotate(made.key.id, input);
    await fleet.at(0).verify(rotated, CLIENT);
    await time.pass(MINUTE_MS);
    return { made, rotated, id: rotated.rotation.id };
  }

  test('that was extended still ends on evidence, long before its deadline', async () => {
    const { made, id } = await moved();
    await keyturn().rotations.extend(id, { until: '60d' });
    await time.pass(25 * HOUR_MS);
    expect(await keyturn().rotations.get(id)).toMatchObject({ end: 'evidence', step: 'disable' });
    expect(await stateOf(made)).toBe('disabled');
  });

  test('ends on no evidence before both secrets were accepted for as long as its policy says', async () => {
    await keyturn().policies.create({ name: 'three-days', overlap: { min: '3d' } });
    const { made, id } = await moved({}, 'three-days');
    await time.pass(3 * DAY_MS - HOUR_MS);
    expect(await keyturn().rotations.get(id)).toMatchObject({ end: null, step: 'observe' });
    expect(await stateOf(made)).toBe('retiring');
    await time.pass(HOUR_MS);
    expect(await keyturn().rotations.get(id)).toMatchObject({ end: 'evidence', step: 'disable' });
  });

  test('takes no overlap that is shorter than the least of its policy', async () => {
    await keyturn().policies.create({ name: 'two-days', overlap: { min: '2d' } });
    const { key } = await fleet.at(0).issue({ policy: 'two-days' });
    await expect(keyturn().keys.rotate(key.id, { overlap: '1d' })).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ pointer: '/overlap' }],
    });
    expect((await keyturn().keys.get(key.id)).secrets).toHaveLength(1);
  });

  test('ends for ever after its grace, also where nobody has looked since', async () => {
    const { made, id } = await moved();
    await keyturn().rotations.finish(id);
    fleet.clock.advanceMs(DAY_MS + 1);
    await expect(keyturn().rotations.undo(id)).rejects.toMatchObject({ code: 'state_conflict' });
    expect(await stateOf(made)).toBe('disabled');
    await time.pass(1);
    expect(await stateOf(made)).toBe('revoked');
  });

  test('that was undone is not ended again by what had ended it', async () => {
    const require = ['E1', 'E2', 'E4'] as const;
    await keyturn().policies.create({ name: 'quick', evidence: { require } });
    const { made, id } = await moved({}, 'quick');
    expect(await stateOf(made)).toBe('disabled');
    await keyturn().rotations.undo(id);
    await time.pass(HOUR_MS);
    expect(await stateOf(made)).toBe('retiring');
    await time.pass(DAY_MS);
    expect(await stateOf(made)).toBe('disabled');
  });

  test('is not shortened by who extends it: its users were told of the later time', async () => {
    const { made, id } = await moved({ overlap: '7d' });
    await expect(keyturn().rotations.extend(id, { until: '1h' })).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ pointer: '/until' }],
    });
    expect(await stateOf(made)).toBe('retiring');
  });

  test('that is rolled back waits for those who use the new secret', async () => {
    const { made, rotated, id } = await moved({ overlap: '2h' });
    const late = { address: '198.51.100.9', userAgent: 'job/1' }; // Had never used the old one.
    await fleet.at(0).verify(rotated, late);
    await time.pass(MINUTE_MS);
    await keyturn().rotations.rollback(id);
    await time.pass(1);
    await fleet.at(0).verify(made, CLIENT);
    expect(await keyturn().rotations.get(id)).toMatchObject({
      oldSecret: 2,
      newSecret: 1,
      deadline: null,
      consumers: expect.arrayContaining([
        expect.objectContaining({ label: '198.51.100.0/24 · job', where: 'not_moved' }),
      ]),
    });
    await time.pass(40 * DAY_MS);
    expect(await stateOf(rotated)).toBe('retiring');
    await fleet.at(0).verify(made, late);
    await time.pass(2 * DAY_MS);
    await time.pass(2 * DAY_MS);
    expect(await stateOf(rotated)).toBe('revoked');
    expect(await stateOf(made)).toBe('current');
  });

  test('whose new secret is revoked gives the old one back, even one that is disabled', async () => {
    const { made, rotated, id } = await moved();
    await keyturn().rotations.finish(id);
    expect(await stateOf(made)).toBe('disabled');
    await keyturn().keys.revoke(made.key.id, { secret: 2 });
    await time.pass(25 * HOUR_MS);
    expect(await stateOf(made)).toBe('current');
    expect(await stateOf(rotated)).toBe('revoked');
    expect(await keyturn().rotations.get(id)).toMatchObject({ state: 'rolled_back' });
  });

  test('for an emergency that is taken back leaves one secret, and can be tried again', async () => {
    const { made, rotated } = await moved();
    const { store } = fleet.at(0);
    let commits = 0;
    store.before = (method) => {
      if (method === 'commit') commits += 1;
      store.isLost = commits > 1;
    };
    await expect(time.rotate(made.key.id, EMERGENCY)).rejects.toThrow(KeyturnError);
    Object.assign(store, { before: undefined, isLost: false });
    await time.pass(MINUTE_MS);
    expect(await stateOf(made)).toBe('revoked');
    expect(await stateOf(rotated)).toBe('current');
    const again = await time.rotate(made.key.id);
    expect(liveIn(again.key)).toBe(2);
  });

  test('goes on where the key is changed meanwhile', async () => {
    const made = await fleet.at(0).issue();
    const { store } = fleet.at(0);
    const names = ['first', 'second', 'third'];
    store.before = async (method) => {
      const name = method === 'commit' ? names.shift() : undefined;
      if (name !== undefined) await keyturn().keys.update(made.key.id, { name });
    };
    const rotated = await time.rotate(made.key.id);
    store.before = undefined;
    expect(rotated.key).toMatchObject({ name: expect.stringMatching(/first|second|third/) });
    expect(names).toEqual([]);
    expect(await stateOf(made)).toBe('retiring');
    expect(await stateOf(rotated)).toBe('current');
  });

  test('that an emergency ends while it hands over shows no secret', async () => {
    const made = await fleet.at(0).issue();
    const { store } = fleet.at(0);
    let commits = 0;
    let emergency: ReturnType<typeof time.rotate> | undefined;
    store.before = async (method) => {
      if (method !== 'commit') return;
      commits += 1;
      if (commits !== 2) return;
      emergency = time.rotate(made.key.id, EMERGENCY);
      await emergency;
    };
    await expect(time.rotate(made.key.id)).rejects.toMatchObject({ code: 'state_conflict' });
    store.before = undefined;
    if (emergency === undefined) throw new Error('There was no second commit.');
    expect(await stateOf(await emergency)).toBe('current');
    expect(await stateOf(made)).toBe('revoked');
  });

  test('makes up for no brown-out that it missed', async () => {
    const policy = `browned-${fleet.sequence}`;
    const brownouts = { after: '1d', for: '5m', share: [100, 100, 100] };
    await keyturn().policies.create({ name: policy, brownouts });
    const made = await fleet.at(0).issue({ policy });
    const [one, two] = [CLIENT, { address: '198.51.100.9', userAgent: 'job/1' }];
    for (const client of [one, two]) await fleet.at(0).verify(made, client);
    await time.pass(MINUTE_MS);
    const rotated = await time.rotate(made.key.id);
    await fleet.at(0).verify(rotated, one);
    await time.pass(6 * DAY_MS); // Nobody worked on it meanwhile.
    expect(await stateOf(made)).toBe('browned_out');
    await time.pass(6 * MINUTE_MS);
    expect(await stateOf(made)).toBe('retiring');
    await time.pass(23 * HOUR_MS);
    expect(await stateOf(made)).toBe('retiring');
    await time.pass(HOUR_MS);
    expect(await stateOf(made)).toBe('browned_out');
  });

  test('shows its brown-outs, and offers to undo one only while it goes on', async () => {
    const policy = `shown-${fleet.sequence}`;
    const brownouts = { after: '1d', for: '5m', share: [100, 100] };
    await keyturn().policies.create({ name: policy, brownouts });
    const made = await fleet.at(0).issue({ policy });
    const [one, two] = [CLIENT, { address: '198.51.100.9', userAgent: 'job/1' }];
    for (const client of [one, two]) await fleet.at(0).verify(made, client);
    await time.pass(MINUTE_MS);
    const rotated = await time.rotate(made.key.id);
    const { id, deliveredAt } = rotated.rotation;
    const shown = () => keyturn().rotations.get(id);
    const mayUndo = async () => (await shown()).actions.some(({ name }) => name === 'undo');
    const planned = new Date(Date.parse(deliveredAt ?? '') + DAY_MS).toISOString();
    expect(await shown()).toMatchObject({
      brownouts: [],
      nextBrownout: { at: planned, for: '5m', share: 1 },
    });
    expect(await mayUndo()).toBe(false);
    await fleet.at(0).verify(rotated, one);
    await time.pass(DAY_MS + MINUTE_MS);
    expect(await fleet.at(0).verify(made, two)).toMatchObject({ code: 'browned_out' });
    expect(await shown()).toMatchObject({ brownouts: [{ state: 'under_way' }] });
    expect(await mayUndo()).toBe(true);
    await time.pass(6 * MINUTE_MS);
    const after = await shown();
    expect(after.brownouts).toMatchObject([{ state: 'over' }]);
    expect(await mayUndo()).toBe(false);
    const refusals = after.consumers.map(({ brownoutRefusals }) => brownoutRefusals);
    expect(refusals.sort()).toEqual([0, 1]);
    const text = rotationText(after);
    expect(text).toMatch(/^ {2}over +100 % of the calls, /m);
    expect(text).toMatch(/^ {2}next +100 % of the calls, for 5m, from .* at the earliest$/m);
    expect(text).toMatch(/job.*, refused 1 time in brown-outs$/m);
    await keyturn().rotations.skip(id);
    expect(await shown()).toMatchObject({
      brownouts: [{ state: 'over' }, { state: 'skipped' }],
      nextBrownout: null,
    });
    expect(await mayUndo()).toBe(false);
  });

  test('looks again as a brown-out ends, and not a minute later', async () => {
    const brownouts = { after: '1h', for: '20s', share: [100] };
    await keyturn().policies.create({ name: 'short-trial', brownouts });
    const made = await fleet.at(0).issue({ policy: 'short-trial' });
    const client = { address: '203.0.113.7', userAgent: 'job/1' };
    await fleet.at(0).verify(made, client);
    await time.pass(MINUTE_MS);
    const { plaintext } = await time.rotate(made.key.id);
    await fleet.at(0).verify({ plaintext }, client);
    await time.pass(59.5 * MINUTE_MS); // It is due at the second look.
    expect(await fleet.at(0).verify(made, client)).toMatchObject({ code: 'browned_out' });
    const filter = { within: 'all', after: null, limit: 1, isOpen: true } as const;
    const [row] = await fleet.at(0).store.listRotations(filter);
    expect(row?.nextAt).toBeLessThanOrEqual(fleet.clock.nowMs() + 20_000);
  });
});
