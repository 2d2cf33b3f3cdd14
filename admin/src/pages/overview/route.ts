import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';
import { textIn } from '../search.js';

/** Which keyspace; absent: all of them. */
interface OverviewSearch {
  readonly keyspace?: string | undefined;
}

/**
 * What needs a person now, and how things are.
 * @public
 */
export const overviewRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/overview',
  validateSearch: (search): OverviewSearch => ({ keyspace: textIn(search, 'keyspace') }),
  component: lazyRouteComponent(() => import('./page.js'), 'OverviewPage'),
});
