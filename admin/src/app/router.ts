import { createRouter } from '@tanstack/react-router';
import { base } from '../api/base.js';
import { pages } from '../pages/table.js';

/**
 * Leads from addresses to pages.
 * @public
 */
export const router = createRouter({
  routeTree: pages,
  basepath: `${base.pathname}admin`,
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
