import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { Delivering, SEAL_KEY, SLOWLY_MS } from '../setup/delivering.js';
import { whileTimePasses } from '../setup/rotating.js';
import { aChange } from './build.js';

const HOUR_MS = 3_600_000;
const AWAY = { kind: 'failed', class: 'transient', message: 'Away.' };

describe.each(dataKinds)('a delivery that something is in the way of, on $name', ({ create }) => {
  let at: Delivering;
  beforeEach(async () => {
    at = await Delivering.start(create);
  });
  afterEach(() => at.close());

  test('a kind that throws is a failure like any other, and what it says is not repeated', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    at.deliveries.faults.set('env write', () => {
      throw new Error('with a secret in it');
    });
    await at.begin();
    await at.isAt('deliver', 'retrying');
    const { trouble } = await at.rotation();
    expect(trouble).toMatchObject({ class: 'internal' });
    expect(trouble?.message).not.toContain('with a secret in it');
  });

  test('a first write that is refused asks with the ways on that there are, and no other', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const refused = { kind: 'failed', class: 'destination_auth', message: 'No right to write.' };
    at.deliveries.faults.set('env write', () => refused);
    await at.begin();
    await at.isAt('deliver', 'needs_operator');
    const { asks, actions } = await at.rotation();
    expect(actions.map(({ name }) => name)).toEqual(['retry', 'rollback', 'abort']);
    expect(asks).toBe(
      'Destination "env": No right to write. Mend it, then retry; rollback goes back to secret 1; abort ends the rotation.',
    );
  });

  test('a secret that has no place any more is not counted as delivered', async () => {
    const { destination } = await at.deliveries.add(at.fleet, at.made.key, {
      value: at.made.plaintext,
    });
    const failing = { kind: 'failed', class: 'transient', message: 'Away.' };
    at.deliveries.faults.set('env read', () => failing);
    await at.begin();
    await at.isAt('preflight', 'retrying');
    at.deliveries.faults.clear();
    at.deliveries.faults.set('env write', () => failing);
    await at.toNextTry();
    await at.isAt('deliver', 'retrying');
    const drop = { kind: 'delete_destination', destination, expectedVersion: 1 } as const;
    await at.fleet.at(0).store.commit(aChange(destination.keyspaceId, [drop]));
    await at.toNextTry();
    await at.isAt('deliver', 'needs_operator');
    await at.keyturn().rotations.retry((await at.rotation()).id);
    await at.isAt('deliver', 'needs_operator');
    expect(await at.rotation()).toMatchObject({ step: 'deliver', state: 'needs_operator' });
    expect(await at.isValid(at.made.plaintext)).toBe(true);
  });

  test('a leaked secret ends at its time, though the new one cannot be delivered', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const failing = { kind: 'failed', class: 'destination_auth', message: 'No right.' };
    at.deliveries.faults.set('env write', () => failing);
    const said = { compromised: true, reason: 'leaked', overlap: '30m' } as const;
    const asked = at.keyturn().keys.rotate(at.made.key.id, said);
    await at.isAt('deliver', 'needs_operator');
    await asked;
    expect(await at.isValid(at.made.plaintext)).toBe(true);
    at.fleet.clock.advanceMs(HOUR_MS / 2);
    await whileTimePasses(at.fleet, async () => !(await at.isValid(at.made.plaintext)), SLOWLY_MS);
    expect(await at.rotation()).toMatchObject({ step: 'deliver', state: 'needs_operator' });
  });

  test('an emergency has its receipt from when the leaked one was refused, not delivered', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    at.deliveries.faults.set('env write', () => AWAY);
    await at.begin({ compromised: true, reason: 'leaked' });
    await at.isAt('deliver', 'retrying');
    expect((await at.rotation()).receipt).toHaveLength(2);
    at.fleet.clock.advanceMs(10 * 60_000);
    at.deliveries.faults.clear();
    await at.isAt('revoke', 'completed');
    const { receipt } = await at.rotation();
    expect(receipt.filter(({ afterMs }) => (afterMs ?? 0) > 60_000)).toEqual([]);
    expect(receipt).toHaveLength(2);
  });

  test('after a rollback the places that hold the other secret keep the evidence from being whole', async () => {
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    await at.begin();
    await at.isAt('observe');
    await at.keyturn().rotations.rollback((await at.rotation()).id);
    const { evidence } = await at.rotation();
    expect(evidence.find(({ id }) => id === 'E5')).toMatchObject({ state: 'unmet' });
  });

  test('what is sealed on the way is erased when the rotation is ended', async () => {
    await at.close();
    at = await Delivering.start(create, SEAL_KEY);
    await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    const failing = { kind: 'failed', class: 'transient', message: 'Away.' };
    at.deliveries.faults.set('env write', () => failing);
    await at.begin();
    await at.isAt('deliver', 'retrying');
    const kept = async () => {
      const query = { within: 'all', limit: 1, after: null } as const;
      const [row] = await at.fleet.at(0).store.listRotations(query);
      return JSON.parse(row?.details ?? '{}').sealedForDelivery;
    };
    expect(await kept()).toEqual(expect.any(String));
    await at.keyturn().keys.revoke(at.made.key.id);
    await whileTimePasses(at.fleet, async () => (await at.rotation()).closedAt !== null, SLOWLY_MS);
    expect(await kept()).toBeNull();
  });
});
