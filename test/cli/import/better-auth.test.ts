import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { SourceRow } from '../../../src/cli/import/source-row.js';
import { postgresOrSkip } from '../../setup/postgres.js';
import { Folder, postgresWith, read, readInput, type SqlStatement } from './sources.js';

type Value = string | number | boolean | null;
type Row = Readonly<Record<string, Value>>;

interface Recording {
  readonly database: string;
  readonly schema: string;
  readonly cases: readonly {
    readonly name: string;
    readonly id: string;
    readonly plaintext: string;
  }[];
  readonly rows: readonly Row[];
}

const recorded: { readonly recordings: readonly Recording[] } = JSON.parse(
  readFileSync(new URL('../../vectors/better-auth.json', import.meta.url), 'utf8'),
);

const folder = new Folder();
afterAll(() => folder.remove());

describe('the keys of a real better-auth', () => {
  test('come out of its SQLite file', async () => {
    const recording = recordingOf('sqlite');
    const path = await folder.sqlite(...statementsOf(recording, () => '?'));
    expectKeys(await read('better-auth', path), recording);
  });

  test('come out of its PostgreSQL', async (ctx) => {
    postgresOrSkip(ctx);
    const recording = recordingOf('postgres');
    const database = await postgresWith(...statementsOf(recording, (at) => `$${at + 1}`));
    try {
      expectKeys(await read('better-auth', database.url), recording);
    } finally {
      await database.drop();
    }
  });

  test.each(['sqlite', 'postgres'])('come out of JSON of its rows in %s', async (kind) => {
    const recording = recordingOf(kind);
    expectKeys(await readInput('better-auth', JSON.stringify(recording.rows)), recording);
    const lines = recording.rows.map((row) => JSON.stringify(row)).join('\n');
    expectKeys(await readInput('better-auth', lines), recording);
  });

  test('come out of a CSV, and of a table whose columns an adapter named its own way', async () => {
    const recording = recordingOf('postgres');
    const columns = Object.keys(recording.rows[0] ?? {});
    const names = columns.map((name) =>
      name.replaceAll(/[A-Z]/g, (one) => `_${one.toLowerCase()}`),
    );
    const lines = recording.rows.map((row) =>
      columns.map((name) => cell(row[name] ?? null)).join(','),
    );
    expectKeys(await readInput('better-auth', [names.join(','), ...lines].join('\n')), recording);
  });
});

test.each(['better-auth', 'drf'] as const)(
  'rows of %s in a file are of no table to choose',
  async (from) => {
    for (const rows of ['id,key\n1,x', ...(from === 'drf' ? [] : ['[{"id": "1"}]'])]) {
      const reading = readInput(from, rows, { table: 'apikey' });
      await expect(reading).rejects.toThrow('--table names one of a database. Leave it out.');
    }
  },
);

