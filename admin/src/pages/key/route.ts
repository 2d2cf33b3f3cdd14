import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';
import { wordIn } from '../search.js';

/** The views of a key. */
export const TABS = ['facts', 'usage', 'consumers', 'events', 'use'] as const;

/**
 * One key.
 * @public
 */
export const keyRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/keys/$id',
  validateSearch: (search): { tab?: (typeof TABS)[number] | undefined } => ({
    tab: wordIn(search, 'tab', TABS),
  }),
  component: lazyRouteComponent(() => import('./page.js'), 'KeyPage'),
});
