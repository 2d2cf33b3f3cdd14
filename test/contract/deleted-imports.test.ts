import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Keyturn } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { aForeignKey, aRow, importOne, saltedOf } from './import-rows.js';

let fleet: Fleet;
let keyturn: Keyturn;
afterEach(() => fleet.close());

describe.each(dataKinds)('a key that was revoked and deleted, on $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    keyturn = fleet.at(0).keyturn;
  });

  const refusal = {
    outcome: 'refused',
    key: null,
    reason: expect.stringContaining('revoked and deleted here'),
    fix: expect.stringContaining('keyturn key create'),
  };

  async function end(id: string): Promise<void> {
    await keyturn.keys.revoke(id, { reason: 'leaked' });
    await keyturn.keys.delete(id);
  }

  test('is not brought back by the next import of its row, planned or made', async () => {
    const plaintext = aForeignKey();
    const row = aRow(plaintext);
    await end((await importOne(keyturn, row)).key ?? '');
    const plan = await keyturn.keys.import({ rows: [row], dryRun: true });
    expect(plan.rows).toMatchObject([refusal]);
    expect(await importOne(keyturn, row)).toMatchObject(refusal);
    expect(await importOne(keyturn, { ...row, id: 'another id' })).toMatchObject(refusal);
    expect((await keyturn.verify({ plaintext })).valid).toBe(false);
    await keyturn.keyspaces.create({ name: 'other', prefix: 'other' });
    const elsewhere = await keyturn.keys.import({ rows: [row], keyspace: 'other' });
    expect(elsewhere.rows).toMatchObject([refusal]);
  });

  test('is not brought back where its first use has changed how it is stored', async () => {
    const plaintext = aForeignKey();
    const row = aRow(plaintext, { hash: saltedOf(plaintext) });
    const { key } = await importOne(keyturn, row);
    expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true });
    await end(key ?? '');
    for (const again of [
      row,
      { ...row, id: 'another id' },
      { id: 'plain', plaintext },
      { ...row, hash: aRow(plaintext).hash }, // As its source stores it by now.
    ]) {
      expect(await importOne(keyturn, again)).toMatchObject(refusal);
    }
    expect((await keyturn.verify({ plaintext })).valid).toBe(false);
  });

  test('is not brought back as a row either if it was made here', async () => {
    const { key, plaintext } = await keyturn.keys.create({ name: 'made here' });
    await end(key.id);
    expect(await importOne(keyturn, { id: '1', plaintext })).toMatchObject(refusal);
    expect((await keyturn.verify({ plaintext })).valid).toBe(false);
  });

  test('is told to nobody whose key is bound to another keyspace', async () => {
    const own = await keyturn.keyspaces.create({ name: 'own', prefix: 'own' });
    const { key, plaintext } = await keyturn.keys.create({ name: 'elsewhere' });
    await end(key.id);
    const made = await keyturn.keys.create({
      name: 'bound',
      keyspace: 'keyturn',
      scopes: ['keys:write'],
      restrictions: { keyspaces: [own.id] },
    });
    const checked = await keyturn.verify({ plaintext: made.plaintext, keyspace: 'keyturn' });
    if (!checked.valid) throw new Error(checked.code);
    const actor = { kind: 'management_key', id: made.key.id } as const;
    const bound = keyturn.as({ actor, key: checked.key });
    const input = { rows: [{ id: '1', plaintext }], keyspace: 'own' };
    const plan = await bound.keys.import({ ...input, dryRun: true });
    expect(plan.rows).toMatchObject([{ outcome: 'created' }]);
    expect((await bound.keys.import(input)).rows).toMatchObject([
      { outcome: 'refused', reason: expect.stringContaining('Another key has the same secret') },
    ]);
  });
});
