import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { systemPorts } from '../../src/ports.js';
import type { CreatedKey } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';

const BOUND = { timeout: 20_000, interval: 1 };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const VALID = { valid: true };
const EXPIRED = { valid: false, code: 'expired' };
const REVOKED = { valid: false, code: 'revoked' };
const UNAVAILABLE = { valid: false, code: 'unavailable', retryAfter: 1 };
const UNPROCESSABLE = { code: 'unprocessable' };

/** Days on which people set their clocks, and where, in order. */
const CHANGES = [
  ['2027-03-14', 'America/New_York'],
  ['2027-04-04', 'Australia/Lord_Howe'], // By half an hour.
  ['2027-10-31', 'Europe/London'],
] as const;

let fleet: Fleet;
afterEach(() => fleet.close());

/** Each instance looks at the database once more, and knows its time. */
async function look(): Promise<void> {
  fleet.clock.advanceMs(1);
  for (const instance of fleet.instances) {
    instance.store.wake();
    await vi.waitFor(async () => {
      expect(instance.metric('keyturn_cache_age_seconds')).toBe(0);
      expect(await instance.keyturn.readiness()).toMatchObject({ ready: true });
    }, BOUND);
  }
}

/** Time passes until a moment. */
async function goTo(time: string): Promise<void> {
  fleet.clock.advanceMs(Date.parse(time) - fleet.clock.nowMs() - 1);
  await look();
}

/** Somebody sets the clocks of the instances; that of the database goes on as it did. */
function setClocksBy(durationMs: number): void {
  fleet.clock.setByMs(durationMs);
  for (const { store } of fleet.instances) store.databaseAheadMs -= durationMs;
}

async function expectEverywhere(made: { readonly plaintext: string }, verdict: object) {
  for (const instance of fleet.instances) {
    expect(await instance.verify(made)).toMatchObject(verdict);
  }
}

/** Keys that end on a day and begin on it, from the noon before. */
async function expectDay(date: string): Promise<void> {
  const at = (ms: number) => new Date(Date.parse(`${date}T00:00:00Z`) + ms).toISOString();
  await goTo(at(-12 * HOUR_MS));
  const day = await fleet.at(0).issue({ expiresAt: '1d' });
  const hours = await fleet.at(0).issue({ expiresAt: '24h', notBefore: '13h' });
  const dated = await fleet.at(0).issue({ notBefore: date, expiresAt: at(13 * HOUR_MS) });
  const offset = await fleet.at(0).issue({ expiresAt: `${date}T03:30:00-04:00` });
  expect([day, hours, dated, offset].map(({ key }) => [key.notBefore, key.expiresAt])).toEqual([
    [null, at(12 * HOUR_MS)],
    [at(HOUR_MS), at(12 * HOUR_MS)],
    [at(0), at(13 * HOUR_MS)],
    [null, at(7.5 * HOUR_MS)],
  ]);
  await goTo(at(HOUR_MS - 1));
  await expectEverywhere(hours, { valid: false, code: 'not_yet_valid' });
  for (const made of [day, dated, offset]) await expectEverywhere(made, VALID);
  await goTo(at(7.5 * HOUR_MS - 1));
  for (const made of [day, hours, dated, offset]) await expectEverywhere(made, VALID);
  fleet.clock.advanceMs(1);
  await expectEverywhere(offset, EXPIRED);
  await goTo(at(12 * HOUR_MS - 1));
  for (const made of [day, hours, dated]) await expectEverywhere(made, VALID);
  fleet.clock.advanceMs(1);
  for (const made of [day, hours]) await expectEverywhere(made, EXPIRED);
  await expectEverywhere(dated, VALID);
}

