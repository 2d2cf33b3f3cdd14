import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { postgresOrSkip } from '../../setup/postgres.js';
import { customTable, Folder, postgresWith, read, readInput } from './sources.js';

const HASH = `sha512$$${'0'.repeat(128)}`;
const CREATED = '2026-05-16 11:59:58.876544';

const folder = new Folder();
afterAll(() => folder.remove());

describe('a SQLite file', () => {
  test('of many rows is read whole, in blocks, with numbers beyond 2^53 and names in no UTF-8', async () => {
    const count = 2_500;
    const rows = Array.from({ length: count }, (_, at) => [
      ...[2n ** 60n + BigInt(at), `p${at}`, HASH, `key ${at}`, CREATED, null, 0, null, null, null],
    ]);
    const path = await folder.sqlite(...customTable('org_key', rows), {
      sql: `update org_key set name = cast(x'ff41' as text) where prefix = 'p7'`,
    });
    const found = await read('drf', path);
    expect(found).toHaveLength(count);
    expect(found[7]).toEqual({
      place: 'org_key row 8',
      fault: 'is not valid UTF-8. Save the source as UTF-8.',
    });
    expect(found.at(-1)?.row).toMatchObject({
      id: `p${count - 1}.${2n ** 60n + BigInt(count - 1)}`,
    });
  });

  test('in UTF-16, and a table WITHOUT ROWID, are read as well', async () => {
    const path = await folder.sqlite(
      { sql: `pragma encoding = 'UTF-16le'` },
      {
        sql: `create table k (id text primary key, prefix, hashed_key, name, created, revoked) without rowid`,
      },
      { sql: `insert into k values ('1', 'a', ?, 'clé 🔐', ?, 0)`, values: [[HASH, CREATED]] },
    );
    expect((await read('drf', path))[0]?.row).toMatchObject({ id: 'a.1', name: 'clé 🔐' });
  });

  test('is not changed', async () => {
    const path = await folder.sqlite(...customTable('org_key', []));
    expect(await read('drf', path)).toEqual([]);
  });
});

describe('a PostgreSQL', () => {
  test('is read in any schema, with infinity, and by no more than select', async (ctx) => {
    postgresOrSkip(ctx);
    const database = await postgresWith(
      { sql: 'create schema org' },
      {
        sql: `create table org."Keys" (id bigint primary key, prefix text, hashed_key text, name text,
                created timestamptz, expiry_date timestamptz, revoked boolean, plan jsonb, "order" int)`,
      },
      {
        sql: `insert into org."Keys" select 9007199254740993 + n, 'p' || n, '${HASH}', 'key ' || n,
                '2026-05-16 13:59:58.000001+02', 'infinity', false, '{"plan": "gold"}', n
              from generate_series(1, 2500) as n`,
      },
    );
    try {
      const found = await read('drf', database.url);
      expect(found).toHaveLength(2_500);
      expect(found[0]).toEqual({
        place: 'org.Keys row 1',
        row: {
          id: 'p1.9007199254740994',
          name: 'key 1',
          createdAt: '2026-05-16T11:59:58.000001Z',
          state: 'active',
          prefix: 'p1',
          start: 'p1',
          hash: HASH,
          metadata: { plan: { plan: 'gold' }, order: 1 },
        },
      });
      expect(await read('drf', database.url, { table: 'org.Keys' })).toHaveLength(2_500);
      await expect(read('drf', database.url, { table: 'org.Kays' })).rejects.toThrow(
        'Did you mean org.Keys?',
      );
    } finally {
      await database.drop();
    }
  });

  test('has its tables named without their schema, where there is one of the name', async (ctx) => {
    postgresOrSkip(ctx);
    const columns = 'id bigint, prefix text, hashed_key text, name text, revoked boolean';
    const database = await postgresWith(
      { sql: 'create schema org' },
      { sql: 'create schema other' },
      { sql: `create table org."Partner" (${columns})` },
      { sql: `insert into org."Partner" values (1, 'p', '${HASH}', 'key', false)` },
      { sql: `create table org."Keys" (${columns})` },
      { sql: 'create table other."Keys" (id bigint)' },
    );
    try {
      expect(await read('drf', database.url, { table: 'Partner' })).toMatchObject([
        { place: 'org.Partner row 1', row: { prefix: 'p' } },
      ]);
      await expect(read('drf', database.url, { table: 'Keys' })).rejects.toThrow(
        'Name one of them: org.Keys, other.Keys',
      );
    } finally {
      await database.drop();
    }
  });

  test('may have a column that is nested too deep to be kept', async (ctx) => {
    postgresOrSkip(ctx);
    const deep = `${'['.repeat(3_000)}${']'.repeat(3_000)}`;
    const database = await postgresWith(
      {
        sql: 'create table k (id int, prefix text, hashed_key text, name text, revoked bool, more json)',
      },
      { sql: `insert into k values (1, 'a', '${HASH}', 'n', false, $1)`, values: [[deep]] },
    );
    try {
      const [found] = await read('drf', database.url);
      expect(found?.fault).toContain('is nested deeper than 16 levels.');
    } finally {
      await database.drop();
    }
  });

  test('that knows no encoding gives out no bytes as other characters', async (ctx) => {
    postgresOrSkip(ctx);
    const server = await postgresWith({ sql: 'select 1' });
    const url = new URL(server.url);
    const name = `${url.pathname.slice(1)}_ascii`;
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      await client.query(
        `create database ${name} template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`,
      );
      url.pathname = `/${name}`;
      const inside = new pg.Client({ connectionString: url.href });
      await inside.connect();
      await inside.query(
        'create table k (id int, prefix text, hashed_key text, name text, revoked bool)',
      );
      await inside.query(`insert into k values (1, 'a', '${HASH}', E'caf\\xe9', false),
        (2, 'b', '${HASH}', 'plain', false)`);
      await inside.end();
      const found = await read('drf', url.href);
      expect(found.map(({ row, fault }) => row?.['name'] ?? fault)).toEqual([
        'is not valid UTF-8. Save the source as UTF-8.',
        'plain',
      ]);
    } finally {
      await client.query(`drop database if exists ${name} with (force)`);
      await client.end();
      await server.drop();
    }
  });

  test('that is not there, or lets this user not in, is told without the password', async (ctx) => {
    postgresOrSkip(ctx);
    const database = await postgresWith({ sql: 'select 1' });
    await database.drop();
    const url = new URL(database.url);
    url.password = 'hunter2';
    const reading = read('drf', url.href);
    await expect(reading).rejects.toThrow('There is no database at');
    await expect(reading).rejects.not.toThrow('hunter2');
  });
});

