import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, said } from '../../api/client.js';

const EVENTS_SIZE = 30;
const MAX_BUCKETS = 200;

/**
 * One key.
 * @public
 */
export function keyQuery(id: string) {
  return queryOptions({
    queryKey: ['keys', 'one', id],
    queryFn: ({ signal }) => said(api.GET('/v1/keys/{id}', { params: { path: { id } }, signal })),
  });
}

/** Its rotations, newest first. */
export function rotationsQuery(key: string) {
  return queryOptions({
    queryKey: ['rotations', 'of', key],
    queryFn: ({ signal }) =>
      said(api.GET('/v1/rotations', { params: { query: { key, limit: 20 } }, signal })),
  });
}

/** How it was used, by hour or by day. */
export function usageQuery(key: string, per: 'hour' | 'day') {
  const from = per === 'hour' ? '48h' : '90d';
  const query = { key, per, by: 'key', from, limit: MAX_BUCKETS } as const;
  return queryOptions({
    queryKey: ['usage', query],
    queryFn: ({ signal }) => said(api.GET('/v1/usage', { params: { query }, signal })),
  });
}

/** What happened to it, newest first. */
export function eventsQuery(subject: string) {
  return infiniteQueryOptions({
    queryKey: ['events', 'of', subject],
    queryFn: ({ signal, pageParam }) => {
      const cursor = pageParam === '' ? {} : { cursor: pageParam };
      const query = { subject, limit: EVENTS_SIZE, ...cursor };
      return said(api.GET('/v1/events', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
}

/** Who calls with it. */
export function consumersQuery(id: string) {
  return queryOptions({
    queryKey: ['keys', 'consumers', id],
    queryFn: ({ signal }) =>
      said(api.GET('/v1/keys/{id}/consumers', { params: { path: { id } }, signal })),
  });
}
