import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';

/**
 * One replacement of a secret.
 * @public
 */
export const rotationRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/rotations/$id',
  component: lazyRouteComponent(() => import('./page.js'), 'RotationPage'),
});
