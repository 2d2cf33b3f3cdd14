import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';
import { keysSearchOf } from './search.js';

/**
 * The list of keys. Its filters stand in the address.
 * @public
 */
export const keysRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/keys',
  validateSearch: keysSearchOf,
  component: lazyRouteComponent(() => import('./page.js'), 'KeysPage'),
});
