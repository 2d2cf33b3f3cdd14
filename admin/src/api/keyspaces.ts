import { queryOptions } from '@tanstack/react-query';
import { api, said } from './client.js';

/**
 * The keyspaces that one may look at.
 * @public
 */
export const keyspacesQuery = queryOptions({
  queryKey: ['keyspaces', 'list'],
  queryFn: ({ signal }) =>
    said(api.GET('/v1/keyspaces', { params: { query: { limit: 200 } }, signal })),
});
