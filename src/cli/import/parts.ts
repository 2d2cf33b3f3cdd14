import type { Earlier } from './earlier.js';
import type { SourceRow } from './source-row.js';
import { isDeeper } from './values.js';

/**
 * What one call of an import may hold.
 * @public
 */
export interface ImportLimits {
  readonly rows: number;
  /** Of the rows as JSON, and of how deep one nests; absent: as much as the rows are. */
  readonly request?: { readonly sizeBytes: number; readonly levels: number };
}

/**
 * The library takes them in one transaction.
 * @public
 */
export const LIBRARY_LIMITS: ImportLimits = { rows: 1_000 };

/**
 * A server takes 64 KiB and 32 levels; the rest of the body needs some of both.
 * @public
 */
export const SERVER_LIMITS: ImportLimits = {
  rows: 200,
  request: { sizeBytes: 60 * 1024, levels: 30 },
};

const TOO_LARGE =
  'is larger than a server takes. Make its metadata smaller, or import it with --database.';
const TOO_DEEP = 'is nested deeper than a server takes. Leave out what is no part of a key.';

/** The rows of one call, between others that no import need be asked about. */
export class Part {
  readonly rows: SourceRow[] = [];
  /** Rows of calls before, as JSON, that a plan has to know of to tell what becomes of these. */
  readonly earlier = new Set<string>();
  readonly #limits: ImportLimits;
  #sentCount = 0;
  #sizeBytes = 0;

  constructor(limits: ImportLimits) {
    this.#limits = limits;
  }

  /** Whether there was room for the row and for what has to be known beside it. */
  take(source: SourceRow, beside: readonly string[]): boolean {
    const { rows, request } = this.#limits;
    const more = beside.filter((text) => !this.earlier.has(text));
    const count = source.row === undefined ? 0 : 1 + more.length;
    const sizeBytes = request === undefined ? 0 : sizeOf(source.row) + sum(more.map(bytesOf));
    const isOver =
      this.#sentCount + count > rows ||
      this.#sizeBytes + sizeBytes > (request?.sizeBytes ?? sizeBytes);
    if (isOver && this.rows.length > 0) return false;
    this.rows.push(source);
    for (const text of more) this.earlier.add(text);
    this.#sentCount += count;
    this.#sizeBytes += sizeBytes;
    return true;
  }
}

/**
 * The rows in their order, as many at once as a call can hold.
 * @param earlier those of the calls before, once they were answered; undefined: the data knows them.
 */
export async function* partsOf(
  rows: AsyncIterable<SourceRow>,
  limits: ImportLimits,
  earlier: Earlier | undefined,
): AsyncGenerator<Part> {
  let part = new Part(limits);
  for await (const row of rows) {
    const source = fitting(row, limits);
    if (part.take(source, earlier?.beside(source) ?? [])) continue;
    yield part;
    part = new Part(limits);
    // Asked again: the answer to that part has added to them.
    part.take(source, earlier?.beside(source) ?? []);
  }
  if (part.rows.length > 0) yield part;
}

/** A row that no request can hold is refused by itself. */
function fitting(source: SourceRow, { request }: ImportLimits): SourceRow {
  const { place, row } = source;
  if (row === undefined || request === undefined) return source;
  const id = typeof row['id'] === 'string' ? { id: row['id'] } : {};
  if (isDeeper(row, request.levels)) return { place, ...id, fault: TOO_DEEP };
  return sizeOf(row) > request.sizeBytes ? { place, ...id, fault: TOO_LARGE } : source;
}

function sizeOf(row: SourceRow['row']): number {
  return row === undefined ? 0 : bytesOf(JSON.stringify(row));
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text) + 1; // With the comma.
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
