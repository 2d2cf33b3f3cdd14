import { adminRoutes } from './manage/admin.js';
import { bulkRoutes } from './manage/bulk.js';
import { channelRoutes } from './manage/channels.js';
import { checkRoutes } from './manage/check.js';
import { claimRoutes } from './manage/claim.js';
import { consumerRoutes } from './manage/consumers.js';
import { destinationRoutes } from './manage/destinations.js';
import { documentRoutes } from './manage/documents.js';
import { keyRoutes } from './manage/keys.js';
import { keyspaceRoutes } from './manage/keyspaces.js';
import { leakRoutes } from './manage/leaks.js';
import { liveRoutes } from './manage/live.js';
import { overviewRoutes } from './manage/overview.js';
import { ownerRoutes } from './manage/owners.js';
import { peopleRoutes } from './manage/people.js';
import { policyRoutes } from './manage/policies.js';
import { recordRoutes } from './manage/records.js';
import { rotationRoutes } from './manage/rotations.js';
import { selfRoutes } from './manage/self.js';
import { healthRoutes } from './manage/service.js';
import { setupRoutes } from './manage/setup.js';
import type { Route } from './route.js';
import { providerRoutes } from './session/provider-routes.js';
import { sessionRoutes } from './session/routes.js';

/**
 * The one table. The router, the OpenAPI document, the reference and the test of who may call
 * what are made from it: what is not here does not exist over HTTP.
 */
export const routes: readonly Route[] = [
  ...keyRoutes,
  ...bulkRoutes,
  ...consumerRoutes,
  ...leakRoutes,
  ...rotationRoutes,
  ...policyRoutes,
  ...destinationRoutes,
  ...channelRoutes,
  ...checkRoutes,
  ...selfRoutes,
  ...keyspaceRoutes,
  ...ownerRoutes,
  ...peopleRoutes,
  ...sessionRoutes,
  ...providerRoutes,
  ...recordRoutes,
  ...overviewRoutes,
  ...liveRoutes,
  ...healthRoutes,
  ...documentRoutes(() => routes),
  ...adminRoutes(),
  ...setupRoutes,
  ...claimRoutes,
];
