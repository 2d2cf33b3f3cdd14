import { InvalidRequestError } from '../errors.js';
import { hasControl } from '../keys/text.js';
import type { List, Page, PageQuery } from '../views.js';

const DEFAULT_LIMIT = 50;
/**
 * The largest page.
 * @public
 */
export const MAX_LIMIT = 200;

/**
 * A list that answers one page when awaited, and all of them when iterated over. The first page
 * is loaded without a cursor: it is the one that the query asks for.
 * @public
 */
export function listOf<T>(load: (next?: string) => Promise<Page<T>>): List<T> {
  const first = load();
  first.catch(() => undefined); // Whoever awaits or iterates hears of it.
  async function* iterate(): AsyncGenerator<T> {
    let page = await first;
    yield* page.items;
    while (page.nextCursor !== null) {
      page = await load(page.nextCursor);
      yield* page.items;
    }
  }
  return Object.assign(first, { [Symbol.asyncIterator]: iterate });
}

/**
 * The query for the page that begins after `next`; without it, for the one it asks for itself.
 * @public
 */
export function pageAt<Query extends PageQuery>(query: Query, next: string | undefined): Query {
  return next === undefined ? query : { ...query, cursor: next };
}

/**
 * How many items a page may have.
 * @public
 */
export function limitOf({ limit = DEFAULT_LIMIT }: PageQuery): number {
  return limit;
}

/**
 * Cuts the one row too many that was read to see whether there is a next page.
 * @public
 */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  show: { readonly item: (row: Row) => T; readonly cursor: (row: Row) => string },
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? show.cursor(last) : null;
  return { items: shown.map(show.item), nextCursor };
}

/** Makes a cursor out of what the next page begins after. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/**
 * Reads a cursor of so many parts; undefined where none was given.
 * @throws {InvalidRequestError} it is not one of ours.
 */
export function decodeCursor(
  cursor: string | undefined,
  length: number,
): readonly string[] | undefined {
  if (cursor === undefined) return undefined;
  const parts = partsOf(cursor);
  if (parts?.length === length && !parts.some(hasControl)) return parts;
  throw badCursor();
}

/**
 * The fault of a cursor that was not made by us.
 * @public
 */
export function badCursor(): InvalidRequestError {
  const fix = 'Use the nextCursor of the page before, or leave it out.';
  return new InvalidRequestError([
    { pointer: '/cursor', message: 'is no cursor of this list.', fix },
  ]);
}

function partsOf(cursor: string): readonly string[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts.map(String) : undefined;
  } catch {
    return undefined; // Not JSON: not a cursor of ours.
  }
}
