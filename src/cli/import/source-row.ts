import type { Readable } from 'node:stream';
import { KeyturnError } from '../../errors.js';

/**
 * The largest row of a file, as it stands there: what an import over HTTP may send in all. A longer
 * one is told, not kept.
 */
export const MAX_ROW_BYTES = 64 * 1024;

/** One row of a source: in the shape of docs/guides/import.md, or what is wrong with it. */
export interface SourceRow {
  /** Where it stands, for people: `line 12`, `rest_framework_api_key_apikey row 12`. */
  readonly place: string;
  readonly row?: Readonly<Record<string, unknown>>;
  /** Where there is no row: what the source calls the key, so that people find it there. */
  readonly id?: string;
  /** What is wrong, and what to do next. It quotes no value of the row. */
  readonly fault?: string;
  /** The source has no hash of it that a key could be checked by: only a new key helps. */
  readonly isToBeReissued?: boolean;
  /** What the source says about the key and an import does not take over, a sentence each. */
  readonly notes?: readonly string[];
}

/** How a source is read. */
export interface ReadOptions {
  /** Read where the source is `-`. */
  readonly stdin: Readable;
  /** The table (or the model of a `dumpdata`) that holds the keys, if it is not the usual one. */
  readonly table?: string | undefined;
  /** The column that says whose key it is. */
  readonly ownerColumn?: string | undefined;
  /** The part of the source, as it calls it, whose keys are taken; absent: all. */
  readonly fromKeyspace?: string | undefined;
}

/**
 * Reads a source to its end, holding a few rows at a time.
 * @throws {KeyturnError} the source as a whole cannot be read.
 */
export type Reader = (source: string, options: ReadOptions) => AsyncIterable<SourceRow>;

/** A record of a source, by column; a column may be called anything, `__proto__` too. */
export type Fields = ReadonlyMap<string, unknown>;

/** A record before it is a row, or why it cannot be one. */
export type SourceRecord =
  | { readonly place: string; readonly fields: Fields }
  | { readonly place: string; readonly fault: string };

/** A row that cannot be taken over. Only ever thrown while a row is made, and caught by `toRow`. */
export class RowFault extends KeyturnError {
  readonly code = 'unprocessable';
  readonly isToBeReissued: boolean;
  constructor(message: string, { isToBeReissued = false } = {}) {
    super(message);
    this.isToBeReissued = isToBeReissued;
  }
}

/** What a record comes to. */
export interface Made {
  readonly row: Readonly<Record<string, unknown>>;
  readonly notes?: readonly string[];
}

/** How a source's records become rows. */
export interface Mapping {
  readonly make: (fields: Fields) => Made;
  /** The columns that people know a key by, the best first; none where one may hold the key. */
  readonly knownBy: readonly string[];
}

/** The row that a record comes to, or the fault that it has. */
export function toRow(record: SourceRecord, { make, knownBy }: Mapping): SourceRow {
  if ('fault' in record) return record;
  const { place, fields } = record;
  try {
    return { place, ...make(fields) };
  } catch (fault) {
    if (!(fault instanceof RowFault)) throw fault;
    const { message, isToBeReissued } = fault;
    const mark = isToBeReissued ? { isToBeReissued } : {};
    return { place, ...idIn(fields, knownBy), fault: message, ...mark };
  }
}

const MAX_ID_LENGTH = 100; // Characters; it is shown in a table.

function idIn(fields: Fields, columns: readonly string[]): { readonly id?: string } {
  const ids = columns.map((column) => fields.get(column)).filter(isId);
  const [id] = ids;
  return id === undefined ? {} : { id: String(id).slice(0, MAX_ID_LENGTH) };
}

function isId(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}
