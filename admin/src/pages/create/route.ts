import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';

/**
 * Makes a key.
 * @public
 */
export const newKeyRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/keys/new',
  component: lazyRouteComponent(() => import('./page.js'), 'CreatePage'),
});
