import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { systemPorts } from '../../src/ports.js';
import { type DataKind, dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdAll } from '../setup/hold.js';
import { scaled } from '../setup/scale.js';
import { serve } from './served.js';

const { random } = systemPorts();
const ASKS = [1, 2, 3]; // The first one asks the store, the others are answered from memory.
const MANY = 200; // More than one address may try.
const TRIES_AT_ONCE = 100; // Unknown keys that an address may try, as in src/verify/budget.ts.
const NEGATIVE_ENTRIES = 20_000; // As in src/verify/negative-cache.ts.
const ADDRESSES = 10_000; // As in src/verify/budget.ts.

let fleet: Fleet;
afterEach(() => fleet.close());

/** One instance that does nothing by itself: what is counted is what a check has asked. */
async function startQuiet({ create }: Pick<DataKind, 'create'>): Promise<void> {
  fleet = await startFleet({ create, roles: ['server'] });
  fleet.at(0).store.isDeaf = true;
}

function unknownKey(prefix = 'key'): string {
  return mint({ prefix, environment: 'live' }, random).reveal();
}

/** Keys of a keyspace that is not asked for, in every state, and one that nobody has. */
async function foreignKeys(): Promise<Readonly<Record<string, string>>> {
  const { keys } = fleet.at(0).keyturn;
  const issue = () => fleet.at(0).issue({ keyspace: 'other' });
  const [good, disabled, revoked] = [await issue(), await issue(), await issue()];
  await keys.disable(disabled.key.id);
  await keys.revoke(revoked.key.id);
  return {
    good: good.plaintext,
    disabled: disabled.plaintext,
    revoked: revoked.plaintext,
    'made up': unknownKey('oth'),
  };
}

describe.each(dataKinds)("another keyspace's key on $name", ({ create }) => {
  beforeEach(async () => {
    await startQuiet({ create });
    await fleet.at(0).keyturn.keyspaces.create({ name: 'other', prefix: 'oth' });
  });

  /** What is answered and what it costs, each time that it is asked. */
  async function traceOf(ask: () => Promise<unknown>) {
    const trace: unknown[] = [];
    for (const _ask of ASKS) {
      fleet.at(0).store.forgetCalls();
      const answer = await ask();
      trace.push({ answer, calls: fleet.at(0).store.callCount() });
    }
    return trace;
  }

  test('security 2: is answered as one that nobody has, and costs as much', async () => {
    const { keyturn } = fleet.at(0);
    const ask = (plaintext: string) => async () => {
      const verdict = await keyturn.verify({ plaintext, address: '203.0.113.7' });
      if (verdict.valid) throw new Error('It was admitted.');
      return keyturn.refusalAnswer(verdict);
    };
    const unknown = await traceOf(ask(unknownKey()));
    expect(unknown).toMatchObject([
      { answer: { status: 401 }, calls: 1 },
      { answer: { status: 401 }, calls: 0 },
      { answer: { status: 401 }, calls: 0 },
    ]);
    for (const [name, plaintext] of Object.entries(await foreignKeys())) {
      expect([name, await traceOf(ask(plaintext))]).toEqual([name, unknown]);
    }
  });

  test('security 2: is let alone as soon as one that nobody has', async () => {
    const { keyturn } = fleet.at(0);
    const asksUntilSpent = async (plaintext: string, address: string) => {
      for (let count = 1; count < MANY; count += 1) {
        const verdict = await keyturn.verify({ plaintext, address });
        if (!verdict.valid && verdict.code === 'rate_limited') {
          return { count, answer: keyturn.refusalAnswer(verdict) };
        }
      }
      return undefined;
    };
    const { good = '' } = await foreignKeys();
    const unknown = await asksUntilSpent(unknownKey(), '203.0.113.7');
    expect(unknown).toMatchObject({ answer: { status: 429 } });
    expect(await asksUntilSpent(good, '203.0.113.8')).toEqual(unknown);
  });

  test('security 2: is the same bytes over HTTP, by whatever route', async () => {
    const { raw, root } = await serve(fleet.at(0).keyturn);
    const asksOf = (target: string, rest: (plaintext: string) => readonly string[]) => {
      return (plaintext: string) => async () => {
        const answer = await raw(`${target} HTTP/1.1`, 'Host: h', ...rest(plaintext));
        return answer.replaceAll(/^(?:request-id|date): .*\r\n/gim, '');
      };
    };
    const asKey = (plaintext: string) => [`X-API-Key: ${plaintext}`, '', ''];
    const inBody = (plaintext: string) => {
      const body = JSON.stringify({ plaintext });
      const head = [`X-API-Key: ${root}`, 'Content-Type: application/json'];
      return [...head, `Content-Length: ${body.length}`, '', body];
    };
    for (const asks of [
      asksOf('GET /v1/authorize', asKey),
      asksOf('GET /v1/authorize?scopes=a:b', asKey),
      asksOf('GET /v1/keys', asKey),
      asksOf('POST /v1/keys/verify', inBody),
    ]) {
      await asks(unknownKey())(); // What is asked once for all is known then.
      const unknown = await traceOf(asks(unknownKey()));
      expect(unknown).toMatchObject([{ calls: 1 }, { calls: 0 }, { calls: 0 }]);
      for (const [name, plaintext] of Object.entries(await foreignKeys())) {
        expect([name, await traceOf(asks(plaintext))]).toEqual([name, unknown]);
      }
    }
  });
});

