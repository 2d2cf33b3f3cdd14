import { QueryClient } from '@tanstack/react-query';
import { Fault } from './fault.js';

const FRESH_MS = 10_000;
const MAX_RETRIES = 2;

/**
 * What has been read from the server.
 * @public
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (count, error) => count < MAX_RETRIES && isPassing(error),
    },
    mutations: { retry: false },
  },
});

/** Whether it may go well a moment later. */
function isPassing(error: Error): boolean {
  return error instanceof Fault && (error.status === 0 || error.status === 503);
}
