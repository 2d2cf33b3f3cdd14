import { createRouter } from '@tanstack/react-router';
import { base } from '../api/base.js';
import { pages } from '../pages/table.js';
import { Broken, Missing } from './missing.js';

/**
 * Leads from addresses to pages.
 * @public
 */
export const router = createRouter({
  routeTree: pages,
  basepath: `${base.pathname}admin`,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: Missing,
});

declare module '@tanstack/react-router' {
  interface HistoryState {
    readonly isNextPage?: boolean;
  }

  interface Register {
    router: typeof router;
  }
}
