import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../frame-route.js';
import { flagIn, textIn, wordIn } from '../search.js';

/** The states a key can be in. */
export const STATES = ['active', 'disabled', 'expired', 'revoked'] as const;

/** What is looked for, and where in the list one is. */
export interface KeysSearch {
  readonly search?: string | undefined;
  readonly state?: (typeof STATES)[number] | undefined;
  readonly environment?: 'live' | 'test' | undefined;
  readonly owner?: string | undefined;
  readonly tag?: string | undefined;
  readonly policy?: string | undefined;
  readonly keyspace?: string | undefined;
  readonly pastPolicy?: true | undefined;
  readonly cursor?: string | undefined;
}

/**
 * The list of keys. Its filters stand in the address.
 * @public
 */
export const keysRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/keys',
  validateSearch: (search): KeysSearch => ({
    search: textIn(search, 'search'),
    state: wordIn(search, 'state', STATES),
    environment: wordIn(search, 'environment', ['live', 'test']),
    owner: textIn(search, 'owner'),
    tag: textIn(search, 'tag'),
    policy: textIn(search, 'policy'),
    keyspace: textIn(search, 'keyspace'),
    pastPolicy: flagIn(search, 'pastPolicy'),
    cursor: textIn(search, 'cursor'),
  }),
  component: lazyRouteComponent(() => import('./page.js'), 'KeysPage'),
});
