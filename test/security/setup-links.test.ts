import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SetupRefusedError } from '../../src/errors.js';
import type { CreatedKey } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';

describe.each(dataKinds)('set-up links on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create });
  });
  afterEach(() => fleet.close());

  async function newToken(): Promise<string> {
    return (await fleet.at(0).keyturn.setup.createToken()).token;
  }

  /** Uses tokens on both instances; nobody commits before all have found that set-up is needed. */
  async function redeemAtOnce(tokens: readonly string[]): Promise<readonly CreatedKey[]> {
    let left = tokens.length;
    let goOn = () => {};
    const areAllHere = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    for (const { store } of fleet.instances) {
      store.before = (method) => {
        if (method !== 'commit') return;
        left -= 1;
        if (left === 0) goOn();
        return areAllHere;
      };
    }
    const settled = await Promise.allSettled(
      tokens.map((token, index) => fleet.at(index % 2).keyturn.setup.redeem(token)),
    );
    for (const { store } of fleet.instances) store.before = undefined;
    for (const one of settled) {
      if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(SetupRefusedError);
    }
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  async function managementKeys(): Promise<readonly string[]> {
    const { items } = await fleet.at(0).keyturn.keys.list({ keyspace: 'keyturn' });
    return items.map(({ id }) => id);
  }

  test('security 30: of ten who use one at once, one gets the key', async () => {
    const token = await newToken();
    const made = await redeemAtOnce(Array.from({ length: 10 }, () => token));
    expect(made).toHaveLength(1);
    expect(await managementKeys()).toEqual([made[0]?.key.id]);
  });

  test('security 30: of two that are used at once, one is', async () => {
    const made = await redeemAtOnce([await newToken(), await newToken()]);
    expect(made).toHaveLength(1);
    expect(await managementKeys()).toEqual([made[0]?.key.id]);
  });

  test('security 30: of all that were made, none outlives the first use', async () => {
    const { keyturn } = fleet.at(0);
    const [early, used] = [await newToken(), await newToken()];
    const { key } = await keyturn.setup.redeem(used);
    await keyturn.keys.revoke(key.id);
    // Set-up is needed again, by a link that is made now.
    await expect(keyturn.setup.redeem(early)).rejects.toThrow(SetupRefusedError);
    await expect(keyturn.setup.redeem(used)).rejects.toThrow(SetupRefusedError);
    expect((await keyturn.setup.redeem(await newToken())).key.id).not.toBe(key.id);
  });

  test('security 30: one that comes once a management key works begins no change', async () => {
    const [used, late] = [await newToken(), await newToken()];
    await fleet.at(0).keyturn.setup.redeem(used);
    let commitCount = 0;
    fleet.at(0).store.before = (method) => {
      if (method === 'commit') commitCount += 1;
    };
    for (const token of [used, late, 'x'.repeat(43)]) {
      await expect(fleet.at(0).keyturn.setup.redeem(token)).rejects.toThrow(SetupRefusedError);
    }
    expect(commitCount).toBe(0);
  });

  test('security 30: one is of no use once a management key works, however close', async () => {
    const token = await newToken();
    const held = holdNext(fleet.at(1).store, 'before', 'commit');
    const redeemed = fleet.at(1).keyturn.setup.redeem(token);
    await held.isHeld;
    const root = { name: 'root', keyspace: 'keyturn', scopes: ['*'] };
    const { key } = await fleet.at(0).keyturn.keys.create(root);
    held.letGo();
    await expect(redeemed).rejects.toThrow(SetupRefusedError);
    expect(await managementKeys()).toEqual([key.id]);
  });

  test('security 30: one is of no use after half an hour, or beside a management key', async () => {
    const { keyturn } = fleet.at(0);
    const late = await newToken();
    fleet.clock.advanceMs(30 * 60_000);
    await expect(keyturn.setup.redeem(late)).rejects.toThrow(SetupRefusedError);
    const token = await newToken();
    await keyturn.keys.create({ name: 'root', keyspace: 'keyturn', scopes: ['*'] });
    await expect(keyturn.setup.redeem(token)).rejects.toThrow(SetupRefusedError);
  });
});
