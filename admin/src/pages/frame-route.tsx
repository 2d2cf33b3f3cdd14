import { createRootRoute, createRoute, Outlet } from '@tanstack/react-router';
import { Frame } from '../app/frame.js';
import { Gate } from '../app/gate.js';
import { Broken, Missing } from '../app/missing.js';
import { ToastView } from '../ui/toast-view.js';

/** Above every page. */
export const rootRoute = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <ToastView />
    </>
  ),
  notFoundComponent: Missing,
  errorComponent: Broken,
});

/** Above every page that only those see who have signed in. */
export const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: () => (
    <Gate>
      <Frame />
    </Gate>
  ),
  notFoundComponent: Missing,
  errorComponent: Broken,
});
