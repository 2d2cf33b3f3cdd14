import { auditRoute } from './audit/route.js';
import { newKeyRoute } from './create/route.js';
import { firstRoute } from './first-route.js';
import { frameRoute, rootRoute } from './frame-route.js';
import { invitationRoute } from './invitation/route.js';
import { keyRoute } from './key/route.js';
import { keysRoute } from './keys/route.js';
import { overviewRoute } from './overview/route.js';
import { rotationRoute } from './rotation/route.js';
import { rotationsRoute } from './rotations/route.js';
import { signInRoute } from './sign-in/route.js';

/**
 * The one table of pages: each has a folder, its `route.ts` says the address and what stands in it,
 * and `page.tsx` is loaded when it is first shown. `navigation.ts` lists those at the side.
 * @public
 */
export const pages = rootRoute.addChildren([
  signInRoute,
  invitationRoute,
  frameRoute.addChildren([
    firstRoute,
    overviewRoute,
    keysRoute,
    newKeyRoute,
    keyRoute,
    rotationRoute,
    rotationsRoute,
    auditRoute,
  ]),
]);
