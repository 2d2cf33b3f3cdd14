import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { systemPorts } from '../../src/ports.js';
import type { CreatedKey } from '../../src/public.js';
import type { Verdict } from '../../src/verdict.js';
import { readAnswer } from '../http/world.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';

const VALID = { valid: true };
const UNAVAILABLE = { valid: false, code: 'unavailable', retryAfter: 1 };
const NOWHERE = { code: 'not_found' };
const OTHER_PRODUCT = { valid: false, code: 'malformed', mistake: 'other_product' };
const PAUSE_MS = 1_000; // As in src/verify/news.ts.
const MANY = 200;
const SOME = 50; // Requests, which cost more than checks.
const { random } = systemPorts();

/** Asks one instance over HTTP, as somebody who shows this and nothing else. */
async function get(on: number, path: string, headers: Readonly<Record<string, string>> = {}) {
  const request = new Request(`http://keyturn.test${path}`, { headers });
  const sender = { address: '203.0.113.7' };
  return readAnswer(await fleet.at(on).keyturn.handler(request, sender));
}

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

  test('security 24: has them accepted over HTTP, without news of it', async () => {
    const headers = { 'x-api-key': made.plaintext };
    for (const path of ['/v1/self', '/v1/authorize?keyspace=acme']) {
      expect([path, (await get(1, path, headers)).status]).toEqual([path, 200]);
      fleet.clock.advanceMs(PAUSE_MS);
    }
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

  const madeUp = (prefix = 'other') => ({
    plaintext: mint({ prefix, environment: 'live' }, random).reveal(),
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
    for (const { plaintext } of Array.from({ length: MANY }, () => madeUp())) {
      const damaged = { plaintext: `${plaintext.slice(0, -1)}-` };
      expect(await fleet.at(0).verify(damaged)).toMatchObject(OTHER_PRODUCT);
    }
    expect(fleet.at(0).store.callCount()).toBe(0);
  });

  test('security 5: is looked for once a second by all who have no key, over HTTP', async () => {
    const { store } = fleet.at(0);
    const asks = [
      (count: number) => get(0, `/v1/authorize?keyspace=other${count}`),
      (count: number) => get(0, '/v1/self', { 'x-api-key': madeUp(`zz${count}`).plaintext }),
      (count: number) => {
        const named = [1, 2, 3, 4].map((part) => [
          `x-${part}`,
          madeUp(`z${part}z${count}`).plaintext,
        ]);
        return get(0, '/v1/self', Object.fromEntries(named));
      },
    ];
    store.forgetCalls();
    for (let count = 0; count < SOME; count += 1) {
      for (const ask of asks) expect((await ask(count)).status).toBeGreaterThanOrEqual(401);
      fleet.clock.advanceMs(PAUSE_MS / SOME - 1);
    }
    expect(store.callCount()).toBe(1);
  });

  test('security 5: costs nothing over HTTP where what names it is no whole key', async () => {
    fleet.at(0).store.forgetCalls();
    for (const { plaintext } of Array.from({ length: SOME }, () => madeUp())) {
      const last = plaintext.endsWith('x') ? 'y' : 'x';
      const headers = { authorization: `Bearer ${plaintext.slice(0, -1)}${last}` };
      for (const path of ['/v1/self', '/v1/authorize']) {
        expect((await get(0, path, headers)).status).toBe(401);
      }
    }
    expect(fleet.at(0).store.callCount()).toBe(0);
  });

  test('security 6: is there over HTTP as soon as it is made, however often asked before', async () => {
    const path = '/v1/authorize?keyspace=acme';
    const before = madeUp('acme').plaintext;
    expect((await get(0, path)).status).toBe(404);
    expect((await get(0, '/v1/self', { 'x-api-key': before })).status).toBe(401);
    await fleet.at(0).keyturn.keyspaces.create({ name: 'acme', prefix: 'acme' });
    const { plaintext } = await fleet.at(0).issue({ keyspace: 'acme' });
    for (const asked of [path, '/v1/self']) {
      const { status } = await get(0, asked, { 'x-api-key': plaintext });
      expect([asked, status]).toEqual([asked, 200]);
    }
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
