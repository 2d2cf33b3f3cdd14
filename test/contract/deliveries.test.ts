import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { Delivering, SEAL_KEY, SLOWLY_MS } from '../setup/delivering.js';
import { whileTimePasses } from '../setup/rotating.js';
import { aChange } from './build.js';

const HOUR_MS = 3_600_000;

describe.each(dataKinds)('delivery to destinations on $name', ({ create }) => {
  let at: Delivering;
  beforeEach(async () => {
    at = await Delivering.start(create);
  });
  afterEach(() => at.close());

  test('a key with a destination is delivered there, and the answer has no secret', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const answering = at.keyturn().keys.rotate(at.made.key.id);
    await at.isAt('observe');
    const answer = await answering;
    expect(answer).not.toHaveProperty('plaintext');
    expect(answer).toMatchObject({ rotation: { deliver: 'destinations' } });
    const delivered = await at.deliveries.valueIn();
    expect(delivered).not.toBe(at.made.plaintext);
    expect([await at.isValid(delivered), await at.isValid(at.made.plaintext)]).toEqual([
      true,
      true,
    ]);
    const now = await at.rotation();
    expect(now.destinations).toMatchObject([{ name: 'env', state: 'delivered', readBack: true }]);
    expect(now.evidence.find(({ id }) => id === 'E5')).toMatchObject({
      state: 'met',
      sure: 'certain',
      figures: { destinations: 1, readBack: 1, waiting: [] },
    });
    expect(JSON.stringify(await at.keyturn().events.list())).not.toContain(delivered);
  });

  test('what somebody has changed there is named, and never written over', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: 'of-somebody-else' });
    await at.begin();
    await at.isAt('preflight', 'needs_operator');
    const { asks, trouble, actions, id } = await at.rotation();
    expect(trouble).toMatchObject({ destination: 'env', class: 'drift', retryAt: null });
    expect(asks).toContain('somebody changed it');
    expect(asks).not.toContain('of-somebody-else');
    expect(actions.map(({ name }) => name)).toEqual(['retry', 'rollback', 'abort']);
    expect(await at.deliveries.valueIn()).toBe('of-somebody-else');
    await at.deliveries.put('env', at.made.plaintext);
    await at.keyturn().rotations.retry(id);
    await at.isAt('observe');
    expect(await at.isValid(await at.deliveries.valueIn())).toBe(true);
  });

  test('a place that fails for an hour is tried again, and the old secret works on', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const message = 'The machine does not answer.';
    const tries: number[] = [];
    at.deliveries.faults.set('env write', () => {
      tries.push(at.fleet.clock.nowMs());
      return { kind: 'failed', class: 'transient', message };
    });
    await at.begin();
    await at.isAt('deliver', 'retrying');
    expect(await at.rotation()).toMatchObject({
      asks: null,
      trouble: { class: 'transient', message },
    });
    for (let count = 2; count <= 7; count += 1) {
      await at.toNextTry();
      const isWritten = async () => (await at.latest())?.trouble?.tries === count;
      await whileTimePasses(at.fleet, isWritten, SLOWLY_MS);
      expect(tries).toHaveLength(count);
    }
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? at));
    // Doubled each time, by half of it or all; after six tries it rests for longer.
    for (const [index, wholeMs] of [10_000, 20_000, 40_000, 80_000, 160_000, HOUR_MS].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(wholeMs / 2 - 1_000);
      expect(pauses[index]).toBeLessThan(wholeMs + 60_000);
    }
    expect(await at.isValid(at.made.plaintext)).toBe(true);
    at.deliveries.faults.clear();
    await at.toNextTry();
    await at.isAt('observe');
    expect(await at.isValid(await at.deliveries.valueIn())).toBe(true);
  });

  test('who may not write there asks a person at once', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const auth = { kind: 'failed', class: 'destination_auth', message: 'No right to write.' };
    at.deliveries.faults.set('env preflight', () => auth);
    await at.begin();
    await at.isAt('preflight', 'needs_operator');
    expect((await at.rotation()).asks).toContain('No right to write.');
    expect(at.deliveries.calls).not.toContain('env write');
  });

  test('a write whose answer is lost is found made, and not made twice', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const lost = { kind: 'failed', class: 'transient', message: 'Timed out.' };
    at.deliveries.faults.set('env after write', () => {
      at.deliveries.faults.clear();
      return lost;
    });
    await at.begin();
    await at.isAt('deliver', 'retrying');
    const written = await at.deliveries.valueIn();
    at.fleet.clock.advanceMs(20_000);
    await at.isAt('observe');
    expect(await at.deliveries.valueIn()).toBe(written);
    expect(at.deliveries.calls.filter((call) => call === 'env write')).toHaveLength(1);
    expect(await at.isValid(written)).toBe(true);
  });

  test('a value that is refused is issued anew, once, and then a person is asked', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const rejected = { kind: 'failed', class: 'value_rejected', message: 'Too long.' };
    at.deliveries.faults.set('env write', () => rejected);
    await at.begin();
    await at.isAt('deliver', 'needs_operator');
    const { newSecret } = await at.rotation();
    expect(newSecret).toBe(3);
    const { secrets } = await at.keyturn().keys.get(at.made.key.id);
    expect(secrets.map(({ state }) => state)).toEqual(['retiring', 'revoked', 'current']);
    expect(await at.isValid(at.made.plaintext)).toBe(true);
  });

  test('in an emergency the new secret is delivered, though nobody looked at the place before', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const input = { compromised: true, reason: 'leaked' };
    const answering = at.keyturn().keys.rotate(at.made.key.id, input);
    await whileTimePasses(at.fleet, async () => (await at.latest())?.state === 'completed');
    await answering;
    const delivered = await at.deliveries.valueIn();
    expect(delivered).not.toBe(at.made.plaintext);
    expect([await at.isValid(delivered), await at.isValid(at.made.plaintext)]).toEqual([
      true,
      false,
    ]);
  });

  test('several are written in order, and the first that fails stops the rest', async () => {
    await at.close();
    at = await Delivering.start(create, SEAL_KEY);
    await at.deliveries.add(at.fleet, at.made.key, {
      name: 'second',
      value: at.made.plaintext,
      position: 2,
    });
    await at.deliveries.add(at.fleet, at.made.key, {
      name: 'first',
      value: at.made.plaintext,
      position: 1,
    });
    const failing = { kind: 'failed', class: 'transient', message: 'Away.' };
    at.deliveries.faults.set('first write', () => failing);
    await at.begin();
    await at.isAt('deliver', 'retrying');
    expect(at.deliveries.calls).not.toContain('second write');
    at.deliveries.faults.clear();
    at.fleet.clock.advanceMs(20_000);
    await at.isAt('observe');
    const [one, other] = [
      await at.deliveries.valueIn('first'),
      await at.deliveries.valueIn('second'),
    ];
    expect(one).toBe(other);
    expect(await at.isValid(one)).toBe(true);
  });

  test('several without a sealing key are refused before anything is issued', async () => {
    for (const name of ['first', 'second']) {
      await at.deliveries.add(at.fleet, at.made.key, { name, value: at.made.plaintext });
    }
    await at.begin();
    await at.isAt('preflight', 'needs_operator');
    expect((await at.rotation()).asks).toContain('destinations.sealKey');
    expect((await at.keyturn().keys.get(at.made.key.id)).secrets).toHaveLength(1);
  });

  test('a destination that is changed meanwhile is not written to before a person looks', async () => {
    const { destination } = await at.deliveries.add(at.fleet, at.made.key, {
      value: at.made.plaintext,
    });
    const failing = { kind: 'failed', class: 'transient', message: 'Away.' };
    at.deliveries.faults.set('env write', () => failing);
    await at.begin();
    await at.isAt('deliver', 'retrying');
    await at.deliveries.put('thiefs', '');
    const settings = destination.settings.replace('/env"', '/thiefs"');
    const changed = { ...destination, settings, version: 2 };
    const put = { kind: 'put_destination', destination: changed, expectedVersion: 1 } as const;
    await at.fleet.at(0).store.commit(aChange(destination.keyspaceId, [put]));
    at.deliveries.faults.clear();
    at.fleet.clock.advanceMs(20_000);
    await at.isAt('deliver', 'needs_operator');
    expect((await at.rotation()).trouble).toMatchObject({ class: 'changed' });
    expect(await at.deliveries.valueIn('thiefs')).toBe('');
  });

  test('what is delivered is rolled back by its own evidence, never at once', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    await at.begin();
    await at.isAt('observe');
    const delivered = await at.deliveries.valueIn();
    await at.keyturn().rotations.rollback((await at.rotation()).id);
    await at.fleet.passMs(5_000);
    expect([await at.isValid(delivered), await at.isValid(at.made.plaintext)]).toEqual([
      true,
      true,
    ]);
  });
});
