import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Keyturn } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { aForeignKey, aRow, importOne, saltedOf } from './import-rows.js';

let fleet: Fleet;
let keyturn: Keyturn;
afterEach(() => fleet.close());

describe.each(dataKinds)('an import that cannot take all, on $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    keyturn = fleet.at(0).keyturn;
  });

  const verify = (plaintext: string) => keyturn.verify({ plaintext });

  test('tells a bound key of another keyspace no more than that a secret is taken', async () => {
    const own = await keyturn.keyspaces.create({ name: 'own', prefix: 'own' });
    const inOwn = await keyturn.keys.create({ name: 'own', keyspace: 'own' });
    const elsewhere = await keyturn.keys.create({ name: 'elsewhere' });
    const made = await keyturn.keys.create({
      name: 'bound',
      keyspace: 'keyturn',
      scopes: ['keys:write'],
      restrictions: { keyspaces: [own.id] },
    });
    const checked = await keyturn.verify({ plaintext: made.plaintext, keyspace: 'keyturn' });
    if (!checked.valid) throw new Error(checked.code);
    const caller = {
      actor: { kind: 'management_key', id: made.key.id },
      key: checked.key,
    } as const;
    const ask = async (plaintext: string, dryRun: boolean) => {
      const sha256 = createHash('sha256').update(plaintext).digest('hex');
      const input = { rows: [{ id: 'x', sha256 }], keyspace: 'own', dryRun };
      return (await keyturn.as(caller).keys.import(input)).rows;
    };
    expect(await ask(elsewhere.plaintext, true)).toEqual(await ask(aForeignKey(), true));
    expect(await ask(inOwn.plaintext, true)).toMatchObject([{ outcome: 'refused' }]);
    // Imported it cannot be: the answer is that of a secret of their own, and nothing is made.
    const refused = await ask(elsewhere.plaintext, false);
    expect(refused).toEqual(await ask(inOwn.plaintext, false));
    expect(refused).toMatchObject([{ outcome: 'refused', key: null }]);
    expect((await keyturn.keys.list({ keyspace: 'own' })).items).toHaveLength(1);
  });

  test('takes all rows that can be, and says of each other one why not', async () => {
    const plaintext = aForeignKey();
    const good = aRow(aForeignKey());
    const rows: readonly (readonly [unknown, string])[] = [
      [null, 'is not an object.'],
      [[], 'is not an object.'],
      [{ name: 'x' }, '"id" is missing.'],
      [{ ...good, id: '' }, 'id is empty or too long'],
      [{ ...good, id: 'x'.repeat(2_000) }, 'id is empty or too long'],
      [{ ...good, id: 'no secret', hash: undefined }, 'has no secret'],
      [{ ...good, id: 'two', plaintext }, 'more than one secret'],
      [{ ...good, id: 'field', naem: 'x' }, '"naem" is not a field of a row.'],
      [JSON.parse('{"id":"proto","__proto__":{"a":1}}'), '"__proto__" is not a field of a row.'],
      [{ ...good, id: 'time', createdAt: 'yesterday' }, 'is no time'],
      [{ ...good, id: 'scope', scopes: ['NO SCOPE'] }, '"scopes/0" is no scope.'],
      [{ ...good, id: 'why', stateReason: 'a\u202eb' }, '"stateReason" has a control'],
      [{ id: 'told', plaintext, stateReason: `leaked ${plaintext}` }, 'holds the key itself'],
      [{ ...good, id: 'tag', tags: [' '] }, '"tags/0" is no tag.'],
      [{ ...good, id: 'owner', owner: '..' }, '"owner" cannot be named'],
      [{ ...good, id: 'big', metadata: { a: 'x'.repeat(20_000) } }, '"metadata" is 2'],
      [{ ...good, id: 'sha', hash: null, sha256: 'beef' }, 'is no SHA-256'],
      [{ ...good, id: 'short', hash: null, plaintext: 'abc' }, '3 characters long'],
      [{ ...good, id: 'blank', hash: null, plaintext: `${plaintext} ` }, 'white space'],
      [{ ...good, id: 'unsalted', prefix: null, hash: saltedOf('x') }, 'no prefix to find it by'],
      [{ ...good, id: 'kind', hash: `sha256$$${'0'.repeat(64)}` }, 'of no kind that is known'],
      [{ ...good, id: 'empty', hash: '' }, 'hash is empty'],
      [{ ...good, id: 'work', hash: `pbkdf2_sha256$999999999$s$${'A'.repeat(43)}=` }, 'more work'],
      [{ ...good, id: 'name', hash: 'x'.repeat(10_000_000) }, 'hash is malformed'],
      [{ ...good, id: 'same secret' }, 'Another key has the same secret'],
    ];
    const report = await keyturn.keys.import({ rows: [good, ...rows.map(([row]) => row)] });
    expect(report.totals).toEqual({
      rows: rows.length + 1,
      created: 1,
      unchanged: 0,
      differs: 0,
      refused: rows.length,
      reissue: 0,
    });
    for (const [index, [, reason]] of rows.entries()) {
      const said = report.rows[index + 1];
      expect(said).toMatchObject({ row: index + 1, outcome: 'refused', key: null });
      expect(said?.reason).toContain(reason);
      expect(said?.fix).not.toBe('');
    }
    expect(JSON.stringify(report)).not.toContain(plaintext);
  });

  test('asks for another key where the source holds the key itself', async () => {
    const plaintext = aForeignKey();
    const result = await importOne(keyturn, aRow(plaintext, { hash: plaintext }));
    expect(result).toMatchObject({
      outcome: 'reissue',
      fix: expect.stringContaining('key create'),
    });
    expect(JSON.stringify(result)).not.toContain(plaintext);
    expect(await verify(plaintext)).toMatchObject({ valid: false });
  });

  test('tells one id that stands twice in a call as if it came in two', async () => {
    const row = aRow(aForeignKey());
    const all = [row, row, { ...row, name: 'other' }];
    const planned = await keyturn.keys.import({ rows: all, dryRun: true });
    const { rows } = await keyturn.keys.import({ rows: all });
    for (const said of [planned.rows, rows]) {
      expect(said.map(({ outcome }) => outcome)).toEqual(['created', 'unchanged', 'differs']);
      expect(said[2]).toMatchObject({ fix: expect.stringContaining('the first one counts') });
    }
    expect(planned.rows.map(({ key }) => key)).toEqual([null, null, null]);
  });

  test('does not reach the keyspace of the management keys', async () => {
    const rows = [aRow(aForeignKey())];
    await expect(keyturn.keys.import({ rows, keyspace: 'keyturn' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(keyturn.keyspaces.update('keyturn', { foreignShapes: [] })).rejects.toMatchObject({
      code: 'state_conflict',
    });
  });

  test.each([
    [{ rows: [] }],
    [{ rows: Array.from({ length: 1_001 }, () => null) }],
    [{ rows: 'all' }],
    [{ rows: [null], dryrun: true }],
  ])('is refused where the call itself is wrong', async (input) => {
    const call = keyturn.keys.import(JSON.parse(JSON.stringify(input)));
    await expect(call).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
