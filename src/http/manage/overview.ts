import { OverviewSchema } from '../overview-schemas.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, keyspaceQuery } from '../schemas.js';

/**
 * How things are at a glance.
 * @public
 */
export const overviewRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/overview',
    access: 'keyspaces:read',
    summary: 'Tell what needs a person now, as far as the caller may see it.',
    body: NO_FIELDS,
    query: closed({ ...keyspaceQuery }),
    answers: { 200: { kind: 'json', schema: OverviewSchema, what: 'What there is to do.' } },
    problems: [404],
    async handle({ management, query }) {
      return { status: 200, value: await management.overview(query) };
    },
  }),
];
