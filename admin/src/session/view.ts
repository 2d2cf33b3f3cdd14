import { queryOptions } from '@tanstack/react-query';
import { api, isSessionOver, said } from '../api/client.js';
import { Fault } from '../api/fault.js';
import { queryClient } from '../api/queries.js';
import type { Answer } from '../api/types.js';

/** Who has signed in, and what they may do. */
export type SessionView = Answer<'/v1/session', 'get'>;

/**
 * The session; null where nobody has signed in.
 * @public
 */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<SessionView | null> => {
    try {
      return await said(api.GET('/v1/session', { signal }));
    } catch (error) {
      if (!(error instanceof Fault) || error.status !== 401) throw error;
      const before = queryClient.getQueryData<SessionView | null>(['session']) ?? null;
      if (before !== null) isSessionOver.set(true); // The page stays, and asks to sign in again.
      return before;
    }
  },
  staleTime: 60_000,
});

/**
 * Goes on with a session that has begun. Another person's begins with an empty page.
 * @public
 */
export function begin(session: SessionView): void {
  const before = queryClient.getQueryData(sessionQuery.queryKey);
  if (before && before.person.id !== session.person.id) {
    location.reload();
    return;
  }
  queryClient.setQueryData(sessionQuery.queryKey, session);
  isSessionOver.set(false);
  void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
}