describe('a custom model from before 1.4, whose ids alone show what it is', () => {
  const make = `create table org_earlykey (id varchar(200) primary key, created timestamp, name varchar(50),
    revoked boolean, expiry_date timestamp)`;
  const fill = (id: string, name: string) =>
    `insert into org_earlykey values ('${id}', '${CREATED}', '${name}', false, null)`;
  // Of another application, with the same columns.
  const strangers = `create table oauth_token (id varchar(100), created timestamp, name text, revoked boolean)`;
  const stranger = `insert into oauth_token values ('t1.x', '${CREATED}', 'a token', false)`;
  const statements = [
    ...[make, fill('damaged', 'first'), fill(`pfx.${HASH}`, 'second'), strangers, stranger],
  ].map((sql) => ({ sql }));
  const found = [
    expect.objectContaining({ fault: expect.any(String) }),
    expect.objectContaining({ row: expect.objectContaining({ name: 'second', prefix: 'pfx' }) }),
  ];

  test('is found in a SQLite file, beside the usual table, and no row is passed over', async () => {
    const path = await folder.sqlite(...statements);
    expect(await read('drf', path)).toEqual(found);
    const both = await folder.sqlite(
      ...statements,
      ...customTable('rest_framework_api_key_apikey', [
        [1, 'a', HASH, 'third', CREATED, null, 0, null, null, null],
      ]),
    );
    expect(await read('drf', both)).toHaveLength(3);
  });

  test('is found in a PostgreSQL', async (ctx) => {
    postgresOrSkip(ctx);
    const database = await postgresWith(...statements);
    try {
      expect(await read('drf', database.url)).toEqual(found);
    } finally {
      await database.drop();
    }
  });
});

describe('a source that is something else', () => {
  test.each([
    ['an XML dump', '<?xml version="1.0"?><django-objects>', 'is XML or YAML.'],
    ['a YAML dump', '- model: rest_framework_api_key.apikey\n  pk: x\n', 'is XML or YAML.'],
    ['SQL', 'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;', 'holds SQL.'],
    ['compressed', Buffer.from([0x1f, 0x8b, 8, 0]), 'is compressed.'],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004....'), 'is a zip archive or a spreadsheet.'],
    ['UTF-16', Buffer.from('\ufeffid,prefix\n', 'utf16le'), 'is UTF-16.'],
    ['UTF-16 without a mark', Buffer.from('id,prefix\n', 'utf16le'), 'is UTF-16.'],
    ['UTF-16 of the other order', Buffer.from('id\n', 'utf16le').swap16(), 'is UTF-16.'],
    ['PostgreSQL’s own dump', 'PGDMP....', 'is a dump of PostgreSQL.'],
    ['a CSV of another table', 'id,username\n1,kim\n', 'is no CSV of a table of'],
    [
      'a dumpdata without keys',
      '[{"model": "auth.user", "pk": 1, "fields": {}}]',
      'It has auth.user.',
    ],
    ['a damaged SQLite file', 'SQLite format 3\0and then nothing', 'is damaged, or is no SQLite'],
  ])('%s, is refused with what to do', async (_what, content, message) => {
    await expect(read('drf', folder.file(content))).rejects.toThrow(message);
  });

  test('is told: a file that is not there, a folder, and a database without keys', async () => {
    await expect(read('drf', folder.path('gone'))).rejects.toThrow('is not there.');
    await expect(read('drf', '.')).rejects.toThrow('is a folder.');
    const empty = await folder.sqlite({ sql: 'create table auth_user (id integer primary key)' });
    await expect(read('drf', empty)).rejects.toThrow(
      'Name the table that holds keys: --table NAME',
    );
    await expect(read('drf', empty, { table: 'auth_usr' })).rejects.toThrow(
      'Did you mean auth_user?',
    );
  });

  test('has no keys where a dump of the right model is empty', async () => {
    expect(await readInput('drf', '[]')).toEqual([]);
  });

  test('never shows a key that stands where names of columns should', async () => {
    const key = 'qtv37XGj.78WXsVLi9fy2CLFQZJ9HCoUKmGNUvkNM';
    for (const from of ['drf', 'csv'] as const) {
      const reading = readInput(from, `${key},1,Acme\n2,b,c\n`);
      await expect(reading).rejects.toThrow(/column/i);
      await expect(reading).rejects.not.toThrow(key);
    }
  });
});
