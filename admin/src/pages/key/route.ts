import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';
import { keySearchOf } from './search.js';

/**
 * One key.
 * @public
 */
export const keyRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/keys/$id',
  validateSearch: keySearchOf,
  component: lazyRouteComponent(() => import('./page.js'), 'KeyPage'),
});
