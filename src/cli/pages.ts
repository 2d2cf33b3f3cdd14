import type { List, PageQuery } from '../views.js';
import type { Invocation, Options } from './invocation.js';
import type { Column } from './output.js';
import { printableJson } from './printable.js';

const LARGEST_PAGE = 200;

/** How a list is asked for and shown. */
export interface Listing<T> {
  readonly columns: readonly Column<T>[];
  readonly list: (page: PageQuery) => List<T>;
  /** What to do when there is nothing, for people. */
  readonly none: string;
}

/**
 * Shows one page, or with `--all` every one: a table for people, one document for programs.
 * @returns how many items were shown.
 */
export async function showList<T>(call: Invocation, listing: Listing<T>): Promise<number> {
  const count = call.options.has('all')
    ? await showAll(call, listing)
    : await showPage(call, listing);
  if (count === 0 && !call.out.isJson) call.out.note(listing.none);
  return count;
}

async function showPage<T>(call: Invocation, listing: Listing<T>): Promise<number> {
  const { limit, cursor } = pageFrom(call.options);
  const { items, nextCursor } = await listing.list({ limit, cursor });
  if (call.out.isJson) await call.out.document({ items, nextCursor });
  else if (items.length > 0) await call.out.table(listing.columns, items);
  if (nextCursor !== null && !call.out.isJson) {
    call.out.note(`There are more: repeat with --cursor ${nextCursor}, or with --all.`);
  }
  return items.length;
}

function pageFrom(options: Options): PageQuery {
  return { limit: options.wholeNumber('limit'), cursor: options.text('cursor') };
}

/** Page by page, so that a million keys need no more memory than two hundred. */
async function showAll<T>(call: Invocation, listing: Listing<T>): Promise<number> {
  let cursor = call.options.text('cursor');
  let count = 0;
  if (call.out.isJson) await call.out.part('{"items":[');
  for (;;) {
    const page = await listing.list({ limit: LARGEST_PAGE, cursor });
    if (call.out.isJson) await writeItems(call, page.items, count === 0);
    else if (page.items.length > 0) {
      await call.out.table(listing.columns, page.items, count === 0);
    }
    count += page.items.length;
    if (page.nextCursor === null || call.out.isAbandoned) break;
    cursor = page.nextCursor;
  }
  if (call.out.isJson) await call.out.part('],"nextCursor":null}\n');
  return count;
}

async function writeItems(
  call: Invocation,
  items: readonly unknown[],
  isFirst: boolean,
): Promise<void> {
  const texts = items.map((item) => printableJson(item, 0));
  if (texts.length > 0) await call.out.part(`${isFirst ? '' : ','}${texts.join(',')}`);
}
