import { queryOptions } from '@tanstack/react-query';
import { api, said } from '../../api/client.js';
import type { Answer } from '../../api/types.js';

const AGAIN_MS = 15_000; // What is counted is some seconds old in any case.

/** The overview, as it was last counted. */
export type Overview = Answer<'/v1/overview', 'get'>;

/** The overview of one keyspace, or of all. */
export const overviewQuery = (keyspace: string | undefined) =>
  queryOptions({
    queryKey: ['overview', keyspace ?? null],
    queryFn: ({ signal }) =>
      said(
        api.GET('/v1/overview', {
          params: { query: keyspace === undefined ? {} : { keyspace } },
          signal,
        }),
      ),
    refetchInterval: AGAIN_MS,
  });
