import { afterAll, describe, expect, test } from 'vitest';
import { customTable, Folder, read, readInput } from './sources.js';

const HASH = `sha512$$${'0'.repeat(128)}`;
const CREATED = '2026-05-16 11:59:58.876544';
const COLUMNS = 'id, prefix, hashed_key, name, created, expiry_date, revoked';

const folder = new Folder();
afterAll(() => folder.remove());

describe('the table of a custom model', () => {
  const rows = [
    [1, 'aaaaaaaa', HASH, 'first', CREATED, null, 0, 7, 'gold', null],
    [2, 'bbbbbbbb', HASH, 'second', CREATED, null, 1, null, '', 'kept'],
  ];

  test('is found by its columns; its others become metadata, one of them the owner', async () => {
    const path = await folder.sqlite(...customTable('organizations_organizationapikey', rows));
    expect(await read('drf', path, { ownerColumn: 'organization_id' })).toEqual([
      {
        place: 'organizations_organizationapikey row 1',
        row: expect.objectContaining({
          id: 'aaaaaaaa.1',
          owner: '7',
          state: 'active',
          metadata: { plan: 'gold' },
        }),
      },
      {
        place: 'organizations_organizationapikey row 2',
        row: expect.objectContaining({
          id: 'bbbbbbbb.2',
          state: 'revoked',
          metadata: { note: 'kept' },
        }),
      },
    ]);
  });

  test('is read beside the usual one, and alone where it is named', async () => {
    const usual = [
      { sql: `create table rest_framework_api_key_apikey (${COLUMNS})` },
      {
        sql: `insert into rest_framework_api_key_apikey values ('cccccccc.x', 'cccccccc', ?, 'usual', ?, null, 0)`,
        values: [[HASH, CREATED]],
      },
    ];
    const path = await folder.sqlite(...usual, ...customTable('clients_key', rows));
    const names = async (options = {}) =>
      (await read('drf', path, options)).map(({ row, fault }) => row?.['name'] ?? fault);
    expect((await names()).toSorted()).toEqual(['first', 'second', 'usual']);
    expect(await names({ table: 'clients_key' })).toEqual(['first', 'second']);
    expect(await names({ table: 'clients_key', ownerColumn: 'organization' })).toHaveLength(2);
    // Where the keys of one table have owners and those of the other none, nobody is guessed.
    const faults = (await names({ ownerColumn: 'organization_id' })).filter((one) =>
      String(one).includes('--owner-column'),
    );
    expect(faults).toHaveLength(1);
  });

  test('is as well found in a dumpdata, where a foreign key has another name', async () => {
    const fields = { prefix: 'aaaaaaaa', hashed_key: HASH, name: 'first', revoked: false };
    const dump = [
      { model: 'auth.user', pk: 1, fields: { username: 'kim' } },
      {
        model: 'org.key',
        pk: 1,
        fields: { ...fields, created: CREATED, organization: 7, tags: [1], is_active: false },
      },
    ];
    const source = folder.file(JSON.stringify(dump));
    const [found, ...others] = await read('drf', source, { ownerColumn: 'organization_id' });
    expect(found?.row).toMatchObject({ id: 'aaaaaaaa.1', owner: '7', metadata: { tags: [1] } });
    expect(found?.notes).toEqual([expect.stringContaining('enforced by nobody here: is_active.')]);
    expect(others).toEqual([]);
    expect(await read('drf', source, { table: 'org.key' })).toHaveLength(1);
    expect(await read('drf', source, { table: 'org_key' })).toHaveLength(1);
  });

  test('whose other columns are too much to keep is told', async () => {
    const large = [1, 'aaaaaaaa', HASH, 'first', CREATED, null, 0, null, null, 'x'.repeat(17_000)];
    const path = await folder.sqlite(...customTable('org_key', [large]));
    expect(await read('drf', path)).toEqual([
      {
        place: 'org_key row 1',
        id: 'aaaaaaaa',
        fault: expect.stringContaining('16384 can be kept with a key.'),
      },
    ]);
  });

  test('that keeps the key itself gives it to nobody', async () => {
    const plaintext = 'aaaaaaaa.78WXsVLi9fy2CLFQZJ9HCoUKmGNUvkNM';
    const row = [
      1,
      'aaaaaaaa',
      HASH,
      'first',
      CREATED,
      null,
      0,
      null,
      'aaaaaaaa.example',
      plaintext,
    ];
    const path = await folder.sqlite(...customTable('org_key', [row]));
    const [found] = await read('drf', path);
    expect(found?.row).toMatchObject({ metadata: { plan: 'aaaaaaaa.example' } });
    expect(found?.notes).toEqual([expect.stringContaining('holds the key itself')]);
    expect(JSON.stringify(found)).not.toContain(plaintext);
  });
});

