import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonRecords } from './json-objects.js';
import type { SourceFile } from './source-file.js';

const MAX_BYTES = 1_024;
const NO_OBJECT = 'is no JSON object. Write one, as {"name": "…"}.';

describe('JSON objects', () => {
  test.each([
    ['in a list', '[\n  {"id": 1},\n  {"id": 2, "of": [{"a": "]}"}]}\n]'],
    ['one after another', '{\n"id": 1}{"id": 2, "of": [{"a": "]}"}]}\n'],
    ['in lists one after another', '[{"id": 1}]\n\n[{"id": 2, "of": [{"a": "]}"}]}]'],
  ])('are found %s', async (_how, text) => {
    const found = await read('json', text);
    expect(found).toMatchObject([{ id: 1 }, { id: 2, of: [{ a: ']}' }] }]);
  });

  test('are found one a line, and a damaged line costs no other', async () => {
    expect(await read('json_lines', '{"id": 1}\r\n{"id": 2\n\n[3]\n"4"\n{"id": 5}')).toEqual([
      { place: 'line 1', id: 1 },
      { place: 'line 2', fault: NO_OBJECT },
      { place: 'line 4', fault: NO_OBJECT },
      { place: 'line 5', fault: NO_OBJECT },
      { place: 'line 6', id: 5 },
    ]);
  });

  test.each([
    ['at the top', '{"state": "revoked", "id": 1, "state": "active"}'],
    ['further in', '{"id": 1, "of": [{"a:\\":": {"b": 1, "b" : 1}}]}'],
    ['in two spellings', '{"id": 1, "\\u0069d": 2}'],
  ])('that name a field twice %s are told: the last one would count, unseen', async (_at, text) => {
    expect(await read('json', `[${text}, {"id": 2}]`)).toEqual([
      { place: 'line 1', fault: expect.stringContaining('names a field twice') },
      { place: 'line 1', id: 2 },
    ]);
  });

  test('may hold whatever JSON can', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), async (value) => {
        const [found] = await read('json_lines', JSON.stringify({ ...value, of: [value] }));
        expect(String(found?.['fault'] ?? '')).not.toContain('twice');
      }),
    );
  });

  test('are told by the line they begin on', async () => {
    expect(await read('json', '[\n\n{"id":\n1},\n{"id": 2}]')).toMatchObject([
      { place: 'line 3' },
      { place: 'line 5' },
    ]);
  });

  test.each(['json', 'json_lines'] as const)(
    'of 10 MB or in no UTF-8 are told and passed over (%s)',
    async (format) => {
      const long = `{"id": "${'x'.repeat(10_000_000)}"}\n`;
      const latin = Buffer.concat([
        Buffer.from('{"id": "'),
        Buffer.from([0xe9]),
        Buffer.from('"}\n'),
      ]);
      const bytes = Buffer.concat([Buffer.from(long), latin, Buffer.from('{"id": 3}\n')]);
      expect(await read(format, bytes)).toEqual([
        { place: 'line 1', fault: expect.stringContaining('is longer than 1,024 bytes.') },
        { place: 'line 2', fault: 'is not valid UTF-8. Save the source as UTF-8.' },
        { place: 'line 3', id: 3 },
      ]);
    },
  );

  test('that break off are told, and so is what stands between them', async () => {
    expect(await read('json', '[{"id": 1}, 2, null, {"id": 3}, {"id": ')).toEqual([
      { place: 'line 1', id: 1 },
      { place: 'line 1', fault: expect.stringContaining('something beside an object') },
      { place: 'line 1', id: 3 },
      { place: 'line 1', fault: expect.stringContaining('breaks off') },
    ]);
    expect(await read('json', '[{"id": 1}')).toEqual([
      { place: 'line 1', id: 1 },
      { place: 'line 1', fault: expect.stringContaining('breaks off') },
    ]);
  });

  test.each(['json', 'json_lines'] as const)(
    'nested a hundred thousand levels deep are told and passed over (%s)',
    async (format) => {
      const deep = `{"id": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
      expect(await read(format, `${deep}\n{"id": 2}\n`, { maxBytes: 1e6 })).toEqual([
        { place: 'line 1', fault: expect.stringContaining('nested deeper than 32 levels') },
        { place: 'line 2', id: 2 },
      ]);
    },
  );

  test('may have a field of any name', async () => {
    const [found] = await read('json', '[{"__proto__": {"isAdmin": true}, "constructor": 1}]');
    expect(Object.keys(found ?? {})).toEqual(['place', '__proto__', 'constructor']);
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });

  test('are what was written, however their bytes arrive', async () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 4 });
    const spaces = fc.constantFrom(undefined, 2);
    await fc.assert(
      fc.asyncProperty(
        objects,
        spaces,
        fc.integer({ min: 1, max: 9 }),
        async (list, indent, size) => {
          const found = await read('json', JSON.stringify(list, null, indent), {
            size,
            maxBytes: 1e6,
          });
          expect(found.map(({ place: _place, ...fields }) => fields)).toEqual(
            list
              .map((one) => JSON.parse(JSON.stringify(one)))
              .map(({ place: _own, ...fields }) => fields),
          );
        },
      ),
    );
  });
});

type Flat = Readonly<Record<string, unknown>>;

async function read(
  format: SourceFile['format'],
  content: string | Buffer,
  { size = 65_536, maxBytes = MAX_BYTES } = {},
) {
  const file = { format, chunks: chunksOf(Buffer.from(content), size) };
  const records: Flat[] = [];
  for await (const record of jsonRecords(file, maxBytes)) {
    const { place } = record;
    const fields =
      'fault' in record ? record : Object.fromEntries([['place', place], ...record.fields]);
    records.push(fields);
  }
  return records;
}

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
