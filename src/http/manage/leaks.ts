import Type from 'typebox';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, nullable, Text } from '../schemas.js';

const MAX_PLAINTEXT_LENGTH = 8_192; // Longer than any key.
const MAX_REPORTS = 100;

const Report = closed({
  plaintext: Type.String({ maxLength: MAX_PLAINTEXT_LENGTH, description: 'what was found' }),
  source: Type.Optional(Type.String({ description: 'who found it' })),
  url: Type.Optional(Type.String({ description: 'where; only its origin and path are kept' })),
  foundAt: Type.Optional(Type.String({ description: 'an RFC 3339 time or a date' })),
});
const ReportLeaks = closed({
  reports: Type.Array(Report, {
    description: `a list of 1 to ${MAX_REPORTS} reports`,
    minItems: 1,
    maxItems: MAX_REPORTS,
  }),
  dryRun: Type.Optional(Type.Boolean({ description: 'true or false' })),
});

const LEAKS: AnswerShape = {
  kind: 'json',
  schema: closed({
    items: Type.Array(
      closed({
        result: Type.Enum(['acted', 'known', 'unknown']),
        key: Type.Optional(Text),
        secret: Type.Optional(Type.Integer({ description: "the secret's number" })),
        state: Type.Optional(
          Type.Enum(['pending', 'current', 'retiring', 'disabled', 'revoked'], {
            description: 'as it was found',
          }),
        ),
        rotation: Type.Optional(nullable(Type.String())),
        action: Type.Optional(Type.Enum(['rotated', 'revoked', 'told', 'none'])),
        problem: Type.Optional(nullable(Type.String())),
      }),
    ),
  }),
  what: 'What became of each, in the order of the reports.',
};

/**
 * Secrets that were found in the open.
 * @public
 */
export const leakRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/leaks',
    access: 'keys:revoke',
    confirm: true,
    summary: 'Report secrets that were found in the open. Each is dealt with as its policy says.',
    body: ReportLeaks,
    query: NO_FIELDS,
    answers: { 200: LEAKS },
    problems: [422],
    async handle({ management, body }) {
      return { status: 200, value: await management.keys.reportLeaks(body) };
    },
  }),
];
