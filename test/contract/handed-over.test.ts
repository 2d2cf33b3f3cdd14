import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EmergencyPage } from '../../src/rotation-views.js';
import { cutOff } from '../setup/cut-off.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { answered } from '../setup/rotating.js';

const EMERGENCY = { compromised: true, reason: 'in a public repository' } as const;
const MINUTE_MS = 60_000;
const STEP_MS = 100;
const MOST_COMMITS = 12;

describe.each(dataKinds)(
  'a store that fails as secrets are handed over, on $name',
  ({ create }) => {
    let fleet: Fleet;
    beforeAll(async () => {
      fleet = await startFleet({ create, roles: ['server'] });
    });
    afterAll(() => fleet.close());

    /** The store is away from the n-th commit of a call on, until the call is over. @returns how many there were. */
    async function without<T>(number: number, call: () => Promise<T>) {
      const { store } = fleet.at(0);
      let commits = 0;
      store.after = async (method) => {
        if (method === 'commit') commits += 1;
      };
      store.before = () => {
        if (commits >= number) throw cutOff();
      };
      const [settled] = await Promise.allSettled([answered(fleet, call(), STEP_MS)]);
      [store.before, store.after] = [undefined, undefined];
      return { settled, isCutOff: commits >= number };
    }

    const codeOf = async (plaintext: string) => {
      const verdict = await fleet.at(0).verify({ plaintext });
      return verdict.valid ? 'valid' : verdict.code;
    };

    const shownIn = (page: EmergencyPage) => page.items.flatMap(({ plaintext }) => plaintext ?? []);

    /** An emergency of two keys that is cut off, and asked for again until each has its new secret. */
    async function emergency(number: number): Promise<boolean> {
      const owner = `owner-${number}`;
      const keys = [await fleet.at(0).issue({ owner }), await fleet.at(0).issue({ owner })];
      const call = async () => {
        const { rotations } = fleet.at(0).keyturn;
        const page = await rotations.emergency({ ...EMERGENCY, owner }, { idempotencyKey: owner });
        if ('plan' in page) throw new Error('This was no dry run.');
        return page;
      };
      const { settled, isCutOff } = await without(number, call);
      const shown = settled.status === 'fulfilled' ? [...shownIn(settled.value)] : [];
      for (let asked = 0; shown.length < keys.length && asked < 3; asked += 1) {
        await fleet.passMs(MINUTE_MS);
        shown.push(...shownIn(await answered(fleet, call(), STEP_MS)));
      }
      await fleet.settle();
      expect(await Promise.all(shown.map(codeOf)), `commit ${number}`).toEqual(['valid', 'valid']);
      for (const { plaintext } of keys) expect(await codeOf(plaintext)).toBe('revoked');
      return isCutOff;
    }

    test('costs an emergency no secret, after whichever commit it fails', async () => {
      let number = 1;
      while (number < MOST_COMMITS && (await emergency(number))) number += 1;
      expect(number).toBeGreaterThan(4);
      expect(number).toBeLessThan(MOST_COMMITS);
    }, 120_000);

    test('keeps no secret back that is accepted', async () => {
      const { key } = await fleet.at(0).issue();
      const rotated = await without(5, () => fleet.at(0).keyturn.keys.rotate(key.id));
      expect(rotated).toMatchObject({
        settled: { status: 'fulfilled', value: { rotation: { step: 'observe' } } },
        isCutOff: true,
      });
    });

    test('costs none of those that a repeat of an emergency shows', async () => {
      const keys = [
        await fleet.at(0).issue({ owner: 'a' }),
        await fleet.at(0).issue({ owner: 'a' }),
      ];
      const { rotations } = fleet.at(0).keyturn;
      const call = () =>
        rotations.emergency({ ...EMERGENCY, owner: 'a' }, { idempotencyKey: 'again' });
      await without(1, call);
      fleet.clock.advanceMs(MINUTE_MS); // Nobody holds them any more, and no worker has looked yet.
      const { store } = fleet.at(0);
      let commits = 0;
      store.after = async (method) => {
        if (method === 'commit') commits += 1;
      };
      store.before = (method) => {
        if (commits >= 4 && method === 'getRotation') throw cutOff();
      };
      const page = await call();
      [store.before, store.after] = [undefined, undefined];
      const shown = 'items' in page ? shownIn(page) : [];
      expect(await Promise.all(shown.map(codeOf))).toEqual(keys.map(() => 'valid'));
    });
  },
);
