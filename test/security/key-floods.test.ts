import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { systemPorts } from '../../src/ports.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdAll } from '../setup/hold.js';

const { random } = systemPorts();
const MANY = 200; // More than one address may try.
const TRIES_AT_ONCE = 100; // As in src/verify/budget.ts: unknown keys that an address may try …
const TRIES_A_SECOND = 10; // … and after that.
const SPENT_A_SECOND = 500; // Lookups for all addresses that have tried them …
const SPENT_AT_ONCE = 4; // … and for one.
const LOOKUPS_AT_ONCE = 1_000; // As in src/verify/load.ts.

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(dataKinds)('what a flood of unknown keys may ask of $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    fleet.at(0).store.isDeaf = true; // What is counted is what a check has asked.
  });

  const ask = (plaintext: string, address?: string) =>
    fleet.at(0).verify({ plaintext }, { address });

  const unknownKey = () => mint({ prefix: 'key', environment: 'live' }, random).reveal();

  /** An address tries so many unknown keys. @returns how often each code was answered. */
  async function tryMany(count: number, addressOf: (index: number) => string) {
    const codes: Record<string, number> = {};
    for (let index = 0; index < count; index += 1) {
      const verdict = await ask(unknownKey(), addressOf(index));
      const code = verdict.valid ? 'valid' : verdict.code;
      codes[code] = (codes[code] ?? 0) + 1;
    }
    return codes;
  }

  const here = () => '203.0.113.7';

  test('security 5: an address tries so many and no more', async () => {
    const answers = await tryMany(MANY, here);
    expect(answers).toEqual({ unknown: TRIES_AT_ONCE, rate_limited: MANY - TRIES_AT_ONCE });
    expect(await ask(unknownKey(), here())).toMatchObject({ code: 'rate_limited', retryAfter: 1 });
    expect(await ask(unknownKey(), '192.0.2.1')).toMatchObject({ code: 'unknown' });
    fleet.clock.advanceMs(1_000);
    const later = await tryMany(MANY, here);
    expect(later).toEqual({ unknown: TRIES_A_SECOND, rate_limited: MANY - TRIES_A_SECOND });
  });

  test('security 5: a good key passes where its address has tried too many', async () => {
    const good = await fleet.at(0).issue();
    const { keys } = fleet.at(0).keyturn;
    await tryMany(MANY, here);
    expect(await ask(good.plaintext, here())).toMatchObject({ valid: true });
    await tryMany(MANY, here);
    await keys.update(good.key.id, { name: 'renamed' });
    expect(await ask(good.plaintext, here())).toMatchObject({ valid: true });
    await keys.revoke(good.key.id);
    expect(await ask(good.plaintext, here())).toMatchObject({ code: 'revoked' });
  });

  test('security 5: addresses that tried too many ask so often together and no more', async () => {
    const two = (index: number) => `203.0.113.${index % 2}`;
    const good = await fleet.at(0).issue();
    fleet.at(0).store.forgetCalls();
    const count = 2 * TRIES_AT_ONCE + SPENT_A_SECOND;
    await tryMany(count + MANY, two);
    expect(fleet.at(0).store.callCount()).toBe(count);
    expect(await ask(good.plaintext, two(0))).toMatchObject({
      code: 'rate_limited',
      retryAfter: 1,
    });
    expect(await ask(good.plaintext, here())).toMatchObject({ valid: true });
    fleet.clock.advanceMs(1_000);
    fleet.at(0).store.forgetCalls();
    await tryMany(SPENT_A_SECOND + MANY, two);
    expect(fleet.at(0).store.callCount()).toBe(2 * TRIES_A_SECOND + SPENT_A_SECOND);
  });

  test('security 5: one that tried too many asks for so few at once and no more', async () => {
    const { store } = fleet.at(0);
    await tryMany(MANY, here);
    const held = holdAll(store, 'before', 'findByDigest');
    store.forgetCalls();
    const asked = Array.from({ length: MANY }, () => ask(unknownKey(), here()));
    expect(store.callCount()).toBe(SPENT_AT_ONCE);
    held.letGo();
    for (const verdict of await Promise.all(asked)) {
      expect(verdict).toMatchObject({ code: 'rate_limited' });
    }
    store.forgetCalls();
    await ask(unknownKey(), here());
    expect(store.callCount()).toBe(1);
  });

  test('security 5: so many lookups wait for the store at once and no more', async () => {
    const { store } = fleet.at(0);
    const warm = await fleet.at(0).issue();
    await ask(warm.plaintext);
    const held = holdAll(store, 'before', 'findByDigest');
    store.forgetCalls();
    const last = unknownKey();
    const asked = Array.from({ length: LOOKUPS_AT_ONCE - 1 }, () => ask(unknownKey()));
    asked.push(ask(last));
    const unavailable = { valid: false, code: 'unavailable', retryAfter: 1 };
    for (let count = 0; count < MANY; count += 1) {
      expect(await ask(unknownKey())).toMatchObject(unavailable);
    }
    expect(store.callCount()).toBe(LOOKUPS_AT_ONCE);
    expect(await ask(warm.plaintext)).toMatchObject({ valid: true });
    asked.push(ask(last)); // Of a lookup that is under way nobody needs another.
    held.letGo();
    for (const verdict of await Promise.all(asked)) {
      expect(verdict).toMatchObject({ code: 'unknown' });
    }
    expect(await ask(unknownKey())).toMatchObject({ code: 'unknown' });
  });

  test('security 5: a network of IPv6 counts as one address', async () => {
    const answers = await tryMany(MANY, (index) => `2001:db8:0:1::${index.toString(16)}`);
    expect(answers).toEqual({ unknown: TRIES_AT_ONCE, rate_limited: MANY - TRIES_AT_ONCE });
    expect(await ask(unknownKey(), '2001:db8:0:2::1')).toMatchObject({ code: 'unknown' });
  });

  test.each([
    ['an IPv4 host', ['192.0.2.9', '::ffff:192.0.2.9', '::FFFF:c000:209']],
    ['a mapped host', ['0:0:0:0:0:ffff:192.0.2.9', '::ffff:192.0.2.9']],
    ['an IPv6 host', ['2001:db8:0:1::1', '2001:DB8:0:1:0:0:0:1', '2001:0db8::0001:0:0:0:1']],
    ['a network whose zeros are left out', ['::5:6:7:8:1.2.3.4', '0:0:5:6::1']],
  ])('security 5: %s has one budget, however it is spelled', async (_what, spelled) => {
    const answers = await tryMany(MANY, (index) => spelled[index % spelled.length] ?? '');
    expect(answers).toEqual({ unknown: TRIES_AT_ONCE, rate_limited: MANY - TRIES_AT_ONCE });
  });
});