describe('a dumpdata of a whole project', () => {
  test('may have other models of any size', async () => {
    const fields = { prefix: 'aaaaaaaa', hashed_key: HASH, name: 'first', revoked: false };
    const dump = [
      { model: 'blog.post', pk: 1, fields: { text: 'x'.repeat(200_000) } },
      { model: 'rest_framework_api_key.apikey', pk: 'aaaaaaaa.x', fields },
      { model: 'blog.post', pk: 2, fields: { text: 'x'.repeat(2_000_000) } },
    ];
    // What is too long to be looked at might have been a key.
    expect(await readInput('drf', JSON.stringify(dump))).toMatchObject([
      { row: { prefix: 'aaaaaaaa' } },
      { fault: expect.stringContaining('is longer than 1,048,576 bytes.') },
    ]);
  });
});

describe('rows of release 0.x', () => {
  test.each([
    ['0.1', 'key'],
    ['0.2 to 0.4', 'token, hashed_token'],
  ])('%s are told to be issued again, without what they hold', async (_release, columns) => {
    const token = 'f'.repeat(40);
    const values = columns.includes(',') ? [token, 'h'] : [token];
    const path = await folder.sqlite(
      {
        sql: `create table rest_framework_api_key_apikey (id integer primary key, created datetime,
                client_id varchar(50), ${columns}, revoked bool)`,
      },
      {
        sql: `insert into rest_framework_api_key_apikey (created, client_id, revoked, ${columns})
              values (?, 'acme', 0, ${values.map(() => '?')})`,
        values: [[CREATED, ...values]],
      },
    );
    const found = await read('drf', path);
    const fault = expect.stringContaining('issue a new key instead');
    expect(found).toEqual([
      { place: 'rest_framework_api_key_apikey row 1', id: 'acme', fault, isToBeReissued: true },
    ]);
    expect(JSON.stringify(found)).not.toContain(token);
    const csv = `id,created,client_id,${columns.replace(' ', '')},revoked\n1,${CREATED},acme,${values},False\n`;
    expect(await readInput('drf', csv)).toEqual([
      { place: 'line 2', id: 'acme', fault, isToBeReissued: true },
    ]);
  });
});

describe('a row that is not whole', () => {
  test.each([
    ['has neither hash', ['x', '', '', 'n', CREATED, '', 'False'], 'has no hash'],
    ['has no prefix', ['1', '', HASH, 'n', CREATED, '', 'False'], 'has no prefix'],
    [
      'does not say if it is revoked',
      ['x', 'a', HASH, 'n', CREATED, '', 'perhaps'],
      'neither true nor false',
    ],
    [
      'says nothing of that',
      ['x', 'a', HASH, 'n', CREATED, '', ''],
      'neither true nor false in revoked',
    ],
    [
      'expires on no day',
      ['x', 'a', HASH, 'n', CREATED, '2026-02-30', 'False'],
      'has no time in expiry_date',
    ],
    [
      'was made at no time',
      ['x', 'a', HASH, 'n', 'yesterday', '', 'False'],
      'has no time in created',
    ],
  ])('because it %s is told, and no value of it', async (_what, cells, message) => {
    const rows = await readInput('drf', `${COLUMNS.replaceAll(' ', '')}\n${cells.join(',')}\n`);
    expect(rows).toMatchObject([{ place: 'line 2', fault: expect.stringContaining(message) }]);
    expect(rows[0]?.fault).not.toMatch(/perhaps|yesterday|02-30|sha512/);
  });

  test('because a column is called "__proto__" is told', async () => {
    const csv = `${COLUMNS.replaceAll(' ', '')},__proto__\n1,a,${HASH},n,${CREATED},,False,x\n`;
    const [found] = await readInput('drf', csv);
    expect(found?.fault).toContain('a column named "__proto__"');
  });
});
