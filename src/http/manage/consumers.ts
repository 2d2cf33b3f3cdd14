import { ConsumersSchema } from '../consumer-schemas.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';

/**
 * Who uses what.
 * @public
 */
export const consumerRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/keys/{id}/consumers',
    access: 'usage:read',
    summary: 'Say who uses a key, as far as they are told apart: those seen last first.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: {
      200: { kind: 'json', schema: ConsumersSchema, what: 'The consumers, by their labels.' },
    },
    async handle({ management, params }) {
      return { status: 200, value: await management.keys.consumers(params['id'] ?? '') };
    },
  }),
];
