import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';
import { rotationsSearchOf } from './search.js';

/**
 * Every replacement of a secret.
 * @public
 */
export const rotationsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/rotations',
  validateSearch: rotationsSearchOf,
  component: lazyRouteComponent(() => import('./page.js'), 'RotationsPage'),
});
