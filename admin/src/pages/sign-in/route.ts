import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../frame-route.js';
import { textIn } from '../search.js';

/**
 * Where one signs in; `to` is where one was.
 * @public
 */
export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search): { to?: string | undefined } => ({ to: textIn(search, 'to') }),
  component: lazyRouteComponent(() => import('./page.js'), 'SignInPage'),
});
