import { createRoute, redirect } from '@tanstack/react-router';
import { frameRoute } from './frame-route.js';

/** Where one lands. */
export const firstRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/overview', replace: true });
  },
});
