import Type from 'typebox';
import {
  CREATED_DESTINATION,
  changeable,
  DESTINATION,
  DESTINATION_TRIAL,
  DestinationSchema,
  made,
} from '../destination-schemas.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, keyspaceQuery, pageOf, pageQuery, Text } from '../schemas.js';

/**
 * Where new secrets are delivered to.
 * @public
 */
export const destinationRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/destinations',
    access: 'destinations:write',
    confirm: true,
    summary:
      "Name a place that holds a key's secret and gets each new one. It takes `keys:rotate`, too.",
    body: closed(made),
    query: NO_FIELDS,
    answers: { 201: CREATED_DESTINATION },
    problems: [404, 409, 422],
    async handle({ management, body, idempotencyKey }) {
      const value = await management.destinations.create(body, { idempotencyKey });
      return { status: 201, value };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/destinations',
    access: 'destinations:read',
    summary: 'List destinations, of a key or of all.',
    body: NO_FIELDS,
    query: closed({ ...pageQuery, ...keyspaceQuery, key: Type.Optional(Text) }),
    answers: { 200: { kind: 'json', schema: pageOf(DestinationSchema), what: 'By id.' } },
    problems: [404, 422],
    async handle({ management, query }) {
      return { status: 200, value: await management.destinations.list(query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/{id}',
    access: 'destinations:read',
    summary: 'Read a destination.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 200: DESTINATION },
    async handle({ management, params }) {
      return { status: 200, value: await management.destinations.get(params['id'] ?? '') };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/destinations/{id}',
    access: 'destinations:write',
    confirm: true,
    summary: 'Change a destination; what is absent stays. It takes `keys:rotate`, too.',
    body: closed(changeable),
    query: NO_FIELDS,
    answers: { 200: DESTINATION },
    problems: [409, 412, 422],
    async handle({ management, params, body, ifMatch }) {
      const value = await management.destinations.update(params['id'] ?? '', body, { ifMatch });
      return { status: 200, value };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/destinations/{id}',
    access: 'destinations:write',
    confirm: true,
    summary: 'Deliver there no more; what stands there stays. It takes `keys:rotate`, too.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 204: { kind: 'empty', what: 'It is deleted.' } },
    problems: [412],
    async handle({ management, params, ifMatch }) {
      await management.destinations.delete(params['id'] ?? '', { ifMatch });
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/destinations/{id}/test',
    access: 'destinations:write',
    summary:
      'Look whether a destination could be written, and which secret stands there. It takes `keys:rotate`, too.',
    body: NO_FIELDS,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: { 200: DESTINATION_TRIAL },
    problems: [422],
    async handle({ management, params }) {
      return { status: 200, value: await management.destinations.test(params['id'] ?? '') };
    },
  }),
];
