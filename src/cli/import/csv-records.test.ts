import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRecords } from './csv-records.js';
import type { SourceRecord } from './source-row.js';

const MAX_BYTES = 1_024;

describe('a CSV', () => {
  test('is read with commas, line ends and quotes within quotes', async () => {
    const text = 'id,name\r\n1,"Acme, ""CI""\nof Rome"\r\n2,plain\r\n';
    expect(await read(text)).toEqual([
      { place: 'line 2', id: '1', name: 'Acme, "CI"\nof Rome' },
      { place: 'line 4', id: '2', name: 'plain' },
    ]);
  });

  test.each([';', '\t', '|'])('is read with %j between its fields', async (delimiter) => {
    const text = [`id${delimiter}name`, `1${delimiter}"Acme, CI"`].join('\n');
    expect(await read(text)).toEqual([{ place: 'line 2', id: '1', name: 'Acme, CI' }]);
  });

  test.each(['sep=;', 'SEP=;\r', '"sep=;"'])(
    'has its fields parted as %j before it says',
    async (line) => {
      const rows = 'id;name, or what\r\n1;Acme, CI, of, Rome\r\n';
      expect(await read(`${line}\n${rows}`)).toEqual([
        { place: 'line 3', id: '1', 'name, or what': 'Acme, CI, of, Rome' },
      ]);
      expect(await read('sep=,\nid,name;a;b\n1,c\n')).toEqual([
        { place: 'line 3', id: '1', 'name;a;b': 'c' },
      ]);
    },
  );

  test('needs no line end behind its last row, and takes empty lines and empty fields', async () => {
    expect(await read('id,name\n\n1,\n"",x')).toEqual([
      { place: 'line 3', id: '1', name: '' },
      { place: 'line 4', id: '', name: 'x' },
    ]);
  });

  test('says of a row with more or fewer fields that it has them, and goes on', async () => {
    const fault =
      'has 3 fields; the first line names 2, parted by commas. Write a field with commas in quotes.';
    expect(await read('id,name\n1,Acme, CI\n2,b\n3\n')).toEqual([
      { place: 'line 2', fault },
      { place: 'line 3', id: '2', name: 'b' },
      { place: 'line 4', fault: fault.replace('3 fields', '1 field') },
    ]);
  });

  test.each([
    [';', 'semicolons'],
    ['\t', 'tabs'],
    ['|', 'bars'],
  ])(
    'says of a row that is parted otherwise than by %j by what it was read',
    async (delimiter, name) => {
      expect(await read(`id${delimiter}name\n1,Acme`)).toEqual([
        {
          place: 'line 2',
          fault: `has 1 field; the first line names 2, parted by ${name}. Write a field with ${name} in quotes.`,
        },
      ]);
    },
  );

  test('says of bytes that are no UTF-8 that they are none, and changes none of them', async () => {
    const bytes = Buffer.concat([
      Buffer.from('id,name\n1,'),
      Buffer.from([0xe9]),
      Buffer.from('\n2,b'),
    ]);
    expect(await read(bytes)).toEqual([
      { place: 'line 2', fault: 'is not valid UTF-8. Save the source as UTF-8.' },
      { place: 'line 3', id: '2', name: 'b' },
    ]);
  });

  test('says of a quote within a field what to do, and goes on', async () => {
    const fault = expect.stringContaining('has a quote within a field.');
    expect(await read('id,name\n1,5" pipe\n2,"a"b\n3,c')).toEqual([
      { place: 'line 2', fault },
      { place: 'line 3', fault },
      { place: 'line 4', id: '3', name: 'c' },
    ]);
  });

  test('loses no row without a word to a quote that nothing closes', async () => {
    const long = Array.from({ length: 100 }, (_, at) => `${at},${'x'.repeat(20)}`).join('\n');
    const records = await read(`id,name\n1,"open\n${long}\nlast,row`);
    const [first, ...others] = records;
    const upTo = Number(/no line up to (\d+) was read/.exec(String(first?.['fault']))?.[1]);
    expect(first?.['place']).toBe('line 2');
    const lost = others.filter(({ fault }) => fault !== undefined);
    expect(lost.map(({ place }) => place)).toEqual(
      Array.from({ length: upTo - 2 }, (_, at) => `line ${at + 3}`),
    );
    expect(others.at(-1)).toEqual({ place: 'line 103', id: 'last', name: 'row' });
    expect(others).toHaveLength(101); // A record for every line: none is left out of the sums.
    for (const end of ['', '\n']) {
      expect(await read(`id,name\n1,"open\n2,b${end}`)).toEqual([
        {
          place: 'line 2',
          fault: 'opens a quote that nothing closes: no line up to 3 was read. Close it.',
        },
        {
          place: 'line 3',
          fault: 'was not read: a quote of line 2 may enclose it. Mend that line.',
        },
      ]);
    }
    const closedLater = await read('id,name\n1,"open\n2,"b"\n3,c');
    expect(closedLater.map(({ place, id }) => [place, id])).toEqual([
      ['line 2', undefined],
      ['line 3', undefined],
      ['line 4', '3'],
    ]);
  });

  test('says of a row of 10 MB that it is too long, and goes on', async () => {
    const fault = 'is longer than 1,024 bytes. Leave out what is no part of a key.';
    const long = 'x'.repeat(10_000_000);
    expect(await read(`id,name\n1,${long}\n2,b\n`)).toEqual([
      { place: 'line 2', fault },
      { place: 'line 3', id: '2', name: 'b' },
    ]);
  });

  test.each([
    ['no line at all', '', 'The CSV is empty.'],
    [
      'two columns of one name',
      'id,name,id\n1,2,3',
      'Columns 1 and 3 of the CSV have the same name.',
    ],
    ['a column without a name', 'id,,name\n1,2,3', 'Column 2 of the CSV has no name.'],
    ['201 columns', Array.from({ length: 201 }, (_, at) => `c${at}`).join(','), 'more than 200'],
    ['a first line that opens a quote', '"id,name\n1,2', 'The first line of the CSV opens a quote'],
  ])('is refused with %s', async (_what, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test('is the same however its bytes arrive', async () => {
    const text = 'id,name\r\n1,"a ""b""\r\nc"\r\n2,🔑\r\n';
    const whole = await read(text);
    for (let size = 1; size < 8; size += 1) {
      expect(await read(text, { size, head: 9 })).toEqual(whole);
    }
  });

  test('is what csv-parse reads, whatever stands in it', async () => {
    const field = fc.string({
      unit: fc.constantFrom('a', 'é', '"', ',', ';', '\t', '\n', '\r', ' '),
    });
    const rows = fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), async (values, isAlwaysQuoted) => {
        const text = ['a,b,c', ...values.map((row) => rowOf(row, isAlwaysQuoted))].join('\r\n');
        const found = await read(text);
        expect(found.map(({ a, b, c }) => [a, b, c])).toEqual(
          parse(text, { from_line: 2, record_delimiter: '\r\n', relax_column_count: true }),
        );
      }),
    );
  });
});

function rowOf(fields: readonly string[], isAlwaysQuoted: boolean): string {
  return fields
    .map((field) => {
      const isBare = !isAlwaysQuoted && !/[",;\t\r\n]/.test(field);
      return isBare ? field : `"${field.replaceAll('"', '""')}"`;
    })
    .join(',');
}

type Flat = Readonly<Record<string, unknown>>;

interface Arrival {
  /** How many bytes come at once, but for the first ones: those are looked at together. */
  readonly size: number;
  readonly head: number;
}

async function read(text: string | Buffer, arrival?: Arrival): Promise<readonly Flat[]> {
  const records: Flat[] = [];
  for await (const record of csvRecords(chunksOf(Buffer.from(text), arrival), MAX_BYTES)) {
    records.push(flat(record));
  }
  return records;
}

async function* chunksOf(bytes: Buffer, arrival: Arrival = { size: 4_096, head: 4_096 }) {
  yield bytes.subarray(0, arrival.head);
  for (let at = arrival.head; at < bytes.length; at += arrival.size) {
    yield bytes.subarray(at, at + arrival.size);
  }
}

function flat(record: SourceRecord): Flat {
  return 'fault' in record ? record : { place: record.place, ...Object.fromEntries(record.fields) };
}
