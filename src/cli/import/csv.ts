import { UsageFault } from '../fault.js';
import { csvRecords } from './csv-records.js';
import { openText } from './file-records.js';
import {
  type Fields,
  MAX_ROW_BYTES,
  type Made,
  type ReadOptions,
  RowFault,
  type SourceRow,
  toRow,
} from './source-row.js';
import { given, has, objectIn, textIn, timeIn } from './values.js';

const TEXTS = [
  'id',
  'keyspace',
  'name',
  'owner',
  'environment',
  'state',
  'stateReason',
  'prefix',
  'start',
  'plaintext',
  'sha256',
  'hash',
] as const;
const TIMES = ['createdAt', 'expiresAt', 'notBefore'] as const;
const LISTS = ['scopes', 'tags'] as const; // With spaces between: neither has any within.
const COLUMNS: readonly string[] = [...TEXTS, ...TIMES, ...LISTS, 'metadata'];
/** `metadata.plan`: one text of the metadata. */
const METADATA_COLUMN = /^metadata\.(.+)$/;
const TWICE =
  'names a field both in metadata and in a column of its own, so nobody can tell which one counts. ' +
  'Leave one of them.';

/** A CSV whose columns have the names of docs/guides/import.md, in any order. */
export async function* readCsv(source: string, options: ReadOptions): AsyncGenerator<SourceRow> {
  const { chunks } = await openText(source, options);
  for await (const record of csvRecords(chunks, MAX_ROW_BYTES, requireKnown)) {
    yield toRow(record, { make: csvRow, knownBy: [] });
  }
}

/**
 * What is misspelt would be lost for every key. The name is not repeated: a file without a first
 * line of names has a key there.
 */
function requireKnown(columns: readonly string[]): void {
  for (const [index, column] of columns.entries()) {
    if (COLUMNS.includes(column) || METADATA_COLUMN.test(column)) continue;
    throw new UsageFault(
      `Column ${index + 1} of the CSV has a name that an import does not know. There are ` +
        `${COLUMNS.join(', ')}, and metadata.NAME.`,
    );
  }
}

function csvRow(fields: Fields): Made {
  const texts = TEXTS.map((column) => [column, cell(fields, column)] as const);
  const times = TIMES.map((column) => [column, timeIn(fields, column)] as const);
  const lists = LISTS.map((column) => [column, words(cell(fields, column))] as const);
  const columns = Object.fromEntries([...texts, ...times, ...lists]);
  return { row: given({ ...columns, metadata: metadataOf(fields) }) };
}

function cell(fields: Fields, column: string): string | undefined {
  return has(fields, column) ? textIn(fields, column) : undefined;
}

function words(text: string | undefined): readonly string[] | undefined {
  return text?.split(/\s+/).filter((word) => word !== '');
}

function metadataOf(fields: Fields): Readonly<Record<string, unknown>> | undefined {
  const entries = [...fields].flatMap(([column, value]) => {
    const name = METADATA_COLUMN.exec(column)?.[1];
    return name === undefined || value === '' ? [] : [[name, value] as const];
  });
  if (entries.length === 0 && !has(fields, 'metadata')) return undefined;
  const whole = objectIn(fields, 'metadata');
  if (entries.some(([name]) => Object.hasOwn(whole, name))) throw new RowFault(TWICE);
  return { ...whole, ...Object.fromEntries(entries) };
}
