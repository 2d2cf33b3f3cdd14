import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';
import { textIn, wordIn } from '../search.js';

const STATES = ['active', 'disabled', 'expired', 'revoked'] as const;

/** What is looked for. */
interface KeysSearch {
  readonly search?: string | undefined;
  readonly state?: (typeof STATES)[number] | undefined;
}

/**
 * The list of keys. Its filters stand in the address.
 * @public
 */
export const keysRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/keys',
  validateSearch: (search): KeysSearch => ({
    search: textIn(search, 'search'),
    state: wordIn(search, 'state', STATES),
  }),
  component: lazyRouteComponent(() => import('./page.js'), 'KeysPage'),
});