describe.each(dataKinds)('a flood of keys that nobody has on $name', ({ create }) => {
  beforeEach(() => startQuiet({ create }));

  const ask = (plaintext: string, address?: string) =>
    fleet.at(0).verify({ plaintext }, { address });

  test('security 4: a good key costs the store the same as in quiet times', async () => {
    const { store } = fleet.at(0);
    const costOf = async (plaintext: string) => {
      store.forgetCalls();
      expect(await ask(plaintext, '192.0.2.1')).toMatchObject({ valid: true });
      return store.callCount();
    };
    const keys = [await fleet.at(0).issue(), await fleet.at(0).issue()];
    const [first = '', second = ''] = keys.map(({ plaintext }) => plaintext);
    expect([await costOf(first), await costOf(first)]).toEqual([1, 0]);
    for (let count = 0; count < MANY; count += 1) await ask(unknownKey(), `10.0.0.${count}`);
    expect([await costOf(second), await costOf(second), await costOf(first)]).toEqual([1, 0, 0]);
  });

  test('security 4: a good key is answered at once while the store is busy with them', async () => {
    const { keyturn, store } = fleet.at(0);
    const { plaintext } = await fleet.at(0).issue();
    await ask(plaintext);
    const held = holdAll(store, 'before', 'findByDigest');
    const flood = Array.from({ length: MANY }, () => ask(unknownKey()));
    // A promise would mean that it waits for something.
    expect(keyturn.verify({ plaintext })).toMatchObject({ valid: true });
    held.letGo();
    await Promise.all(flood);
  });

  test('security 5: a damaged key costs no question to the store', async () => {
    const { plaintext } = await fleet.at(0).issue();
    fleet.at(0).store.forgetCalls();
    for (let index = 0; index < plaintext.length; index += 1) {
      const other = plaintext[index] === 'x' ? 'y' : 'x';
      const damaged = plaintext.slice(0, index) + other + plaintext.slice(index + 1);
      expect(await ask(damaged)).toMatchObject({ code: 'malformed' });
    }
    expect(fleet.at(0).store.callCount()).toBe(0);
  });

  test('security 5: one unknown key asked again and again is one question', async () => {
    const plaintext = unknownKey();
    fleet.at(0).store.forgetCalls();
    for (let count = 0; count < MANY; count += 1) await ask(plaintext);
    expect(fleet.at(0).store.callCount()).toBe(1);
  });

  test('security 5: one unknown key asked by many at once is one question', async () => {
    const plaintext = unknownKey();
    const held = holdAll(fleet.at(0).store, 'before', 'findByDigest');
    fleet.at(0).store.forgetCalls();
    const asks = Array.from({ length: MANY }, () => ask(plaintext));
    held.letGo();
    for (const verdict of await Promise.all(asks))
      expect(verdict).toMatchObject({ code: 'unknown' });
    expect(fleet.at(0).store.callCount()).toBe(1);
  });
});

describe('what a flood of distinct unknown keys leaves behind', () => {
  beforeEach(async () => {
    const [memory] = dataKinds;
    if (memory === undefined) throw new Error('There is no store in memory.');
    await startQuiet(memory);
  });

  test('security 5: memory stays flat', async () => {
    const { keyturn, store } = fleet.at(0);
    const flood = async (count: number) => {
      for (let asked = 0; asked < count; asked += 1) {
        await fleet.at(0).verify({ plaintext: unknownKey() });
      }
    };
    const held = () =>
      keyturn
        .metrics()
        .filter(({ name }) => /^keyturn_(?:negative_)?cache_(?:secrets|bytes|digests)$/.test(name))
        .map(({ name, value }) => [name, value]);
    await flood(NEGATIVE_ENTRIES);
    const full = held();
    const sampleCount = keyturn.metrics().length;
    expect(full).toEqual([
      ['keyturn_cache_secrets', 0],
      ['keyturn_cache_bytes', 0],
      ['keyturn_negative_cache_digests', NEGATIVE_ENTRIES],
    ]);
    await flood(scaled(NEGATIVE_ENTRIES));
    expect(held()).toEqual(full);
    expect(keyturn.metrics()).toHaveLength(sampleCount);
    // Its counts are one row, however many keys there were.
    const rowCounts: number[] = [];
    const { recordUsage } = store;
    store.recordUsage = (batch) => {
      rowCounts.push(batch.counts.length);
      return recordUsage.call(store, batch);
    };
    await fleet.passMs(1_000);
    expect(rowCounts).toEqual([1]);
  });

  test('security 5: so many addresses are remembered and no more', async () => {
    const ask = (address: string) => fleet.at(0).verify({ plaintext: unknownKey() }, { address });
    const [first, last] = ['203.0.113.7', '203.0.113.8'];
    for (let count = 0; count < TRIES_AT_ONCE; count += 1) await ask(first);
    expect(await ask(first)).toMatchObject({ code: 'rate_limited' });
    for (let count = 0; count < ADDRESSES; count += 1) {
      await ask(`10.0.${count >> 8}.${count & 255}`);
    }
    for (let count = 0; count < TRIES_AT_ONCE; count += 1) await ask(last);
    // The least recent one is forgotten: what is remembered has a bound.
    expect(await ask(first)).toMatchObject({ code: 'unknown' });
    expect(await ask(last)).toMatchObject({ code: 'rate_limited' });
  });
});
