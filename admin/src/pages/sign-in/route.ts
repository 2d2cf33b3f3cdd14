import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../frame-route.js';
import { textIn, wordIn } from '../search.js';

const FAULTS = ['refused', 'unavailable'] as const;

interface SignInSearch {
  readonly to?: string | undefined;
  /** Why a provider's sign-in has led back here. */
  readonly fault?: (typeof FAULTS)[number] | undefined;
}

/**
 * Where one signs in; `to` is where one was.
 * @public
 */
export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search): SignInSearch => ({
    to: textIn(search, 'to'),
    fault: wordIn(search, 'fault', FAULTS),
  }),
  component: lazyRouteComponent(() => import('./page.js'), 'SignInPage'),
});
