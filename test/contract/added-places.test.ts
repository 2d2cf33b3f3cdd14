import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { Delivering, SEAL_KEY } from '../setup/delivering.js';

const AWAY = { kind: 'failed', class: 'transient', message: 'Away.' };

describe.each(dataKinds)(
  'a place that is added while a rotation is open, on $name',
  ({ create }) => {
    let at: Delivering;
    beforeEach(async () => {
      at = await Delivering.start(create, SEAL_KEY);
    });
    afterEach(() => at.close());

    const { name, kind } = { name: 'other', kind: 'dotenv' };
    const stateOf = async () =>
      (await at.rotation()).destinations.map((one) => `${one.name} ${one.state}`);

    /** Two places, of which the first cannot be written to. */
    async function stopped() {
      const value = at.made.plaintext;
      await at.deliveries.add(at.fleet, at.made.key, { name: 'env', position: 1, value });
      const second = { name, position: 2, value };
      const { destination } = await at.deliveries.add(at.fleet, at.made.key, second);
      at.deliveries.faults.set('env write', () => AWAY);
      await at.begin();
      await at.isAt('deliver', 'retrying');
      return { id: destination.id, settings: JSON.parse(destination.settings) };
    }
    const addAnew = (settings: Readonly<Record<string, string>>, as = name) =>
      at.keyturn().destinations.create({ name: as, key: at.made.key.id, kind, settings });

    test('is delivered to by a retry, where it takes the place of one that is gone, and says so', async () => {
      const { id, settings } = await stopped();
      await at.keyturn().destinations.delete(id);
      const rotation = (await at.rotation()).id;
      const added = await addAnew(settings);
      expect(added).toMatchObject({ missedBy: null, joinsOnRetry: rotation });
      expect(await stateOf()).toEqual(['env writing', 'other waiting', 'other added']);
      at.deliveries.faults.clear();
      await at.toNextTry();
      await at.isAt('deliver', 'needs_operator');
      expect(await stateOf()).toEqual(['env delivered', 'other waiting', 'other added']);
      await at.keyturn().rotations.retry(rotation);
      await at.isAt('observe');
      expect(await stateOf()).toEqual(['env delivered', 'other delivered']);
      expect(await at.deliveries.valueIn(name)).toBe(await at.deliveries.valueIn('env'));
    });

    test('is not written to where one is changed in how it is delivered, before a person looks', async () => {
      const { id } = await stopped();
      // The same place: who may edit it may name a workload to restart, or another position.
      await at.keyturn().destinations.update(id, { position: 9 });
      at.deliveries.faults.clear();
      await at.toNextTry();
      await at.isAt('deliver', 'needs_operator');
      expect((await at.rotation()).trouble).toMatchObject({ destination: name, class: 'changed' });
      expect(await at.deliveries.valueIn(name)).toBe(at.made.plaintext);
    });

    test('is missed where all that it looked at are as they were', async () => {
      const { settings } = await stopped();
      const rotation = (await at.rotation()).id;
      const added = await addAnew(settings, 'late');
      expect(added).toMatchObject({ missedBy: rotation, joinsOnRetry: null });
      expect(await stateOf()).toEqual(['env writing', 'other waiting', 'late missed']);
      at.deliveries.faults.clear();
      await at.toNextTry();
      await at.isAt('observe');
      expect(await stateOf()).toEqual(['env delivered', 'other delivered', 'late missed']);
    });
  },
);
