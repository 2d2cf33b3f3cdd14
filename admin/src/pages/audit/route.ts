import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';
import { textIn, wordIn } from '../search.js';
import { type AuditSearch, PERIODS } from './search.js';

/**
 * The audit trail. Its filters stand in the address.
 * @public
 */
export const auditRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/audit',
  validateSearch: (search): AuditSearch => ({
    keyspace: textIn(search, 'keyspace'),
    type: textIn(search, 'type'),
    subject: textIn(search, 'subject'),
    from: wordIn(search, 'from', PERIODS),
    cursor: textIn(search, 'cursor'),
  }),
  component: lazyRouteComponent(() => import('./page.js'), 'AuditPage'),
});
