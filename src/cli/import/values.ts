import { type Fields, RowFault } from './source-row.js';
import { rfc3339Of } from './time.js';

// What a database, a JSON file and a CSV say with different types, read as one. No message quotes a
// value: it may be the key itself.

const TRUE = new Set(['true', 't', '1', 'yes']);
const FALSE = new Set(['false', 'f', '0', 'no']);
/** How the sources write nothing: an empty cell, and PostgreSQL's own mark in a CSV. */
const NOTHING: ReadonlySet<unknown> = new Set([undefined, null, '', '\\N']);

/** Whether the record says anything there. */
export function has(fields: Fields, column: string): boolean {
  return !NOTHING.has(fields.get(column));
}

/** A text or a number, as a text; undefined if nothing stands there. */
export function textIn(fields: Fields, column: string): string | undefined {
  const value = fields.get(column);
  if (NOTHING.has(value)) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new RowFault(`has no text in ${column}. Write one, or leave it out.`);
}

/** A yes or no that has to be there: what is guessed wrong lets a revoked key in. */
export function flagIn(fields: Fields, column: string): boolean {
  const value = fields.get(column);
  if (typeof value === 'boolean') return value;
  const text = String(value).toLowerCase();
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new RowFault(`says neither true nor false in ${column}. Mend it in the source.`);
}

/** How programs write in a text that there is no time, and PostgreSQL that it never comes. */
const NEVER = /^(?:null|none|infinity)$/i;

/** A time in RFC 3339, in UTC; undefined if nothing stands there, or it never comes. */
export function timeIn(fields: Fields, column: string): string | undefined {
  const value = fields.get(column);
  if (NOTHING.has(value) || (typeof value === 'string' && NEVER.test(value))) return undefined;
  const time = rfc3339Of(value);
  if (time === undefined) {
    throw new RowFault(`has no time in ${column}. Write it as 2026-05-16T12:00:00Z.`);
  }
  return time;
}

/** JSON, whether the source keeps it as such or as its text; undefined if nothing stands there. */
export function jsonIn(fields: Fields, column: string): unknown {
  const value = fields.get(column);
  if (NOTHING.has(value)) return undefined;
  if (typeof value !== 'string') return value;
  const parsed = parsedOf(value);
  if (parsed !== undefined) return parsed ?? undefined;
  throw new RowFault(`has no valid JSON in ${column}. Mend it in the source.`);
}

/** Undefined where it is no JSON: what the parser says of it quotes the text. */
function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same, of an object. */
export function objectIn(fields: Fields, column: string): Readonly<Record<string, unknown>> {
  const value = jsonIn(fields, column) ?? {};
  if (isObject(value)) return value;
  throw new RowFault(`has no JSON object in ${column}. Mend it in the source.`);
}

/** Whether it is an object and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether there are more levels of objects and lists; `JSON.stringify` fails on some thousands. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

/** The entries that say something. */
export function given(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}
