import { InvalidRequestError } from '../errors.js';
import type { List, Page, PageQuery } from '../views.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** A list that answers one page when awaited, and all of them when iterated over. */
export function listOf<T>(
  cursor: string | undefined,
  load: (cursor?: string) => Promise<Page<T>>,
): List<T> {
  const first = load(cursor);
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
 * How many items a page may have.
 * @throws {InvalidRequestError} `limit` is not 1 to 200.
 */
export function limitOf(query: PageQuery): number {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  const message = 'is no page size.';
  throw new InvalidRequestError([{ pointer: '/limit', message, fix: `Use 1 to ${MAX_LIMIT}.` }]);
}

/** Cuts the one row too many that was read to see whether there is a next page. */
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
  if (parts?.length === length) return parts;
  throw badCursor();
}

/** The fault of a cursor that was not made by us. */
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