describe.each(dataKinds)('the time on $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create });
  });

  test.each([
    ['an hour ahead of', HOUR_MS],
    ['an hour behind', -HOUR_MS],
  ])('security 32: is the database’s, where it is %s the machine’s', async (_where, aheadMs) => {
    const { keys } = fleet.at(0).keyturn;
    for (const { store } of fleet.instances) store.databaseAheadMs = aheadMs;
    await look();
    const databaseMs = fleet.clock.nowMs() + aheadMs;
    const made = await fleet.at(0).issue({ expiresAt: '30m' });
    expect(made.key.expiresAt).toBe(new Date(databaseMs + 30 * MINUTE_MS).toISOString());
    const past = { name: 'late', expiresAt: new Date(databaseMs).toISOString() };
    await expect(keys.create(past)).rejects.toMatchObject(UNPROCESSABLE);
    fleet.clock.advanceMs(30 * MINUTE_MS - 2);
    await look();
    await expectEverywhere(made, VALID);
    fleet.clock.advanceMs(1);
    await expectEverywhere(made, EXPIRED);
    expect(await keys.get(made.key.id)).toMatchObject({ state: 'expired' });
  });

  test('security 32: is not moved by who sets a clock forward', async () => {
    const how = { idempotencyKey: 'once' };
    const first = await fleet.at(0).keyturn.keys.create({ name: 'once' }, how);
    const made = await fleet.at(0).issue({ expiresAt: '30m' });
    await expectEverywhere(made, VALID);
    setClocksBy(25 * HOUR_MS);
    await look();
    await expectEverywhere(made, VALID);
    expect(await fleet.at(0).keyturn.keys.get(made.key.id)).toMatchObject({ state: 'active' });
    const again = await fleet.at(1).keyturn.keys.create({ name: 'once' }, how);
    expect(again).toEqual({ key: first.key, replayed: true });
  });

  test('security 32: is not moved by who sets a clock back', async () => {
    const made = await fleet.at(0).issue({ expiresAt: '30m' });
    const { token } = await fleet.at(0).keyturn.setup.createToken();
    fleet.clock.advanceMs(29 * MINUTE_MS);
    await look();
    await expectEverywhere(made, VALID);
    setClocksBy(-25 * HOUR_MS);
    await look();
    fleet.clock.advanceMs(MINUTE_MS);
    await look();
    await expectEverywhere(made, EXPIRED);
    const redeemed = fleet.at(1).keyturn.setup.redeem(token);
    await expect(redeemed).rejects.toMatchObject({ code: 'setup_refused' });
  });

  test('security 32: set back gives no cache more time than its bound', async () => {
    const made = await fleet.at(0).issue();
    await fleet.settle();
    await expectEverywhere(made, VALID);
    fleet.cutFeed(1);
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS - 200);
    fleet.clock.setByMs(-DEFAULT_STALENESS_MS + 200);
    await fleet.passMs(200);
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
    const jumped = { level: 'warn', fields: { room: 'fleet', code: 'clock_jump' } };
    expect(fleet.log).toContainEqual(expect.objectContaining(jumped));
  });

  test.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])('security 32: a clock that jumps far %s proves no cache true', async (_way, byMs) => {
    const made = await fleet.at(0).issue();
    await fleet.settle();
    await expectEverywhere(made, VALID);
    fleet.cutFeed(1);
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    fleet.clock.setByMs(byMs); // As after a sleep; nothing has run since.
    expect(await fleet.at(1).verify(made)).toMatchObject(REVOKED);
  });

  test.each([
    ['forward', HOUR_MS],
    ['back', -HOUR_MS],
  ])('security 32: set %s judges nobody before it is known again', async (_way, byMs) => {
    const ended = await fleet.at(0).issue({ expiresAt: '30m' });
    const begun = await fleet.at(0).issue({ notBefore: '30m' });
    fleet.clock.advanceMs(45 * MINUTE_MS);
    await look();
    const ending = await fleet.at(0).issue({ expiresAt: '30m' });
    const beginning = await fleet.at(0).issue({ notBefore: '30m' });
    const endless = await fleet.at(0).issue();
    await look();
    await fleet.settle();
    const all = [ended, begun, ending, beginning];
    // The first has all in memory, the second none of it.
    for (const made of all) await fleet.at(0).verify(made);
    setClocksBy(byMs);
    for (const made of all) await expectEverywhere(made, UNAVAILABLE);
    await expectEverywhere(endless, VALID);
    await look();
    await expectEverywhere(ended, EXPIRED);
    await expectEverywhere(begun, VALID);
    await expectEverywhere(ending, VALID);
    await expectEverywhere(beginning, { valid: false, code: 'not_yet_valid' });
  });

  test('security 32: set back lets no unknown key be remembered for longer', async () => {
    const { store } = fleet.at(0);
    const plaintext = mint({ prefix: 'key', environment: 'live' }, systemPorts().random).reveal();
    const ask = async () => {
      store.forgetCalls();
      expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ code: 'unknown' });
      return store.callCount('findByDigest');
    };
    expect(await ask()).toBe(1);
    expect(await ask()).toBe(0);
    fleet.clock.setByMs(-HOUR_MS); // Of the database, too: the time is known again, and is less.
    await look();
    expect(await ask()).toBe(1);
  });

  test('security 32: set back gives a lookup no more time than the bound', async () => {
    const made = await fleet.at(0).issue();
    await fleet.settle();
    fleet.cutFeed(1);
    const held = holdNext(fleet.at(1).store, 'after', 'findByDigest');
    const asked = fleet.at(1).verify(made);
    await held.isHeld;
    await fleet.at(0).keyturn.keys.revoke(made.key.id);
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
    fleet.clock.setByMs(-HOUR_MS);
    held.letGo();
    expect(await asked).toMatchObject(UNAVAILABLE);
  });

  test('security 32: set back gives a lost store no more time than it was given', async () => {
    await fleet.at(0).keyturn.keyspaces.update('default', { storeLoss: '15m' });
    const made = await fleet.at(0).issue({ expiresAt: '10m' });
    await fleet.settle();
    await look();
    await expectEverywhere(made, VALID);
    for (const { store } of fleet.instances) store.isLost = true;
    fleet.clock.advanceMs(9 * MINUTE_MS);
    await expectEverywhere(made, VALID);
    fleet.clock.advanceMs(MINUTE_MS);
    await expectEverywhere(made, EXPIRED);
    setClocksBy(-5 * MINUTE_MS);
    await expectEverywhere(made, UNAVAILABLE);
  });

  test('security 32: is the same where people set their clocks that day', async () => {
    for (const [date, zone] of CHANGES) {
      liveIn(zone);
      await expectDay(date);
    }
  });

  test('security 32: has a 29 February in leap years, and in no others', async () => {
    await goTo('2028-02-28T12:00:00Z');
    const expiries = ['1d', '2d', '365d', '2028-02-29', '2028-02-29T12:00:00+14:00'];
    const made: CreatedKey[] = [];
    for (const expiresAt of expiries) made.push(await fleet.at(0).issue({ expiresAt }));
    expect(made.map(({ key }) => key.expiresAt)).toEqual([
      '2028-02-29T12:00:00.000Z',
      '2028-03-01T12:00:00.000Z',
      '2029-02-27T12:00:00.000Z',
      '2028-02-29T00:00:00.000Z',
      '2028-02-28T22:00:00.000Z',
    ]);
    for (const expiresAt of [
      '2029-02-29',
      '2100-02-29T00:00:00Z',
      '2028-02-30',
      '2028-02-29T23:59:60Z',
    ]) {
      const refused = fleet.at(0).issue({ expiresAt });
      await expect(refused).rejects.toMatchObject(UNPROCESSABLE);
    }
    await goTo('2028-02-29T11:59:59.999Z');
    const verdicts = [VALID, VALID, VALID, EXPIRED, EXPIRED];
    for (const [index, one] of made.entries()) await expectEverywhere(one, verdicts[index] ?? {});
    fleet.clock.advanceMs(DAY_MS + 1);
    await look();
    const later = [EXPIRED, EXPIRED, VALID, EXPIRED, EXPIRED];
    for (const [index, one] of made.entries()) await expectEverywhere(one, later[index] ?? {});
  });
});

/** The machine stands elsewhere until the test ends. */
function liveIn(zone: string): void {
  const before = process.env['TZ'];
  process.env['TZ'] = zone;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });
  expect(new Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zone);
}
