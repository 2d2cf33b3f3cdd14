import { queryOptions } from '@tanstack/react-query';
import { api, said } from '../../api/client.js';

const WATCH_MS = 5_000; // While something may still happen.

/** One rotation, watched until it is closed. */
export function rotationQuery(id: string) {
  return queryOptions({
    queryKey: ['rotations', 'one', id],
    queryFn: ({ signal }) =>
      said(api.GET('/v1/rotations/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state: { data } }) =>
      data === undefined || data.closedAt === null ? WATCH_MS : false,
  });
}
