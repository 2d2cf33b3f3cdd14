import { hasRepeatedName } from '../../http/repeated-names.js';
import { type Line, linesOf, NOT_UTF_8, textOf, tooLongFault } from './lines.js';
import type { SourceFile } from './source-file.js';
import type { SourceRecord } from './source-row.js';
import { isDeeper } from './values.js';

/** Metadata may have 16 levels; those of an answer that a key stands in come to it. */
const MAX_DEPTH = 32;
const TWICE = 'names a field twice, so nobody can tell which one counts. Leave one of them.';
const TOO_DEEP = `is nested deeper than ${MAX_DEPTH} levels. Leave out what is no part of a key.`;

/**
 * The objects of a JSON file, whether they stand in a list, one after another, or one a line.
 * @param maxBytes of one object.
 */
export async function* jsonRecords(
  { format, chunks }: SourceFile,
  maxBytes: number,
): AsyncGenerator<SourceRecord> {
  const texts = format === 'json_lines' ? linesOf(chunks, maxBytes) : objectsOf(chunks, maxBytes);
  for await (const found of texts) {
    if ('text' in found && found.text.trim() === '') continue;
    yield recordOf(found);
  }
}

/** The record of one text. The parser's own message is not used: it quotes the text. */
function recordOf(found: Line): SourceRecord {
  const place = `line ${found.number}`;
  if ('fault' in found) return { place, fault: found.fault };
  try {
    const value: unknown = JSON.parse(found.text);
    if (isDeeper(value, MAX_DEPTH)) return { place, fault: TOO_DEEP };
    if (hasRepeatedName(found.text, value)) return { place, fault: TWICE };
    return { place, fields: fieldsOf(value) };
  } catch {
    return { place, fault: 'is no JSON object. Write one, as {"name": "…"}.' };
  }
}

/** @throws {TypeError} it is no object. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('No object.');
  }
  return new Map(Object.entries(value));
}

const [OPEN_OBJECT = 0, CLOSE_OBJECT = 0, OPEN_LIST = 0, CLOSE_LIST = 0] = Buffer.from('{}[]');
const [QUOTE = 0, BACKSLASH = 0, COMMA = 0, LINE_FEED = 0] = Buffer.from('"\\,\n');
const SPACES = new Set(Buffer.from(' \t\r\n'));

/**
 * Cuts a file into the texts of its objects: those of its lists, or those outside of any. Only
 * brackets and quotes are looked at; whether an object is right JSON shows when it is parsed.
 */
async function* objectsOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  const scanner = new Scanner(maxBytes);
  for await (const chunk of chunks) {
    scanner.begin(chunk);
    for (let found = scanner.next(); found !== undefined; found = scanner.next()) yield found;
  }
  const fault = scanner.end();
  if (fault !== undefined) yield fault;
}

class Scanner {
  readonly #maxBytes: number;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Where the open object begins in the chunk. */
  #from = 0;
  #line = 1;
  /** Brackets that are open within the object. */
  #depth = 0;
  #isInList = false;
  #isInString = false;
  #isEscaped = false;
  #firstLine = 1;
  #parts: Buffer[] = [];
  #sizeBytes = 0;
  #isStray = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#from = 0;
  }

  /** The next object that ends in this chunk. */
  next(): Line | undefined {
    const chunk = this.#chunk;
    while (this.#at < chunk.length) {
      const byte = chunk[this.#at] ?? 0;
      this.#at += 1;
      if (byte === LINE_FEED) this.#line += 1;
      const found = this.#depth > 0 ? this.#within(byte) : this.#between(byte);
      if (found !== undefined) return found;
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(this.#from));
    return undefined;
  }

  /** What is wrong with how the file ends. */
  end(): Line | undefined {
    if (this.#depth === 0 && !this.#isInList) return undefined;
    const number = this.#depth > 0 ? this.#firstLine : this.#line;
    return { number, fault: 'is where the file breaks off. Export it again, and whole.' };
  }

  #between(byte: number): Line | undefined {
    if (SPACES.has(byte) || (byte === COMMA && this.#isInList)) return undefined;
    if (byte === OPEN_LIST && !this.#isInList) this.#isInList = true;
    else if (byte === CLOSE_LIST && this.#isInList) this.#isInList = false;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#open();
    else return this.#stray();
    this.#isStray = false;
    return undefined;
  }

  #open(): void {
    this.#depth = 1;
    this.#firstLine = this.#line;
    this.#from = this.#at - 1;
  }

  /** Told once, however long it is. */
  #stray(): Line | undefined {
    if (this.#isStray) return undefined;
    this.#isStray = true;
    return { number: this.#line, fault: 'has something beside an object. Export the file again.' };
  }

  #within(byte: number): Line | undefined {
    if (this.#isInString) {
      this.#withinString(byte);
      return undefined;
    }
    if (byte === QUOTE) this.#isInString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth -= 1;
    return this.#depth === 0 ? this.#close() : undefined;
  }

  #withinString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }

  #close(): Line {
    this.#keep(this.#chunk.subarray(this.#from, this.#at));
    const [number, parts, sizeBytes] = [this.#firstLine, this.#parts, this.#sizeBytes];
    this.#parts = [];
    this.#sizeBytes = 0;
    if (sizeBytes > this.#maxBytes) return { number, fault: tooLongFault(this.#maxBytes) };
    const text = textOf(Buffer.concat(parts));
    return text === undefined ? { number, fault: NOT_UTF_8 } : { number, text };
  }

  /** Holds no more of an object than one may have. */
  #keep(part: Buffer): void {
    this.#sizeBytes += part.length;
    if (this.#sizeBytes <= this.#maxBytes) this.#parts.push(part);
    else this.#parts = [];
    this.#from = 0;
  }
}
