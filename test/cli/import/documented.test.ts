import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { readerOf } from '../../../src/cli/import/readers.js';
import { Folder, read, readInput } from './sources.js';

const DIGEST = 'a'.repeat(64);

const folder = new Folder();
afterAll(() => folder.remove());

describe('JSONL in the documented shape', () => {
  const rows = [
    { id: '1', name: 'Acme CI', scopes: ['reports:read'], sha256: DIGEST, expiresAt: null },
    { id: '2', name: '', metadata: { plan: 'gold' }, plaintext: 'acme_78WXsVLi9fy2CLFQZJ9H' },
  ];

  test.each([
    ['one a line', rows.map((row) => JSON.stringify(row)).join('\n')],
    [
      'with a byte order mark and other line ends',
      `\ufeff${rows.map((row) => JSON.stringify(row)).join('\r\n')}`,
    ],
    ['in a list', JSON.stringify(rows, null, 2)],
  ])('is handed on as it stands, %s', async (_how, text) => {
    const fromInput = await readInput('jsonl', text);
    expect(fromInput.map(({ row }) => row)).toEqual(rows);
    expect(await read('jsonl', folder.file(text))).toEqual(fromInput);
  });

  test('is told where it is damaged, without what stands there, and read on', async () => {
    const text = `{"id": "1", "plaintext": "geheim\n{"id":"2"}\n{"__proto__": {"state": "active"}, "id": "3"}\n`;
    const found = await readInput('jsonl', text);
    expect(found).toEqual([
      { place: 'line 1', fault: expect.stringContaining('is no JSON object.') },
      { place: 'line 2', row: { id: '2' } },
      { place: 'line 3', fault: expect.stringContaining('a field named "__proto__".') },
    ]);
    expect(JSON.stringify(found)).not.toContain('geheim');
  });

  test('loses no row to a first line beyond what is looked at, nor to damaged ones after it', async () => {
    const long = `{"id": "0", "name": "${'x'.repeat(70 * 1024)}"}`;
    const good = ['1', '2', '3', '4', '5'].map((id) => `{"id": "${id}"}`);
    const lines = [long, good[0], '{"id": "9", "plaintext": "gehe', '"x"', ...good.slice(1)];
    const found = await read('jsonl', folder.file(lines.join('\n')));
    expect(found.map(({ place }) => place)).toEqual(lines.map((_, at) => `line ${at + 1}`));
    expect(found.flatMap(({ row }) => row?.['id'] ?? [])).toEqual(['1', '2', '3', '4', '5']);
    expect(found.flatMap(({ fault }) => fault ?? [])).toHaveLength(3);
  });

  test('is read row by row: the first is there while the rest is still to come', async () => {
    const endless = Readable.from(
      (function* lines() {
        for (let id = 0; ; id += 1) yield Buffer.from(`{"id": "${id}"}\n`.repeat(100));
      })(),
    );
    const reader = await readerOf('jsonl');
    let count = 0;
    for await (const { row } of reader('-', { stdin: endless })) {
      expect(row).toBeDefined();
      count += 1;
      if (count === 100_000) break;
    }
    expect(endless.destroyed).toBe(true);
  });

  test.each(['jsonl', 'csv', 'unkey', 'drf'] as const)(
    'is in no database, and an address is shown without its password (%s)',
    async (from) => {
      const reading = read(from, 'mysql://app:hunter2@db.example/app');
      await expect(reading).rejects.toThrow('mysql://app:[redacted]@db.example/app is an address');
      await expect(reading).rejects.not.toThrow('hunter2');
    },
  );

  test.each([
    ['jsonl', ''],
    ['jsonl', '\n \n'],
    ['csv', ''],
  ] as const)('says of an empty file that it is one (%s, %j)', async (from, text) => {
    await expect(readInput(from, text)).rejects.toThrow('is empty');
    expect(await readInput('jsonl', '[]')).toEqual([]);
  });

  test('takes no options of tables, and no SQLite file', async () => {
    await expect(readInput('jsonl', '{}', { table: 'x' })).rejects.toThrow(
      '--table and --owner-column',
    );
    await expect(readInput('jsonl', '{}', { ownerColumn: 'x' })).rejects.toThrow(
      'go with --from drf',
    );
    const path = await folder.sqlite({ sql: 'create table x (id)' });
    await expect(read('jsonl', path)).rejects.toThrow(
      'is a SQLite file. Say which system it is of',
    );
    await expect(read('csv', path)).rejects.toThrow('is a SQLite file. Say which system it is of');
  });
});

describe('a CSV in the documented shape', () => {
  test('says the same by columns: lists with spaces, metadata as JSON or column by column', async () => {
    const text = [
      'id,name,scopes,tags,metadata,metadata.plan,createdAt,expiresAt,state,sha256,plaintext',
      `1,"Acme, CI",reports:read reports:write,a b,"{""seats"": 3}",gold,2026-05-16 11:59:58.000001,,revoked,${DIGEST},`,
      '2,,,,,,,2027-01-01,,,acme_78WXsVLi9fy2CLFQZJ9H',
    ].join('\r\n');
    expect((await readInput('csv', text)).map(({ row }) => row)).toEqual([
      {
        id: '1',
        name: 'Acme, CI',
        scopes: ['reports:read', 'reports:write'],
        tags: ['a', 'b'],
        metadata: { seats: 3, plan: 'gold' },
        createdAt: '2026-05-16T11:59:58.000001Z',
        state: 'revoked',
        sha256: DIGEST,
      },
      { id: '2', expiresAt: '2027-01-01T00:00:00Z', plaintext: 'acme_78WXsVLi9fy2CLFQZJ9H' },
    ]);
  });

  test('keeps a metadata column of any name from doing harm', async () => {
    const [found] = await readInput('csv', 'id,metadata.__proto__\n1,x\n');
    expect(Object.keys(found?.row?.['metadata'] ?? {})).toEqual(['__proto__']);
  });

  test('is told of a field that stands in metadata and in a column, whichever comes first', async () => {
    for (const head of ['metadata,metadata.plan', 'metadata.plan,metadata']) {
      const both = head.startsWith('metadata,')
        ? ['{""plan"": 1}', 'gold']
        : ['gold', '{""plan"": 1}'];
      const cells = both.map((text) => `"${text}"`);
      const rows = [`1,${cells}`, `2,${cells.map((text) => (text.includes('gold') ? '' : text))}`];
      const found = await readInput('csv', `id,${head}\n${rows.join('\n')}\n`);
      expect(found).toEqual([
        { place: 'line 2', fault: expect.stringContaining('both in metadata and in a column') },
        { place: 'line 3', row: { id: '2', metadata: { plan: 1 } } },
      ]);
    }
  });

  test('is refused where it has a column that is not documented, by its number', async () => {
    await expect(readInput('csv', 'id,expires\n1,2027-01-01\n')).rejects.toThrow(
      'Column 2 of the CSV has a name that an import does not know. There are id, keyspace, name,',
    );
  });

  test.each([
    ['no time', 'expiresAt', 'soon', 'has no time in expiresAt.'],
    ['no JSON', 'metadata', '{plan: gold}', 'has no valid JSON in metadata.'],
    ['no object', 'metadata', '[1]', 'has no JSON object in metadata.'],
  ])('is told of %s', async (...[, column, value, message]) => {
    const [found] = await readInput('csv', `id,${column}\n1,${value}\n`);
    expect(found).toEqual({ place: 'line 2', fault: expect.stringContaining(message) });
  });
});
