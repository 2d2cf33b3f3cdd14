import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SourceRow } from '../../../src/cli/import/source-row.js';
import { postgresOrSkip } from '../../setup/postgres.js';
import { Folder, postgresWith, read, type SqlStatement } from './sources.js';

interface Row {
  readonly id: string;
  readonly prefix: string | null;
  readonly hashed_key: string | null;
  readonly name: string;
  readonly created: string;
  readonly expiry_date: string | null;
  readonly revoked: boolean;
}

const recorded: { readonly vectors: readonly { readonly row: Row }[] } = JSON.parse(
  readFileSync(new URL('../../vectors/drf.json', import.meta.url), 'utf8'),
);

/** From before 1.4, when the table had no columns for prefix and hash. */
const early = rowsWhere(({ prefix }) => prefix === null);
const later = rowsWhere(({ prefix }) => prefix !== null);

/** Rows of real releases, as one table can hold them: several vectors are of one row. */
function rowsWhere(isWanted: (row: Row) => boolean): readonly Row[] {
  const rows = recorded.vectors.map(({ row }) => row).filter(isWanted);
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

const TABLE = 'rest_framework_api_key_apikey';
const EARLY = ['id', 'name', 'created', 'expiry_date', 'revoked'] as const;
const LATER = [...EARLY, 'prefix', 'hashed_key'] as const;

/** What each row has to come out as, said without the reader. */
function expectedOf({ id, prefix, hashed_key, name, created, expiry_date, revoked }: Row) {
  const dot = id.indexOf('.');
  return {
    name,
    createdAt: bare(created),
    ...(expiry_date === null ? {} : { expiresAt: expiry_date }),
    state: revoked ? 'revoked' : 'active',
    prefix: prefix ?? id.slice(0, dot),
    start: prefix ?? id.slice(0, dot),
    hash: hashed_key ?? id.slice(dot + 1),
  };
}

function bare(time: string): string {
  return time.replace(/\.0+Z$/, 'Z');
}

const folder = new Folder();
afterAll(() => folder.remove());

describe.each([
  ['from 1.0 to 1.3', early, EARLY],
  ['from 1.4 on', later, LATER],
] as const)('every recorded row of releases %s', (_releases, expected, columns) => {
  test('comes out of a SQLite file', async () => {
    const path = await folder.sqlite(...inSqlite(expected, columns));
    expectRows(await read('drf', path), expected);
    expect(await read('drf', `sqlite:${path}`)).toHaveLength(expected.length);
  });

  test('comes out of a PostgreSQL', async (ctx) => {
    postgresOrSkip(ctx);
    const database = await postgresWith(...inPostgres(expected, columns));
    try {
      expectRows(await read('drf', database.url), expected);
    } finally {
      await database.drop();
    }
  });

  test.each([
    ['in one line', undefined, ''],
    ['indented', 2, ''],
    ['indented, with other models', 2, 'and'],
  ])('comes out of a dumpdata %s', async (_how, indent, others) => {
    const objects = expected.map(({ id: pk, ...row }) => {
      const fields = Object.fromEntries(
        Object.entries(row).filter(([name]) => isIn(columns, name)),
      );
      return { model: 'rest_framework_api_key.apikey', pk, fields };
    });
    const user = { model: 'auth.user', pk: 1, fields: { username: 'kim', revoked: false } };
    const all = others === '' ? objects : [user, ...objects, user];
    expectRows(await read('drf', folder.file(JSON.stringify(all, null, indent))), expected);
  });

  test('comes out of a dumpdata of JSON lines', async () => {
    const lines = expected.map(({ id: pk, ...fields }) =>
      JSON.stringify({ model: 'clients.clientkey', pk, fields }),
    );
    expectRows(await read('drf', folder.file(`${lines.join('\n')}\n`)), expected);
  });

  test.each([
    ['as Python writes it', ['True', 'False'], '\r\n', ''],
    ['as PostgreSQL writes it', ['t', 'f'], '\n', ''],
    ['as a spreadsheet saves it', ['TRUE', 'FALSE'], '\r\n', '\ufeff'],
    ['as SQLite writes it', ['1', '0'], '\n', ''],
  ])('comes out of a CSV %s', async (...[, answers, end, mark]) => {
    const cells = expected.map((row) =>
      columns.map((column) => cell(cellOf(row, column), answers)),
    );
    const text = [columns, ...cells].map((line) => line.join(',')).join(end);
    expectRows(await read('drf', folder.file(`${mark}${text}${end}`)), expected);
  });
});

describe('a row', () => {
  let ids: readonly unknown[][];

  beforeAll(async () => {
    const dump = later.map(({ id: pk, ...fields }) => ({ model: 'a.apikey', pk, fields }));
    const found = [
      await read('drf', await folder.sqlite(...inSqlite(later, LATER))),
      await read('drf', folder.file(JSON.stringify(dump))),
    ];
    ids = found.map((one) => one.map(({ row }) => row?.['id']));
  });

  test('has the same id wherever it is read, and no other row has it', () => {
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids[0]).size).toBe(later.length);
  });

  test('has no hash in its id', () => {
    expect(ids[0]?.filter((id) => String(id).includes('$'))).toEqual([]);
  });
});

function expectRows(found: readonly SourceRow[], expected: readonly Row[]): void {
  expect(found.filter(({ fault }) => fault !== undefined)).toEqual([]);
  const rowsFound = found.map(({ row }) => {
    const { id: _id, ...fields } = row ?? {};
    return fields;
  });
  expect(rowsFound).toEqual(expected.map(expectedOf));
}

/** As Django 1.11 to 5 make the table, and write times and booleans. */
function inSqlite(all: readonly Row[], columns: readonly string[]): readonly SqlStatement[] {
  return [
    {
      sql: `create table "${TABLE}" ("id" varchar(150) not null primary key, "name" varchar(50) not null,
              "created" datetime not null, "expiry_date" datetime null, "revoked" bool not null
              ${columns === LATER ? ', "prefix" varchar(8) not null, "hashed_key" varchar(150) not null' : ''})`,
    },
    {
      sql: `insert into "${TABLE}" (${columns.join(', ')}) values (${columns.map(() => '?')})`,
      values: all.map((row) =>
        columns.map((column) => {
          const value = cellOf(row, column);
          if (typeof value === 'boolean') return Number(value);
          const isTime = column === 'created' || column === 'expiry_date';
          return isTime && value !== null ? value.replace('T', ' ').replace('Z', '') : value;
        }),
      ),
    },
  ];
}

function inPostgres(all: readonly Row[], columns: readonly string[]): readonly SqlStatement[] {
  return [
    {
      sql: `create table "${TABLE}" ("id" varchar(200) not null primary key, "name" varchar(50) not null,
              "created" timestamp with time zone not null, "expiry_date" timestamp with time zone null,
              "revoked" boolean not null
              ${columns === LATER ? ', "prefix" varchar(20) not null, "hashed_key" varchar(200) not null' : ''})`,
    },
    {
      sql: `insert into "${TABLE}" (${columns.join(', ')})
            values (${columns.map((_, index) => `$${index + 1}`)})`,
      values: all.map((row) => columns.map((column) => cellOf(row, column))),
    },
  ];
}

function cellOf(row: Row, column: string): string | boolean | null {
  return Object.entries(row).find(([name]) => name === column)?.[1] ?? null;
}

function isIn(columns: readonly string[], name: string): boolean {
  return columns.includes(name);
}

function cell(value: string | boolean | null, [yes = '', no = '']: readonly string[]): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? yes : no;
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
