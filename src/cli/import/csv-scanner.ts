import { NOT_UTF_8, textOf, tooLongFault } from './lines.js';

/** A row of a CSV as text, from its first line on, or why it cannot be read. */
export type CsvText =
  | { readonly line: number; readonly text: string }
  | { readonly line: number; readonly fault: string; readonly lastLine: number };

const [QUOTE = 0, LINE_FEED = 0, CARRIAGE_RETURN = 0] = Buffer.from('"\n\r');

/** Where a byte stands, by RFC 4180 §2. */
type Place = 'field_start' | 'plain' | 'quoted' | 'after_quote';

/**
 * Cuts a CSV into its rows: at each line's end that no quotes enclose. What is wrong with one row
 * costs no other, but for a quote that nothing closes: the lines up to the limit belong to it, since
 * nobody can tell which of them are rows.
 */
export class CsvScanner {
  readonly #delimiter: number;
  readonly #maxBytes: number;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #from = 0;
  #line = 1;
  #firstLine = 1;
  #place: Place = 'field_start';
  #flaw: string | undefined;
  #parts: Buffer[] = [];
  #sizeBytes = 0;

  constructor(delimiter: string, maxBytes: number) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#maxBytes = maxBytes;
  }

  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
    this.#from = 0;
  }

  /** The next row that ends in this chunk. */
  next(): CsvText | undefined {
    const chunk = this.#chunk;
    while (this.#at < chunk.length) {
      const byte = chunk[this.#at] ?? 0;
      this.#at += 1;
      if (byte !== LINE_FEED) this.#take(byte);
      else {
        this.#line += 1;
        if (this.#isRowEnd()) return this.#close(this.#at - 1, this.#line - 1);
      }
    }
    this.#keep(chunk.subarray(this.#from));
    this.#from = chunk.length;
    return undefined;
  }

  /** The row that the file ends in, if no line's end stands behind it. */
  end(): CsvText | undefined {
    if (this.#sizeBytes === 0) return undefined;
    const isLineEnded = this.#chunk.at(-1) === LINE_FEED;
    const lastLine = isLineEnded ? this.#line - 1 : this.#line;
    if (this.#place === 'quoted') this.#flaw = unclosedFault(lastLine);
    return this.#close(this.#chunk.length, lastLine);
  }

  /** Quotes that enclose more than a row may have are taken for one that nothing closes. */
  #isRowEnd(): boolean {
    if (this.#place !== 'quoted') return true;
    if (this.#sizeBytes + this.#at - this.#from <= this.#maxBytes) return false;
    this.#flaw = unclosedFault(this.#line - 1);
    return true;
  }

  #take(byte: number): void {
    if (this.#place === 'quoted') {
      if (byte === QUOTE) this.#place = 'after_quote';
    } else if (byte === this.#delimiter) this.#place = 'field_start';
    else if (byte === QUOTE) this.#takeQuote();
    else if (this.#place === 'field_start') this.#place = 'plain';
    else if (this.#place === 'after_quote' && byte !== CARRIAGE_RETURN) this.#takeStray();
  }

  #takeQuote(): void {
    // Doubled, it stands for itself.
    if (this.#place === 'plain') this.#takeStray();
    else this.#place = 'quoted';
  }

  #takeStray(): void {
    this.#place = 'plain';
    this.#flaw ??= 'has a quote within a field. Write such a field in quotes, and its own twice.';
  }

  #close(end: number, lastLine: number): CsvText {
    this.#keep(this.#chunk.subarray(this.#from, end));
    const [line, flaw, parts, sizeBytes] = [
      this.#firstLine,
      this.#flaw,
      this.#parts,
      this.#sizeBytes,
    ];
    this.#from = this.#at;
    this.#firstLine = this.#line;
    this.#place = 'field_start';
    this.#flaw = undefined;
    this.#parts = [];
    this.#sizeBytes = 0;
    if (flaw !== undefined) return { line, fault: flaw, lastLine };
    const ofOne = { line, lastLine: line }; // However many lines its quotes enclose.
    if (sizeBytes > this.#maxBytes) return { ...ofOne, fault: tooLongFault(this.#maxBytes) };
    const text = textOf(withoutReturn(Buffer.concat(parts)));
    return text === undefined ? { ...ofOne, fault: NOT_UTF_8 } : { line, text };
  }

  /** Holds no more of a row than one may have. */
  #keep(part: Buffer): void {
    this.#sizeBytes += part.length;
    if (this.#sizeBytes <= this.#maxBytes) this.#parts.push(part);
    else this.#parts = [];
  }
}

function unclosedFault(lastLine: number): string {
  return `opens a quote that nothing closes: no line up to ${lastLine} was read. Close it.`;
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}
