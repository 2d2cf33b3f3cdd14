import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import { dataKinds } from '../setup/data.js';
import { Delivering, NO_RIGHT, SLOWLY_MS } from '../setup/delivering.js';
import { answered, whileTimePasses } from '../setup/rotating.js';

const MINUTE_MS = 60_000;
const TIMED_OUT = { kind: 'failed', class: 'transient', message: 'It timed out.' };
const REJECTED = { kind: 'failed', class: 'value_rejected', message: 'Not such a value.' };

describe.each(dataKinds)(
  'a write of which nobody knows whether it was done, on $name',
  ({ create }) => {
    let at: Delivering;
    beforeEach(async () => {
      at = await Delivering.startWithPlace(create);
    });
    afterEach(() => at.close());

    const fault = (act: string, answer: object) =>
      at.deliveries.faults.set(`env ${act}`, () => answer);
    const verbs = async () => (await at.rotation()).actions.map(({ name }) => name);
    const use = (plaintext: string) => at.isValid(plaintext, 0);

    /** The place takes the secret and the answer is lost; then it refuses everything. */
    async function writtenThenRefused(later = NO_RIGHT) {
      at.deliveries.faults.set('env after write', () => {
        fault('read', { kind: 'unreadable' }); // From now on: who cannot read does not write.
        return TIMED_OUT;
      });
      await at.begin();
      await at.isAt('deliver', 'retrying');
      at.deliveries.faults.delete('env after write');
      fault('write', later);
      await at.toNextTry();
      await at.isAt('deliver', 'needs_operator');
      const written = await at.deliveries.valueIn();
      expect(written).not.toBe(at.made.plaintext);
      return written;
    }

    test('leaves the place as one that may have the secret, whatever it refuses later', async () => {
      const written = await writtenThenRefused();
      expect(await at.rotation()).toMatchObject({ destinations: [{ state: 'writing' }] });
      expect(await verbs()).toEqual(['retry', 'skip', 'rollback']);
      expect(await use(written)).toBe(true);
      await at.keyturn().rotations.rollback((await at.rotation()).id);
      expect(await at.rotation()).toMatchObject({ step: 'observe', oldSecret: 2, newSecret: 1 });
      expect([await use(written), await use(at.made.plaintext)]).toEqual([true, true]);
    });

    test('has no other secret issued by itself, though the value is refused later', async () => {
      const written = await writtenThenRefused(REJECTED);
      expect(await at.rotation()).toMatchObject({
        newSecret: 2,
        destinations: [{ state: 'writing' }],
      });
      expect(await use(written)).toBe(true);
    });

    test('of a process that died meanwhile is told from one that was only meant to be', async () => {
      const { store } = at.fleet.at(0);
      at.deliveries.faults.set('env after write', () => {
        fault('read', { kind: 'unreadable' });
        store.before = (method) => {
          if (method === 'commit') throw new StoreUnavailableError('No answer.');
        };
        return NO_RIGHT;
      });
      await at.begin().catch(() => undefined);
      await whileTimePasses(at.fleet, async () => store.before !== undefined, SLOWLY_MS);
      const written = await at.deliveries.valueIn();
      expect(written).not.toBe(at.made.plaintext);
      at.deliveries.faults.delete('env after write');
      fault('write', NO_RIGHT);
      store.before = undefined;
      at.fleet.clock.advanceMs(MINUTE_MS);
      await at.isAt('deliver', 'needs_operator');
      expect(await at.rotation()).toMatchObject({ destinations: [{ state: 'writing' }] });
      expect(await verbs()).not.toContain('abort');
      expect(await use(written)).toBe(true);
    });

    test('is settled by a look at the place, once whoever wrote to it is through', async () => {
      fault('write', TIMED_OUT);
      await at.begin();
      await at.isAt('deliver', 'retrying');
      fault('write', NO_RIGHT);
      await at.toNextTry();
      await at.isAt('deliver', 'needs_operator');
      expect(await verbs()).toEqual(['retry', 'skip', 'rollback']);
      at.fleet.clock.advanceMs(MINUTE_MS);
      await at.keyturn().rotations.retry((await at.rotation()).id);
      const isWaiting = async () => (await at.rotation()).destinations[0]?.state === 'waiting';
      await whileTimePasses(at.fleet, isWaiting, SLOWLY_MS);
      await at.isAt('deliver', 'needs_operator');
      expect(await verbs()).toEqual(['retry', 'rollback', 'abort']);
    });

    test('is not waited for where the first write is refused: nobody has it', async () => {
      fault('read', { kind: 'unreadable' });
      fault('write', NO_RIGHT);
      await at.begin();
      await at.isAt('deliver', 'needs_operator');
      expect(await at.rotation()).toMatchObject({ destinations: [{ state: 'waiting' }] });
      const { id } = await at.rotation();
      await answered(at.fleet, at.keyturn().rotations.abort(id), SLOWLY_MS);
      expect(
        (await at.keyturn().keys.get(at.made.key.id)).secrets.map(({ state }) => state),
      ).toEqual(['current', 'revoked']);
    });
  },
);