describe('a key of better-auth', () => {
  const usual: Row = { id: '1', key: digestOf('acme_key'), referenceId: 'kim', name: 'n' };

  test('with columns of one’s own that narrow it says that nobody enforces them here', async () => {
    const own = { banned: true, plan: 'gold', allowedIps: '203.0.113.7' };
    const [found] = await readInput('better-auth', JSON.stringify([{ ...usual, ...own }]));
    expect(found?.row).toMatchObject({ metadata: own });
    expect(found?.notes).toEqual([
      expect.stringContaining('enforced by nobody here: banned, allowedIps.'),
    ]);
  });

  test.each<[string, Row, string]>([
    [
      'of some addresses only is not let in from all',
      { ipAllowlist: '["10.0.0.0/8"]' },
      'works from some addresses only',
    ],
    [
      'with permissions that are no lists',
      { permissions: '{"files":"read"}' },
      'no lists of actions',
    ],
    ['with damaged permissions', { permissions: '{"files"' }, 'no valid JSON in permissions'],
    ['that may be enabled', { enabled: 'perhaps' }, 'neither true nor false in enabled'],
    ['without a key', { key: null }, 'has no key.'],
  ])('%s is told', async (_what, fields, message) => {
    const [found] = await readInput('better-auth', JSON.stringify([{ ...usual, ...fields }]));
    expect(found?.fault).toContain(message);
  });

  test('that has used up its requests comes as disabled', async () => {
    const [found] = await readInput('better-auth', JSON.stringify([{ ...usual, remaining: 0 }]));
    expect(found?.row).toMatchObject({ state: 'disabled' });
    expect(found?.notes).toEqual(['It has no requests left, and comes as disabled.']);
  });

  test('of an early release has its owner in userId, or where it is said to be', async () => {
    const { referenceId: _owner, ...early } = usual;
    const input = JSON.stringify([{ ...early, userId: 'kim', team_id: 't-1' }]);
    const [found] = await readInput('better-auth', input);
    expect(found?.row).toMatchObject({ owner: 'kim', metadata: { team_id: 't-1' } });
    const [other] = await readInput('better-auth', input, { ownerColumn: 'team_id' });
    expect(other?.row).toMatchObject({ owner: 't-1' });
    expect(other?.row).not.toHaveProperty('metadata');
  });

  test.each<[string, Row]>([
    [
      '43 characters that begin with its prefix and start',
      { key: `acme_${'x'.repeat(37)}A`, prefix: 'acme_', start: 'acme_x' },
    ],
    [
      '43 characters that begin with its start',
      { key: `Abcdef${'x'.repeat(36)}A`, start: 'Abcdef' },
    ],
    ['no 32 bytes in base64url', { key: 'x'.repeat(43) }],
  ])('that stands there itself is no digest: %s', async (_what, fields) => {
    const [found] = await readInput('better-auth', JSON.stringify([{ ...usual, ...fields }]));
    expect(found?.row).toMatchObject({ plaintext: fields['key'] });
    expect(found?.row).not.toHaveProperty('sha256');
  });

  test.each<[string, Row]>([
    ['start', { prefix: 'k_', start: 'k_Vn8q' }],
    ['prefix', { prefix: 'ak_', start: 'k_xxxx' }],
  ])('is not taken for a digest that begins as it does, but for its %s', async (_what, fields) => {
    const key = `k_${'x'.repeat(40)}A`; // As one digest in 4 096 does.
    const [found] = await readInput('better-auth', JSON.stringify([{ ...usual, ...fields, key }]));
    expect(found?.row).toMatchObject({ sha256: key });
    expect(found?.row).not.toHaveProperty('plaintext');
  });

  test.each<[string, Row]>([
    ['its prefix alone', { prefix: 'k_' }],
    ['a short start', { prefix: 'k_', start: 'k_' }],
  ])('that nothing but %s tells from its digest is refused, and not guessed', async (...args) => {
    const key = `k_${'x'.repeat(40)}A`;
    const [found] = await readInput('better-auth', JSON.stringify([{ ...usual, ...args[1], key }]));
    expect(found?.fault).toContain('nobody can tell which');
    expect(JSON.stringify(found)).not.toContain(key);
  });

  test.each<[string, Value, unknown]>([
    ['the text of a text', JSON.stringify(JSON.stringify({ plan: 'gold' })), { plan: 'gold' }],
    ['a list', '["gold"]', { metadata: ['gold'] }],
    ['nothing', 'null', undefined],
  ])('has metadata that is %s', async (_what, metadata, expected) => {
    const [found] = await readInput('better-auth', JSON.stringify([{ ...usual, metadata }]));
    expect(found?.row?.['metadata']).toEqual(expected);
  });
});

