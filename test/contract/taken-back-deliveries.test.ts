import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import type { DestinationRecord } from '../../src/store/automation.js';
import { dataKinds } from '../setup/data.js';
import { Delivering, SEAL_KEY, SLOWLY_MS } from '../setup/delivering.js';
import { answered, whileTimePasses } from '../setup/rotating.js';
import { HeldRotations } from '../setup/rotations.js';
import { aChange } from './build.js';

const DAY_MS = 86_400_000;
const MOST_STEPS = 40;
const CLIENT = { address: '203.0.113.7', userAgent: 'worker/1.0' };
const AWAY = { kind: 'failed', class: 'transient', message: 'Away.' };
const NO_RIGHT = { kind: 'failed', class: 'destination_auth', message: 'No right to write.' };

describe.each(dataKinds)('a delivery that is passed over or taken back on $name', ({ create }) => {
  let at: Delivering;
  beforeEach(async () => {
    at = await Delivering.start(create, SEAL_KEY);
  });
  afterEach(() => at.close());

  const rotations = () => at.keyturn().rotations;
  const add = (name = 'env', position = 1) =>
    at.deliveries.add(at.fleet, at.made.key, { name, position, value: at.made.plaintext });
  const pass = (durationMs: number) => new HeldRotations(at.fleet).pass(durationMs);
  /** Time passes until a rotation is so, or it should have been for long. */
  async function passUntil(isSo: (rotation: Rotation) => boolean, stepMs = DAY_MS / 4) {
    let now = await at.rotation();
    for (let step = 0; step < MOST_STEPS && !isSo(now); step += 1) {
      await pass(stepMs);
      now = await at.rotation();
    }
    return now;
  }
  const isEnded = ({ end }: Rotation) => end !== null;
  const isReadBack = ({ destinations }: Rotation) => destinations.every(({ readBack }) => readBack);
  const doesOf = ({ actions }: Rotation, verb: string) =>
    actions.find(({ name }) => name === verb)?.does;
  const stateOf = async (id: string) =>
    Object.fromEntries((await rotations().get(id)).evidence.map((one) => [one.id, one.state]));

  async function drop(destination: DestinationRecord): Promise<void> {
    const write = { kind: 'delete_destination', destination, expectedVersion: 1 } as const;
    await at.fleet.at(0).store.commit(aChange(destination.keyspaceId, [write]));
  }

  /** Its place was being written to, and its record is deleted. */
  async function goneWhileWritten(fault: 'write' | 'after write', input = {}): Promise<Rotation> {
    const { destination } = await add();
    at.deliveries.faults.set(`env ${fault}`, () => AWAY);
    await at.begin(input);
    await at.isAt('deliver', 'retrying');
    await drop(destination);
    await at.toNextTry();
    await at.isAt('deliver', 'needs_operator');
    at.deliveries.faults.clear();
    return at.rotation();
  }

  test('says what is not known of a place whose record is gone, and is ended by no evidence but its use', async () => {
    const { id, asks, actions } = await goneWhileWritten('after write');
    expect(asks).toMatch(/env.*holds it, or secret 1 still, is not known.*skip.*rollback/);
    expect(actions.map(({ name }) => name)).toEqual(['retry', 'skip', 'rollback']);
    expect(doesOf(await at.rotation(), 'skip')).toMatch(
      /is not known\. No other place has secret 2: secret 1 is not ended by evidence before/,
    );
    await rotations().skip(id);
    await at.isAt('observe');
    await pass(3 * DAY_MS);
    const unused = await rotations().get(id);
    expect(unused).toMatchObject({ step: 'observe', destinations: [{ state: 'unknown' }] });
    expect(await stateOf(id)).toMatchObject({ E1: 'unmet', E5: 'cannot_tell' });
    expect(await at.isValid(at.made.plaintext)).toBe(true);
    const written = await at.deliveries.valueIn();
    expect(await at.fleet.at(0).verify({ plaintext: written }, CLIENT)).toMatchObject({
      valid: true,
    });
    expect(await passUntil(isEnded)).toMatchObject({ step: 'disable', end: 'evidence' });
  });

  test('at a deadline asks, where the secret that was passed over with its place is not in use', async () => {
    const { id } = await goneWhileWritten('write', { overlap: '7d' });
    await rotations().skip(id);
    await at.isAt('observe');
    const asked = await passUntil(({ asks, closedAt }) => asks !== null || closedAt !== null);
    expect(asked).toMatchObject({ id, step: 'observe', state: 'needs_operator' });
    expect(await at.isValid(at.made.plaintext)).toBe(true);
  });

  test('goes on where a destination of the same place is named again', async () => {
    const { id } = await goneWhileWritten('after write');
    const written = await at.deliveries.valueIn();
    const { destination } = await add();
    await at.deliveries.put('env', written);
    await rotations().retry(id);
    await at.isAt('observe');
    expect((await at.rotation()).destinations).toMatchObject([
      { id: destination.id, state: 'delivered', readBack: true },
    ]);
  });

  test('that was approved goes to no other place, and says how to get out', async () => {
    await at.keyturn().policies.create({ name: 'agreed', approval: { approvers: 1 } });
    await at.keyturn().keys.update(at.made.key.id, { policy: 'agreed' });
    const { destination } = await add();
    at.deliveries.faults.set('env write', () => AWAY);
    await at.begin();
    await at.isAt('approve');
    const { id } = await at.rotation();
    await at
      .keyturn()
      .as({ actor: { kind: 'admin', id: 'bo' } })
      .rotations.approve(id);
    await at.isAt('deliver', 'retrying');
    await drop(destination);
    await at.toNextTry();
    await at.isAt('deliver', 'needs_operator');
    await expect(rotations().retry(id)).rejects.toMatchObject({
      message: expect.stringContaining('Roll this rotation back, and rotate again.'),
    });
    await rotations().rollback(id);
    expect(await at.rotation()).toMatchObject({ step: 'observe', oldSecret: 2 });
  });

  test('is rolled back while a place fails, and asks nobody where that holds the old secret', async () => {
    await add();
    at.deliveries.faults.set('env write', () => AWAY);
    await at.begin();
    await at.isAt('deliver', 'retrying');
    expect(doesOf(await at.rotation(), 'rollback')).toMatch(
      /places have it or may have it \("env"\)/,
    );
    const { rotation } = await rotations().rollback((await at.rotation()).id);
    expect(rotation).toMatchObject({ step: 'observe', oldSecret: 2, newSecret: 1, trouble: null });
    const now = await passUntil(isReadBack, 20_000);
    expect(now).toMatchObject({
      asks: null,
      destinations: [{ state: 'delivered', readBack: true }],
    });
    expect(await stateOf(now.id)).toMatchObject({ E5: 'met' });
    expect(await at.isValid(at.made.plaintext)).toBe(true);
    expect(await passUntil(isEnded)).toMatchObject({
      step: 'disable',
      oldSecret: 2,
      end: 'evidence',
    });
    expect(await at.isValid(at.made.plaintext)).toBe(true);
  });

  test('asks for each place that holds the secret that ends, until it is read as mended', async () => {
    for (const [index, name] of ['first', 'second'].entries()) await add(name, index + 1);
    at.deliveries.faults.set('second write', () => NO_RIGHT);
    await at.begin();
    await at.isAt('deliver', 'needs_operator');
    const { id } = await at.rotation();
    await rotations().rollback(id);
    await at.isAt('observe', 'needs_operator');
    const asked = await at.rotation();
    expect(asked.asks).toMatch(/"first", \S*first, .*holds secret 2\..*Put secret 1 there/);
    expect(asked.asks).not.toContain('"second"');
    expect(doesOf(asked, 'retry')).toBe(
      'Reads again what stands in "first": what holds secret 1 is waited for no more.',
    );
    const delivered = await at.deliveries.valueIn('first');
    await pass(3 * DAY_MS);
    expect([await at.isValid(delivered), await at.isValid(at.made.plaintext)]).toEqual([
      true,
      true,
    ]);
    await rotations().retry(id);
    await at.isAt('observe', 'needs_operator');
    expect((await at.rotation()).asks).toBe(asked.asks);
    await at.deliveries.put('first', at.made.plaintext);
    await rotations().retry(id);
    const now = await passUntil(isReadBack, 1_000);
    expect(now).toMatchObject({ state: 'waiting', asks: null });
    expect(await stateOf(id)).toMatchObject({ E5: 'met' });
  });

  test('takes a person’s word for a place that cannot be read, and says so first', async () => {
    const { destination } = await add();
    await at.begin();
    await at.isAt('observe');
    const { id } = await at.rotation();
    await drop(destination);
    await rotations().rollback(id);
    await at.isAt('observe', 'needs_operator');
    const asked = await at.rotation();
    expect(asked.asks).toContain('is gone since the rotation began: whether it holds secret 2');
    expect(doesOf(asked, 'skip')).toMatch(
      /you see to it that .*env.* holds secret 1, and not secret 2/,
    );
    await rotations().skip(id);
    await at.isAt('observe', 'waiting');
    const now = await at.rotation();
    expect(now).toMatchObject({ asks: null, destinations: [{ state: 'skipped' }] });
    expect(now.evidence.find((one) => one.id === 'E5')).toMatchObject({
      state: 'met',
      sure: 'likely',
    });
  });

  test('is rolled back once more by who has not kept the old secret', async () => {
    await add();
    await at.begin();
    await at.isAt('observe');
    const { id } = await at.rotation();
    await rotations().rollback(id);
    await at.isAt('observe', 'needs_operator');
    const { rotation } = await rotations().rollback(id);
    expect(rotation).toMatchObject({ oldSecret: 1, newSecret: 2 });
    const now = await passUntil(isReadBack, 20_000);
    expect(now).toMatchObject({ asks: null, destinations: [{ readBack: true }] });
    expect(await at.isValid(await at.deliveries.valueIn())).toBe(true);
  });

  test('is refused to be rolled back once what leaked has ended, with what works instead', async () => {
    await add();
    at.deliveries.faults.set('env write', () => AWAY);
    await at.begin({ compromised: true, reason: 'leaked' });
    await at.isAt('deliver', 'retrying');
    const { id, version } = await at.rotation();
    await expect(rotations().rollback(id, { reason: 'back' })).rejects.toMatchObject({
      code: 'state_conflict',
      message: expect.stringMatching(
        /secret 1 is revoked.* no way back.*may hold secret 2\. Possible are: skip\.$/,
      ),
    });
    expect(await rotations().get(id)).toMatchObject({ version });
  });

  test('has no place left where one was passed over and the other is gone: nobody holds the secret', async () => {
    await add('first', 1);
    const { destination } = await add('second', 2);
    for (const name of ['first', 'second'])
      at.deliveries.faults.set(`${name} write`, () => NO_RIGHT);
    await at.begin();
    await at.isAt('deliver', 'needs_operator');
    const { id } = await at.rotation();
    await rotations().skip(id);
    const isSecond = async () => (await at.latest())?.trouble?.destination === 'second';
    await whileTimePasses(at.fleet, isSecond, SLOWLY_MS);
    await drop(destination);
    for (const gone of ['is gone since', 'has no destination any more']) {
      await rotations().retry(id);
      const isTold = async () => (await at.latest())?.asks?.includes(gone) === true;
      await whileTimePasses(at.fleet, isTold, SLOWLY_MS);
    }
    expect(await at.rotation()).toMatchObject({ step: 'deliver', state: 'needs_operator' });
    await answered(at.fleet, rotations().abort(id), SLOWLY_MS);
    expect(await at.isValid(at.made.plaintext)).toBe(true);
  });
});
