import Type from 'typebox';
import { BULK_ACTS } from '../../bulk-views.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, nullable, replayed, Text, Texts, Time } from '../schemas.js';

const MAX_BULK = 200;
const Bulk = closed({
  ids: Type.Array(Type.String(), {
    description: `a list of 1 to ${MAX_BULK} ids`,
    minItems: 1,
    maxItems: MAX_BULK,
  }),
  act: Type.Enum([...BULK_ACTS]),
  tags: Type.Optional(Texts),
  reason: Type.Optional(Text),
  overlap: Type.Optional(Type.String({ description: 'a duration like "7d"' })),
  deliver: Type.Optional(Type.Enum(['claim', 'destinations'])),
  dryRun: Type.Optional(Type.Boolean({ description: 'true or false' })),
});

const Report = closed({
  items: Type.Array(
    closed({
      id: Type.String(),
      name: nullable(Type.String()),
      outcome: Type.Enum(['would', 'done', 'unchanged', 'refused']),
      what: Type.String(),
      code: Type.Optional(Type.String()),
      reason: Type.Optional(Type.String()),
      fix: Type.Optional(Type.String()),
      rotation: Type.Optional(Type.String({ description: 'its id' })),
      claim: Type.Optional(
        closed({
          url: Type.String({ description: 'a link to the new secret, shown this once' }),
          expiresAt: Time,
        }),
      ),
    }),
  ),
  totals: closed({
    would: Type.Integer(),
    done: Type.Integer(),
    unchanged: Type.Integer(),
    refused: Type.Integer(),
  }),
  replayed,
});

/**
 * Many keys at once.
 * @public
 */
export const bulkRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/keys/bulk',
    access: 'keys:write',
    confirm: true,
    summary:
      'Do one thing to many keys, to each as if it were asked of it alone; revoke and rotate need their own scopes, too.',
    body: Bulk,
    query: NO_FIELDS,
    answers: { 200: { kind: 'json', schema: Report, what: 'What became of each key.' } },
    problems: [409, 422],
    async handle({ management, body, idempotencyKey }) {
      return { status: 200, value: await management.keys.bulk(body, { idempotencyKey }) };
    },
  }),
];
