import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { systemPorts } from '../../src/ports.js';
import type { CreatedKey } from '../../src/public.js';
import type { Verdict } from '../../src/verdict.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';

const VALID = { valid: true };
const UNAVAILABLE = { valid: false, code: 'unavailable', retryAfter: 1 };
const NOWHERE = { code: 'not_found' };
const OTHER_PRODUCT = { valid: false, code: 'malformed', mistake: 'other_product' };
const PAUSE_MS = 1_000; // As in src/verify/news.ts.
const MANY = 200;
const { random } = systemPorts();

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(dataKinds)('a keyspace that was made elsewhere on $name', ({ create }) => {
  let made: CreatedKey;

  beforeEach(async () => {
    fleet = await startFleet({ create });
    fleet.cutFeed(1);
    await fleet.at(0).keyturn.keyspaces.create({ name: 'acme', prefix: 'acme' });
    made = await fleet.at(0).issue({ keyspace: 'acme' });
  });

  const byText = () => fleet.at(1).verify(made, { keyspace: 'acme' });
  const byHeader = async (): Promise<Verdict> =>
    fleet.at(1).keyturn.verify({ headers: ['x-api-key', made.plaintext], keyspace: 'acme' });

  test.each([
    ['a text', byText],
    ['a header', byHeader],
  ])('security 24: has its good keys accepted in %s, without news of it', async (_what, ask) => {
    expect(await ask()).toMatchObject(VALID);
  });

  test.each([
    ['a text', byText],
    ['a header', byHeader],
  ])('security 24: has them in %s accepted beyond the bound, too', async (_what, ask) => {
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
    expect(await ask()).toMatchObject(VALID);
  });

  test.each([
    ['a text', byText],
    ['a header', byHeader],
  ])(
    'security 24: is unavailable in %s while it cannot be read, and never 401',
    async (_w, ask) => {
      fleet.at(1).store.isLost = true;
      expect(await ask()).toMatchObject(UNAVAILABLE);
      expect(await ask()).toMatchObject(UNAVAILABLE);
      fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
      expect(await ask()).toMatchObject(UNAVAILABLE);
      fleet.at(1).store.isLost = false;
      fleet.clock.advanceMs(PAUSE_MS);
      expect(await ask()).toMatchObject(VALID);
    },
  );

  test('security 24: is asked for once by many at once', async () => {
    const { store } = fleet.at(1);
    const held = holdNext(store, 'before', 'listKeyspaces');
    store.forgetCalls();
    const asked = Array.from({ length: MANY }, byText);
    held.letGo();
    for (const verdict of await Promise.all(asked)) expect(verdict).toMatchObject(VALID);
    expect(store.callCount('listKeyspaces')).toBe(1);
  });
});

describe.each(dataKinds)('a keyspace that there is not on $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    fleet.at(0).store.isDeaf = true;
  });

  const madeUp = () => ({
    plaintext: mint({ prefix: 'other', environment: 'live' }, random).reveal(),
  });
  const named = async (keyspace: string): Promise<Verdict> =>
    fleet.at(0).keyturn.verify({ headers: ['x-api-key', 'x'], keyspace });

  test('security 5: is looked for once a second, however many keys name it', async () => {
    const { store } = fleet.at(0);
    store.forgetCalls();
    for (let count = 0; count < MANY; count += 1) {
      expect(await fleet.at(0).verify(madeUp())).toMatchObject(OTHER_PRODUCT);
      await expect(named(`other${count}`)).rejects.toMatchObject(NOWHERE);
      fleet.clock.advanceMs(PAUSE_MS / MANY - 1);
    }
    expect(store.callCount()).toBe(1);
    fleet.clock.advanceMs(PAUSE_MS);
    for (let count = 0; count < MANY; count += 1) await fleet.at(0).verify(madeUp());
    expect(store.callCount()).toBe(2);
  });

  test('security 5: costs nothing where what names it is no whole key', async () => {
    fleet.at(0).store.forgetCalls();
    for (const { plaintext } of Array.from({ length: MANY }, madeUp)) {
      const damaged = { plaintext: `${plaintext.slice(0, -1)}-` };
      expect(await fleet.at(0).verify(damaged)).toMatchObject(OTHER_PRODUCT);
    }
    expect(fleet.at(0).store.callCount()).toBe(0);
  });

  test('security 4: leaves what is known of good keys where it is', async () => {
    const good = await fleet.at(0).issue();
    expect(await fleet.at(0).verify(good)).toMatchObject(VALID);
    expect(await fleet.at(0).verify(madeUp())).toMatchObject(OTHER_PRODUCT);
    fleet.at(0).store.forgetCalls();
    expect(await fleet.at(0).verify(good)).toMatchObject(VALID);
    expect(fleet.at(0).store.callCount()).toBe(0);
  });

  test('security 24: is unavailable while nothing can be read, and never 401', async () => {
    const { store } = fleet.at(0);
    store.isLost = true;
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
    store.forgetCalls();
    for (let count = 0; count < MANY; count += 1) {
      expect(await fleet.at(0).verify(madeUp())).toMatchObject(UNAVAILABLE);
      expect(await named('other')).toMatchObject(UNAVAILABLE);
    }
    expect(store.callCount('listKeyspaces')).toBe(1);
  });
});
