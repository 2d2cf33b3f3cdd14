import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImportRow } from '../../src/views.js';
import { aForeignKey, aRow, prefixOf, saltedOf, sha512Of } from '../contract/import-rows.js';
import { type DataKind, dataKinds } from '../setup/data.js';
import { type Fleet, startFleet, until } from '../setup/fleet.js';
import { holdAll, holdNext } from '../setup/hold.js';

const ASKS = [1, 2, 3]; // The first one asks the store, the others are answered from memory.
const MANY = 200;
const HASHES_AT_ONCE = 20; // Texts that match no hash, as in src/verify/slow-hashes.ts …
const HASHES_A_SECOND = 2; // … and after that …
const HASHES_OF_ONE = 5; // … and of one network.
const STALENESS_MS = 5_000;

let fleet: Fleet;
afterEach(() => fleet.close());

async function start({ create }: Pick<DataKind, 'create'>, instances = 1): Promise<void> {
  const roles = Array.from({ length: instances }, () => 'server' as const);
  fleet = await startFleet({ create, roles });
  // What is counted is what a check has asked; two have to hear of each other.
  if (instances === 1) fleet.at(0).store.isDeaf = true;
}

const slowHashes = () => fleet.at(0).metric('keyturn_slow_hashes_total');
const upgrades = () => fleet.at(0).metric('keyturn_hash_upgrades_total');
const ask = (plaintext: string, address?: string) => fleet.at(0).verify({ plaintext }, { address });

async function imported(fields: Partial<ImportRow> = {}, keyspace = 'default') {
  const plaintext = aForeignKey();
  const { keys } = fleet.at(0).keyturn;
  const { rows } = await keys.import({ rows: [aRow(plaintext, fields)], keyspace });
  return { plaintext, id: rows[0]?.key ?? '' };
}

async function importedSlow(fields: Partial<ImportRow> = {}, keyspace = 'default') {
  const plaintext = aForeignKey();
  const row = aRow(plaintext, { hash: saltedOf(plaintext), ...fields });
  const { rows } = await fleet.at(0).keyturn.keys.import({ rows: [row], keyspace });
  return { plaintext, id: rows[0]?.key ?? '' };
}

/** The same prefix, and another secret. */
const guessOf = (plaintext: string) => `${prefixOf(plaintext)}.${aForeignKey().slice(9)}`;