function expectKeys(found: readonly SourceRow[], { cases }: Recording): void {
  const rowOf = (name: string) => {
    const known = cases.find((one) => one.name === name);
    const row = found.find((one) => one.row?.['id'] === known?.id);
    return { plaintext: known?.plaintext ?? '', row: row?.row, notes: row?.notes };
  };
  expect(found).toHaveLength(cases.length);
  expect(found.flatMap(({ fault }) => fault ?? [])).toEqual([]);
  for (const { name, plaintext } of cases) {
    const { row } = rowOf(name);
    const isPlain = name === 'plain';
    expect(row?.[isPlain ? 'plaintext' : 'sha256'], name).toBe(
      isPlain ? plaintext : digestOf(plaintext),
    );
    expect(row, name).toHaveProperty('owner', expect.stringMatching(/^\w{32}$/));
    expect(row?.['start'] ?? plaintext, name).toBe(
      name === 'no start' ? plaintext : plaintext.slice(0, 6),
    );
  }
  expect(rowOf('full').row).toMatchObject({
    name: 'Acme CI',
    prefix: 'acme_',
    scopes: ['files:read', 'files:write', 'users.admin:read'],
    metadata: { plan: 'gold', seats: 3 },
    state: 'active',
    createdAt: expect.stringMatching(/^2026-11-26T05:30:5\d(\.\d{3})?Z$/),
    expiresAt: expect.stringMatching(/^2026-12-26T05:30:5\d(\.\d{3})?Z$/),
  });
  expect(rowOf('default').row).toMatchObject({ name: '', scopes: [], state: 'active' });
  expect(rowOf('default').row).not.toHaveProperty('metadata');
  expect(rowOf('default').row).not.toHaveProperty('expiresAt');
  expect(rowOf('disabled').row).toMatchObject({ state: 'disabled' });
  expect(rowOf('credits').notes).toEqual([
    'Its rate limit of 100 in 60000 ms is not taken over yet.',
    'Its limit of 5 requests that remain is not taken over yet.',
  ]);
  expect(rowOf('default').notes?.join()).not.toContain('configId');
  for (const name of ['plain', 'no start']) {
    expect(rowOf(name).notes).toEqual([expect.stringMatching(/\(configId\) is not taken over/)]);
  }
}

describe('keys of several configurations', () => {
  const rows = JSON.stringify([
    { id: '1', key: digestOf('one'), configId: 'partner' },
    { id: '2', key: digestOf('two'), configId: 'default' },
    { id: '3', key: digestOf('three') },
  ]);

  test.each([
    ['partner', ['1']],
    ['default', ['2', '3']],
    ['nobody', []],
  ])('are taken one configuration at a time: %s', async (fromKeyspace, taken) => {
    const made = await readInput('better-auth', rows, { fromKeyspace });
    expect(made.flatMap(({ row }) => (row === undefined ? [] : [row['id']]))).toEqual(taken);
    expect(made.filter(({ row }) => row === undefined).map(({ fault }) => fault)).toEqual(
      Array.from({ length: 3 - taken.length }, () => expect.stringContaining('(configId)')),
    );
    expect(made.flatMap(({ notes = [] }) => notes).join()).not.toContain('configId');
  });

  test('are told how to be parted where all are taken', async () => {
    const [first, ...others] = await readInput('better-auth', rows);
    expect(first?.notes?.join()).toContain('--from-keyspace');
    expect(others.flatMap(({ notes = [] }) => notes)).toEqual([]);
  });
});

function recordingOf(kind: string): Recording {
  const found = recorded.recordings.find(({ database }) => database === kind);
  if (found === undefined) throw new Error(`Nothing was recorded in ${kind}.`);
  return found;
}

function statementsOf(
  { schema, rows }: Recording,
  markOf: (at: number) => string,
): readonly SqlStatement[] {
  const columns = Object.keys(rows[0] ?? {});
  const names = columns.map((name) => `"${name}"`).join(', ');
  const values = rows.map((row) => columns.map((name) => row[name]));
  const marks = columns.map((_, at) => markOf(at)).join(', ');
  return [{ sql: schema }, { sql: `insert into apikey (${names}) values (${marks})`, values }];
}

function digestOf(plaintext: string): string {
  return createHash('sha256').update(plaintext).digest('base64url');
}

function cell(value: Value): string {
  return value === null ? '' : `"${String(value).replaceAll('"', '""')}"`;
}
