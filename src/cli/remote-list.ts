import type { List, Page, PageQuery } from '../views.js';
import type { ServerClient } from './server-client.js';

/** One page when awaited, all of them when iterated over; as the library's own lists. */
export function listOf<T>(client: ServerClient, path: string, query: PageQuery): List<T> {
  const load = (cursor: string | undefined) =>
    client.ask<Page<T>>({ method: 'GET', path, query: { ...query, cursor } });
  const first = load(query.cursor);
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
