import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../frame-route.js';

/**
 * Where an invitation's link leads. Its token stands in the fragment, which no server is sent.
 * @public
 */
export const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./page.js'), 'InvitationPage'),
});
