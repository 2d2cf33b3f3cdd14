import { queryOptions } from '@tanstack/react-query';
import { api, said } from '../../api/client.js';
import type { Answer } from '../../api/types.js';
import type { AuditSearch } from './search.js';

const PAGE_SIZE = 50;
const EXPORT_PAGE_SIZE = 200;

/** One event. */
export type AuditEvent = Answer<'/v1/events', 'get'>['items'][number];

/** One page of events. */
export function eventsQuery(search: AuditSearch) {
  return queryOptions({
    queryKey: ['events', search],
    queryFn: ({ signal }) => pageOf(search, { limit: PAGE_SIZE, signal }),
  });
}

/** All events that are looked for, page by page. */
export async function* everyEvent(
  { cursor: _, ...search }: AuditSearch,
  signal: AbortSignal,
): AsyncGenerator<readonly AuditEvent[]> {
  for (let cursor: string | undefined; ; ) {
    const page = await pageOf({ ...search, cursor }, { limit: EXPORT_PAGE_SIZE, signal });
    yield page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

/** Whether the chains hold. */
export function verifyChains(keyspace: string | undefined) {
  const query = keyspace === undefined ? {} : { keyspace };
  return said(api.GET('/v1/events/verify', { params: { query } }));
}

function pageOf(
  search: AuditSearch,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
) {
  const given = Object.entries(search).filter(([, value]) => value !== undefined);
  const query = { ...Object.fromEntries(given), limit };
  return said(api.GET('/v1/events', { params: { query }, signal }));
}