describe.each(dataKinds)('keys that were made elsewhere on $name', ({ create }) => {
  beforeEach(() => start({ create }));

  test('security 2: one of another keyspace is answered as one that nobody has', async () => {
    const { keyturn, store } = fleet.at(0);
    await keyturn.keyspaces.create({ name: 'other', prefix: 'oth' });
    const foreign = {
      good: await imported({}, 'other'),
      slow: await importedSlow({}, 'other'),
      revoked: await imported({ state: 'revoked' }, 'other'),
      expired: await imported({ expiresAt: '2001-01-01T00:00:00Z' }, 'other'),
    };
    const traceOf = async (plaintext: string) => {
      const trace: unknown[] = [];
      for (const _ask of ASKS) {
        store.forgetCalls();
        const verdict = await keyturn.verify({ plaintext, address: '203.0.113.7' });
        if (verdict.valid) throw new Error('It was admitted.');
        trace.push([keyturn.refusalAnswer(verdict), store.callCount()]);
      }
      return trace;
    };
    const unknown = await traceOf(aForeignKey());
    expect(unknown.map((one) => Array.isArray(one) && one[1])).toEqual([1, 0, 0]);
    for (const [name, { plaintext }] of Object.entries(foreign)) {
      expect([name, await traceOf(plaintext)]).toEqual([name, unknown]);
    }
  });

  test('security 2: an expired or a revoked one says so to who has it, and to nobody else', async () => {
    const revoked = await importedSlow({ state: 'revoked' });
    const expired = await importedSlow({ expiresAt: '2001-01-01T00:00:00Z' });
    expect(await ask(revoked.plaintext)).toMatchObject({ code: 'revoked' });
    expect(await ask(expired.plaintext)).toMatchObject({ code: 'expired' });
    expect(await ask(guessOf(revoked.plaintext))).toMatchObject({ code: 'unknown' });
    expect(await ask(guessOf(expired.plaintext))).toMatchObject({ code: 'unknown' });
  });

  test('security 3: what is stored of one does not pass as one', async () => {
    const { plaintext } = await imported();
    const slow = await importedSlow();
    const stored = [sha512Of(plaintext), saltedOf(slow.plaintext)];
    for (const text of stored) {
      for (const sent of [text, `${prefixOf(slow.plaintext)}.${text}`, text.split('$').at(-1)]) {
        expect(await ask(sent ?? '')).toMatchObject({ valid: false });
      }
    }
  });

  test('security 4: no slow hash is made beyond its rate, whoever asks', async () => {
    const { plaintext } = await importedSlow();
    for (let count = 0; count < MANY; count += 1) {
      expect(await ask(guessOf(plaintext), `10.0.${count}.1`)).toMatchObject({ valid: false });
    }
    expect(slowHashes()).toBe(HASHES_AT_ONCE);
    expect(await ask(guessOf(plaintext), '192.0.2.1')).toMatchObject({
      code: 'rate_limited',
      retryAfter: 1,
    });
    fleet.clock.advanceMs(1_000);
    for (let count = 0; count < MANY; count += 1) {
      await ask(guessOf(plaintext), `10.1.${count}.1`);
    }
    expect(slowHashes()).toBe(HASHES_AT_ONCE + HASHES_A_SECOND);
    fleet.clock.advanceMs(1_000);
    expect(await ask(plaintext, '192.0.2.2')).toMatchObject({ valid: true });
  });

  test('security 4: one network makes few of them, and leaves the others theirs', async () => {
    const { plaintext } = await importedSlow();
    for (let count = 0; count < MANY; count += 1) await ask(guessOf(plaintext), '203.0.113.7');
    expect(slowHashes()).toBe(HASHES_OF_ONE);
    expect(await ask(plaintext, '203.0.113.8')).toMatchObject({ valid: true });
  });

  test('security 4: who has the key uses up nothing', async () => {
    for (let count = 0; count < HASHES_AT_ONCE + HASHES_OF_ONE; count += 1) {
      const { plaintext } = await importedSlow();
      expect(await ask(plaintext, '203.0.113.7')).toMatchObject({ valid: true });
    }
  });

  test('security 4: a good key costs the same in a flood, and a warm one nothing', async () => {
    const { keyturn, store } = fleet.at(0);
    const [slow, warm] = [await importedSlow(), await importedSlow()];
    const cold = await imported();
    await ask(warm.plaintext);
    for (let count = 0; count < MANY; count += 1) await ask(guessOf(slow.plaintext));
    store.forgetCalls();
    // A promise would mean that it waits for something.
    expect(keyturn.verify({ plaintext: warm.plaintext })).toMatchObject({ valid: true });
    expect(store.callCount()).toBe(0);
    expect(await ask(cold.plaintext)).toMatchObject({ valid: true });
    expect(store.callCount('findForeign')).toBe(1);
  });

  test('security 4: the first good use ends the need of a slow hash', async () => {
    const { plaintext, id } = await importedSlow();
    expect(await ask(plaintext)).toMatchObject({ valid: true });
    await until('it is stored under its SHA-256', () => upgrades() === 1);
    await fleet.at(0).keyturn.keys.update(id, { name: 'renamed' }); // Its place in the cache is lost.
    expect(await ask(plaintext)).toMatchObject({ valid: true, key: { name: 'renamed' } });
    expect([slowHashes(), upgrades()]).toEqual([1, 1]);
    expect(await ask(guessOf(plaintext))).toMatchObject({ code: 'unknown' });
    expect(slowHashes()).toBe(1); // Nobody can cause another.
  });

  test('security 4: a use that is refused upgrades nothing', async () => {
    const revoked = await importedSlow({ state: 'revoked' });
    const disabled = await importedSlow({ state: 'disabled' });
    const expired = await importedSlow({ expiresAt: '2001-01-01T00:00:00Z' });
    for (const { plaintext } of [revoked, disabled, expired]) await ask(plaintext);
    expect(fleet.at(0).store.callCount('upgradeSecret')).toBe(0);
  });

  test('security 5: one unknown key asked by many at once is one question', async () => {
    await imported();
    const plaintext = aForeignKey();
    const held = holdAll(fleet.at(0).store, 'before', 'findForeign');
    fleet.at(0).store.forgetCalls();
    const asks = Array.from({ length: MANY }, () => ask(plaintext));
    held.letGo();
    for (const verdict of await Promise.all(asks)) {
      expect(verdict).toMatchObject({ code: 'unknown' });
    }
    expect(fleet.at(0).store.callCount()).toBe(1);
  });

  test('security 5: an address may try as many of them as of our own', async () => {
    await imported();
    const codes = new Set<string>();
    for (let count = 0; count < MANY; count += 1) {
      const verdict = await ask(aForeignKey(), '203.0.113.7');
      codes.add(verdict.valid ? 'valid' : verdict.code);
    }
    expect(codes).toEqual(new Set(['unknown', 'rate_limited']));
  });

  test('security 8: an upgrade that comes late revives no key', async () => {
    const { plaintext, id } = await importedSlow();
    const { keyturn, store } = fleet.at(0);
    const late = holdNext(store, 'before', 'upgradeSecret');
    expect(await ask(plaintext)).toMatchObject({ valid: true });
    await late.isHeld;
    await keyturn.keys.revoke(id);
    late.letGo();
    expect(await ask(plaintext)).toMatchObject({ code: 'revoked' });
    expect(upgrades()).toBe(0);
  });

  test('security 8: a revocation that was read before an upgrade is made all the same', async () => {
    const { plaintext, id } = await importedSlow();
    const { keyturn, store } = fleet.at(0);
    const held = holdNext(store, 'before', 'commit');
    const revoking = keyturn.keys.revoke(id);
    await held.isHeld;
    expect(await ask(plaintext)).toMatchObject({ valid: true });
    await until('it is upgraded', () => upgrades() === 1);
    held.letGo();
    await revoking;
    expect(await ask(plaintext)).toMatchObject({ code: 'revoked' });
  });
});

describe.each(dataKinds)('keys that were made elsewhere, on two instances on $name', (kind) => {
  beforeEach(() => start(kind, 2));

  test('security 6: one that was refused before it was imported passes at once', async () => {
    await imported(); // By then it is known how they look.
    await fleet.settle();
    const plaintext = aForeignKey();
    for (const instance of fleet.instances) {
      expect(await instance.verify({ plaintext })).toMatchObject({ code: 'unknown' });
    }
    await fleet.at(0).keyturn.keys.import({ rows: [aRow(plaintext)] });
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ valid: true });
    await fleet.settle();
    expect(await fleet.at(1).verify({ plaintext })).toMatchObject({ valid: true });
  });

  test('security 7: a cut feed never serves a revoked one beyond the bound', async () => {
    const { plaintext, id } = await importedSlow();
    await fleet.settle();
    expect(await fleet.at(1).verify({ plaintext })).toMatchObject({ valid: true });
    fleet.cutFeed(1);
    await fleet.at(0).keyturn.keys.revoke(id);
    fleet.clock.advanceMs(STALENESS_MS + 1);
    expect(await fleet.at(1).verify({ plaintext })).toMatchObject({ code: 'revoked' });
  });
});
