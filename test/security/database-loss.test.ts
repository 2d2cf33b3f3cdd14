import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import type { Keyturn } from '../../src/public.js';
import { migratePostgres } from '../../src/store/postgres/open.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldClock, HeldTimers } from '../setup/held-clock.js';
import { createDatabase, postgresAbsence } from '../setup/postgres.js';
import { startProxy } from '../setup/proxy.js';
import { type Served, serve } from './served.js';

const { random } = systemPorts();
const BOUND = { timeout: 20_000, interval: 5 };
const AT_ONCE = 10; // Requests of each kind, on each route.

/** What a consumer or a gateway hears of a key. */
type Heard = 'admitted' | 'refused' | 'unavailable';

/** A good key that was asked for before, one that was not, and one that nobody has. */
type Kind = 'warm' | 'cold' | 'nobody';

/** Asks many times at once about keys of three kinds, and hears what each kind is told. */
class Load {
  readonly #keyturn: Keyturn;
  readonly #served: Served;
  readonly #warm: string;
  readonly #cold: string[] = [];

  private constructor(keyturn: Keyturn, served: Served, warm: string) {
    this.#keyturn = keyturn;
    this.#served = served;
    this.#warm = warm;
  }

  static async on(keyturn: Keyturn): Promise<Load> {
    const { plaintext } = await keyturn.keys.create({ name: 'warm' });
    const load = new Load(keyturn, await serve(keyturn), plaintext);
    await load.#authorized(plaintext);
    await load.#verified(plaintext);
    return load;
  }

  /** Makes good keys that no check has asked for yet, enough for so many runs. */
  async prepare(runCount: number): Promise<void> {
    while (this.#cold.length < 2 * AT_ONCE * runCount) {
      this.#cold.push((await this.#keyturn.keys.create({ name: 'cold' })).plaintext);
    }
  }

  /** @param strike happens as soon as one of them has been answered. */
  async run(strike = () => {}): Promise<Readonly<Record<Kind, readonly Heard[]>>> {
    const heard = { warm: new Set<Heard>(), cold: new Set<Heard>(), nobody: new Set<Heard>() };
    const keys: Readonly<Record<Kind, () => string>> = {
      warm: () => this.#warm,
      cold: () => this.#cold.pop() ?? '',
      nobody: () => mint({ prefix: 'key', environment: 'live' }, random).reveal(),
    };
    const asks: Promise<unknown>[] = [];
    const ask = (kind: Kind, answer: Promise<Heard>) =>
      asks.push(answer.then((one) => heard[kind].add(one)));
    for (let count = 0; count < AT_ONCE; count += 1) {
      for (const kind of ['warm', 'cold', 'nobody'] as const) {
        ask(kind, this.#authorized(keys[kind]()));
        ask(kind, this.#verified(keys[kind]()));
      }
    }
    void Promise.race(asks).then(strike);
    await Promise.all(asks);
    return { warm: [...heard.warm], cold: [...heard.cold], nobody: [...heard.nobody] };
  }

  async #authorized(key: string): Promise<Heard> {
    const { status, json } = await this.#served.ask('GET', '/v1/authorize', { key });
    if (status === 200) return 'admitted';
    return status === 503 && json.code === 'unavailable' ? 'unavailable' : 'refused';
  }

  async #verified(plaintext: string): Promise<Heard> {
    const body = { plaintext };
    const { status, json } = await this.#served.ask('POST', '/v1/keys/verify', { body });
    if (status === 200) return json.valid ? 'admitted' : 'refused';
    return status === 503 && json.code === 'unavailable' ? 'unavailable' : 'refused';
  }
}

const UP = { warm: ['admitted'], cold: ['admitted'], nobody: ['refused'] };
const DOWN = { warm: ['admitted'], cold: ['unavailable'], nobody: ['unavailable'] };
const STALE = { warm: ['unavailable'], cold: ['unavailable'], nobody: ['unavailable'] };

