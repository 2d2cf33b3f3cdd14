import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RotationVerb } from '../../src/rotation-views.js';
import { dataKinds } from '../setup/data.js';
import { Delivering, NO_RIGHT, SLOWLY_MS } from '../setup/delivering.js';
import { answered } from '../setup/rotating.js';

describe.each(dataKinds)(
  'a secret that a place refused and handed on all the same, on $name',
  ({ create }) => {
    let at: Delivering;
    beforeEach(async () => {
      at = await Delivering.startWithPlace(create);
    });
    afterEach(() => at.close());

    const use = (plaintext: string, instance = 0) => at.isValid(plaintext, instance);

    /** The place says that it refuses the secret, and its program has it. */
    async function handedOn(input = {}): Promise<string> {
      at.deliveries.faults.set('env after write', () => NO_RIGHT);
      await at.begin(input);
      await at.isAt('deliver', 'needs_operator');
      expect(await at.rotation()).toMatchObject({ destinations: [{ state: 'waiting' }] });
      const handed = await at.deliveries.valueIn();
      expect(handed).not.toBe(at.made.plaintext);
      return handed;
    }

    /** Meanwhile time passes, so that every instance can tell what it saw. Null: it was done. */
    async function say(verb: RotationVerb): Promise<string | null> {
      const { id } = await at.rotation();
      const said = at.keyturn().rotations[verb](id, { reason: 'not now' });
      const fault = said.then(
        () => null,
        ({ message }: Error) => message,
      );
      return answered(at.fleet, fault, SLOWLY_MS);
    }
    const does = async (verb: RotationVerb) =>
      (await at.rotation()).actions.find(({ name }) => name === verb)?.does;
    const states = async () =>
      (await at.keyturn().keys.get(at.made.key.id)).secrets.map(({ state }) => state);

    test('is not ended by a rollback: both are accepted, and its users are waited for', async () => {
      const handed = await handedOn();
      expect(await does('rollback')).toMatch(
        /ends as soon as every instance has told that no consumer has used it/,
      );
      expect(await use(handed, 1)).toBe(true);
      expect(await say('rollback')).toBe(null);
      expect(await at.rotation()).toMatchObject({
        step: 'observe',
        oldSecret: 2,
        consumers: [{ where: 'not_moved' }],
      });
      expect([await use(handed), await use(at.made.plaintext)]).toEqual([true, true]);
    });

    test('is not ended by an abort, which says who uses it since when', async () => {
      const handed = await handedOn();
      expect(await does('abort')).toMatch(/where a consumer has used it, it is refused/);
      expect(await use(handed, 1)).toBe(true);
      expect(await say('abort')).toMatch(
        /^Secret 2 is used since \d{4}-.*, by .*worker.*: abort would cut that off\. Rollback makes secret 1 the current one again/,
      );
      expect(await use(handed)).toBe(true);
      expect(await at.rotation()).toMatchObject({ step: 'deliver', state: 'needs_operator' });
    });

    test('nor by an abort in an emergency, where there is no other secret', async () => {
      const handed = await handedOn({ compromised: true, reason: 'leaked' });
      expect(await use(handed, 1)).toBe(true);
      expect(await say('abort')).toMatch(/cut that off\. Retry goes on with it\.$/);
      expect(await use(handed)).toBe(true);
    });

    test('is not ended by either while an instance that died may have seen it used', async () => {
      const handed = await handedOn();
      expect(await use(handed, 1)).toBe(true);
      await at.fleet.replace(1);
      expect(await say('abort')).toMatch(/^An instance has not told whether somebody uses/);
      expect(await say('rollback')).toBe(null);
      expect(await at.rotation()).toMatchObject({ step: 'observe', oldSecret: 2 });
      expect(await use(handed)).toBe(true);
    });

    test.each(['rollback', 'abort'] as const)(
      'is ended by %s where nobody uses it',
      async (verb) => {
        await handedOn();
        expect(await say(verb)).toBe(null);
        expect(await states()).toEqual(['current', 'revoked']);
      },
    );
  },
);
