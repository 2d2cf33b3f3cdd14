import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { Delivering, SLOWLY_MS } from '../setup/delivering.js';
import { whileTimePasses } from '../setup/rotating.js';

const kinds = dataKinds.filter(({ name }) => name !== 'postgres'); // What it does is no adapter's.

describe.each(kinds)(
  'a leak whose new secret is lost before it is accepted, on $name',
  ({ create }) => {
    let at: Delivering;
    beforeEach(async () => {
      at = await Delivering.start(create);
      await at.keyturn().policies.create({ name: 'p', emergency: { onLeakReport: 'rotate' } });
      await at.keyturn().keys.update(at.made.key.id, { policy: 'p' });
      await at.deliveries.add(at.fleet, at.made.key, { value: at.made.plaintext });
    });
    afterEach(() => at.close());

    const keys = () => at.keyturn().keys;
    const statesOf = async () =>
      (await keys().get(at.made.key.id)).secrets.map(({ number, state }) => `${number} ${state}`);

    /** Somebody revokes the new secret by its number as soon as it is issued. */
    function losePending(): void {
      let isLost = false;
      for (const { store } of at.fleet.instances) {
        store.after = async (method) => {
          if (method !== 'commit' || isLost || !(await statesOf()).includes('2 pending')) return;
          isLost = true;
          await keys().revoke(at.made.key.id, { secret: 2 });
        };
      }
    }

    test('stays open and asks, though nobody waits for an answer', async () => {
      losePending();
      let isAnswered = false;
      const { plaintext } = at.made;
      const answering = keys().reportLeaks({ reports: [{ plaintext }] });
      const settle = () => {
        isAnswered = true;
      };
      answering.then(settle, settle);
      await whileTimePasses(at.fleet, async () => isAnswered, SLOWLY_MS);
      expect((await answering).items).toMatchObject([{ action: 'rotated' }]);
      await at.isAt('issue', 'needs_operator');
      const asks = /^There is no new secret.* Retry issues another\. Secret 1, .*until then\.$/;
      const open = await at.rotation();
      expect(open).toMatchObject({ closedAt: null, newSecret: null, deadline: null });
      expect(open.asks).toMatch(asks);
      // Nothing has replaced it: to end it unasked would cut off who uses it.
      expect(await statesOf()).toEqual(['1 current', '2 revoked']);
      expect(await at.isValid(plaintext)).toBe(true);
      await at.keyturn().rotations.retry(open.id);
      await whileTimePasses(
        at.fleet,
        async () => (await at.rotation()).state === 'completed',
        SLOWLY_MS,
      );
      expect(await statesOf()).toEqual(['1 revoked', '2 revoked', '3 current']);
      expect(await at.isValid(await at.deliveries.valueIn())).toBe(true);
    });
  },
);