/** A database that can be taken away, and how time goes on for whoever uses it. */
interface Loss {
  readonly clock: HeldClock;
  readonly lose: () => void;
  readonly bringBack: () => void;
  /** What is due runs, as it does by itself. */
  readonly runDue: () => void;
}

function failedPolls(keyturn: Keyturn): number | undefined {
  return keyturn.metrics().find(({ name }) => name === 'keyturn_feed_failures')?.value;
}

async function expectNoGoodKeyBad(keyturn: Keyturn, loss: Loss): Promise<void> {
  const load = await Load.on(keyturn);
  await load.prepare(5);
  expect(await load.run()).toEqual(UP);
  const struck = await load.run(loss.lose);
  expect(struck.warm).toEqual(['admitted']);
  expect(struck.cold).not.toContain('refused');
  expect(await load.run()).toEqual(DOWN);
  loss.clock.advanceMs(DEFAULT_STALENESS_MS);
  loss.runDue();
  await vi.waitFor(() => expect(failedPolls(keyturn)).toBeGreaterThan(0), BOUND);
  expect(await load.run()).toEqual(STALE);
  loss.bringBack();
  await vi.waitFor(async () => {
    loss.runDue();
    loss.clock.advanceMs(100);
    expect(await keyturn.readiness()).toMatchObject({ ready: true });
  }, BOUND);
  expect(await load.run()).toEqual(UP);
}

describe.skipIf(postgresAbsence() !== undefined)('a PostgreSQL that is killed under load', () => {
  test('security 24: makes no good key bad, and is used again by itself', async () => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const proxy = await startProxy(database.url);
    onTestFinished(() => proxy.close());
    await migratePostgres({ url: database.url, role: 'tool', ports: systemPorts() });
    const clock = new HeldClock();
    const timers = new HeldTimers(clock);
    const ports = { ...systemPorts(), clock, timers };
    const keyturn = await makeKeyturn({ database: proxy.url, trustedHops: 1 }, { ports });
    onTestFinished(() => keyturn.close());
    await keyturn.open();
    const runDue = () => timers.runDue();
    await expectNoGoodKeyBad(keyturn, { clock, lose: proxy.cut, bringBack: proxy.mend, runDue });
  });
});

describe.each(dataKinds)('a store on $name that is lost', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'], options: { trustedHops: 1 } });
  });
  afterEach(() => fleet.close());

  test('security 24: makes no good key bad, and is used again by itself', async () => {
    const { keyturn, store } = fleet.at(0);
    await expectNoGoodKeyBad(keyturn, {
      clock: fleet.clock,
      lose: () => {
        store.isLost = true;
      },
      bringBack: () => {
        store.isLost = false;
      },
      runDue: () => fleet.at(0).runDue(),
    });
  });

  test('security 24: by storeLoss lets keys pass that were seen valid, and no others', async () => {
    const { keyturn, store } = fleet.at(0);
    await keyturn.keyspaces.update('default', { storeLoss: '1m' });
    const [seen, unseen] = [await fleet.at(0).issue(), await fleet.at(0).issue()];
    const ended = await fleet.at(0).issue();
    for (const made of [seen, ended]) await fleet.at(0).verify(made);
    await keyturn.keys.revoke(ended.key.id);
    expect(await fleet.at(0).verify(ended)).toMatchObject({ code: 'revoked' });
    store.isLost = true;
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS + 59_999);
    expect(await fleet.at(0).verify(seen)).toMatchObject({ valid: true });
    expect(await fleet.at(0).verify(ended)).toMatchObject({ code: 'revoked' });
    expect(await fleet.at(0).verify(unseen)).toMatchObject({ code: 'unavailable' });
    expect(fleet.at(0).metric('keyturn_store_loss_checks_total')).toBe(1);
    fleet.clock.advanceMs(1);
    for (const made of [seen, ended, unseen]) {
      expect(await fleet.at(0).verify(made)).toMatchObject({ code: 'unavailable' });
    }
  });
});
