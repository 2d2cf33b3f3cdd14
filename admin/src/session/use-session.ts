import { useQuery } from '@tanstack/react-query';
import { type SessionView, sessionQuery } from './view.js';

/**
 * The session of whoever is looking. Pages are shown to nobody else.
 * @public
 */
export function useSession(): SessionView {
  const { data } = useQuery(sessionQuery);
  if (data === undefined || data === null) throw new Error('No page is shown without a session.');
  return data;
}

/**
 * Whether the person may do what needs a scope. The server decides; this is for what is shown.
 * @public
 */
export function useCan(): (scope: string) => boolean {
  const { scopes } = useSession();
  return (scope) => allows(scopes, scope);
}

/** The one place where a page knows what scopes are. */
function allows(scopes: readonly string[], scope: string): boolean {
  return scopes.includes('*') || scopes.includes(scope);
}
