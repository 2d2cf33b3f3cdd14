import { counted } from '../../counted.js';
import { UsageFault } from '../fault.js';
import { CsvScanner, type CsvText } from './csv-scanner.js';
import type { SourceRecord } from './source-row.js';

const NAMES: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
};
const DELIMITERS = Object.keys(NAMES);
/** What Excel reads before the names, and some programs write: what parts the fields. */
const SEPARATOR_LINE = /^"?sep=([,;\t|])"?\r?$/i;
const MAX_COLUMNS = 200; // Far more than any table of keys has.

/** Looks at the names of the columns. @throws {UsageFault} they are not what they have to be. */
type ColumnCheck = (columns: readonly string[]) => void;

/**
 * The rows of a CSV (RFC 4180), by the names in its first line. Fields are parted by commas,
 * semicolons, tabs or bars, whichever that line has most of, or a line `sep=;` before it says.
 * @throws {UsageFault} the first line does not name columns.
 */
export async function* csvRecords(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  check?: ColumnCheck,
): AsyncGenerator<SourceRecord> {
  let reader: RowReader | undefined;
  for await (const found of textsOf(chunks, maxBytes)) {
    if (reader === undefined) {
      reader = new RowReader(found);
      check?.(reader.columns);
      continue;
    }
    const record = reader.recordOf(found);
    if (record !== undefined) yield record;
    yield* linesLostTo(found);
  }
  if (reader === undefined) throw new UsageFault('The CSV is empty. Its first line names columns.');
}

/** A quote in the wrong place may enclose whole rows: each of their lines is told. */
function* linesLostTo({ found }: DelimitedText): Generator<SourceRecord> {
  if (!('fault' in found)) return;
  const fault = `was not read: a quote of line ${found.line} may enclose it. Mend that line.`;
  for (let line = found.line + 1; line <= found.lastLine; line += 1) {
    yield { place: `line ${line}`, fault };
  }
}

interface DelimitedText {
  readonly found: CsvText;
  readonly delimiter: string;
}

async function* textsOf(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<DelimitedText> {
  let delimiter = ',';
  let scanner: CsvScanner | undefined;
  for await (const chunk of chunks) {
    if (scanner === undefined) {
      delimiter = delimiterIn(chunk);
      scanner = new CsvScanner(delimiter, maxBytes);
    }
    scanner.begin(chunk);
    for (let found = scanner.next(); found !== undefined; found = scanner.next()) {
      if (!isSeparatorLine(found)) yield { found, delimiter };
    }
  }
  const last = scanner?.end();
  if (last !== undefined) yield { found: last, delimiter };
}

function isSeparatorLine(found: CsvText): boolean {
  return found.line === 1 && 'text' in found && SEPARATOR_LINE.test(found.text);
}

function delimiterIn(head: Buffer): string {
  const [line = ''] = head.toString('latin1').split('\n', 1);
  const said = SEPARATOR_LINE.exec(line)?.[1];
  if (said !== undefined) return said;
  const bare = line.replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((one) => [one, bare.split(one).length] as const);
  const [most] = counts.toSorted(([, left], [, right]) => right - left);
  return most?.[0] ?? ',';
}

/** Reads rows by the columns that the first one names. */
class RowReader {
  readonly columns: readonly string[];
  readonly #delimiter: string;

  constructor({ found, delimiter }: DelimitedText) {
    if ('fault' in found) throw new UsageFault(`The first line of the CSV ${found.fault}`);
    this.#delimiter = delimiter;
    this.columns = fieldsIn(found.text, delimiter).map((name) => name.trim());
    requireNames(this.columns);
  }

  /** The record of a row; undefined for an empty line. */
  recordOf({ found }: DelimitedText): SourceRecord | undefined {
    const place = `line ${found.line}`;
    if ('fault' in found) return { place, fault: found.fault };
    if (found.text === '') return undefined;
    const values = fieldsIn(found.text, this.#delimiter);
    if (values.length === this.columns.length) {
      return {
        place,
        fields: new Map(this.columns.map((name, at) => [name, values[at]] as const)),
      };
    }
    const counts = `${counted(values.length, 'field')}; the first line names ${this.columns.length}`;
    const parted = NAMES[this.#delimiter] ?? this.#delimiter;
    return {
      place,
      fault: `has ${counts}, parted by ${parted}. Write a field with ${parted} in quotes.`,
    };
  }
}

function requireNames(columns: readonly string[]): void {
  if (columns.length > MAX_COLUMNS) {
    throw new UsageFault(`The CSV has more than ${MAX_COLUMNS} columns. Export those of the keys.`);
  }
  for (const [index, column] of columns.entries()) {
    const first = columns.indexOf(column);
    if (column === '') throw new UsageFault(`Column ${index + 1} of the CSV has no name. Name it.`);
    if (first === index) continue;
    throw new UsageFault(
      `Columns ${first + 1} and ${index + 1} of the CSV have the same name. Leave one of them out.`,
    );
  }
}

/** The fields of a row whose quotes the scanner found to be right. */
function fieldsIn(text: string, delimiter: string): readonly string[] {
  const fields: string[] = [];
  for (let at = 0; at <= text.length; ) {
    const isQuoted = text[at] === '"';
    const end = endOfField(text, isQuoted ? closingQuote(text, at) : at, delimiter);
    const field = text.slice(at, end);
    fields.push(isQuoted ? field.slice(1, -1).replaceAll('""', '"') : field);
    at = end + 1;
  }
  return fields;
}

function endOfField(text: string, from: number, delimiter: string): number {
  const end = text.indexOf(delimiter, from);
  return end === -1 ? text.length : end;
}

/** A quote that is followed by another is one of the field's own. */
function closingQuote(text: string, opening: number): number {
  let at = text.indexOf('"', opening + 1);
  while (text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}
