import Type from 'typebox';
import { defineCheck, NO_FIELDS, type Route } from '../route.js';
import { closed, Environment, Text, Texts, VerifiedKeySchema } from '../schemas.js';

const MAX_PLAINTEXT_LENGTH = 8_192; // Longer than any key; the check refuses beyond its own bound.

/**
 * What a service asks about a key it was shown.
 * @public
 */
export const VerifyBody = closed({
  plaintext: Type.String({ maxLength: MAX_PLAINTEXT_LENGTH, description: 'a key' }),
  keyspace: Type.Optional(Text),
  environment: Type.Optional(Environment),
  scopes: Type.Optional(Texts),
  address: Type.Optional(Text),
  method: Type.Optional(Text),
  path: Type.Optional(Text),
  origin: Type.Optional(Text),
  userAgent: Type.Optional(Text),
  clientId: Type.Optional(Text),
  cost: Type.Optional(Type.Integer({ minimum: 0, description: 'a whole number' })),
});

/**
 * What a gateway says in the query.
 * @public
 */
export const AuthorizeQuery = closed({
  scopes: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._:*-]+(?:[ ,][A-Za-z0-9._:*-]+)*$',
      description: 'scopes, with a comma between them',
    }),
  ),
  keyspace: Type.Optional(
    Type.String({ minLength: 1, description: 'the name or id of a keyspace' }),
  ),
});

const VerifyAnswer = closed({
  valid: Type.Boolean(),
  code: Type.Optional(Type.String({ description: 'why not, where it is not valid' })),
  key: Type.Optional(VerifiedKeySchema),
  retryAfter: Type.Optional(Type.Integer({ description: 'seconds' })),
  status: Type.Optional(Type.Literal('retiring')),
  deadline: Type.Optional(Type.String({ description: 'an RFC 3339 time in UTC' })),
});

/**
 * The two routes that services and gateways ask for every request of theirs.
 * @public
 */
export const checkRoutes: readonly Route[] = [
  defineCheck({
    method: 'POST',
    path: '/v1/keys/verify',
    access: 'keys:verify',
    summary: 'Check a key that a service was shown. Answers 200 for every verdict.',
    body: VerifyBody,
    query: NO_FIELDS,
    answers: { 200: { kind: 'json', schema: VerifyAnswer, what: 'The verdict.' } },
    problems: [404],
    check: 'verify',
  }),
  defineCheck({
    method: 'ANY',
    path: '/v1/authorize',
    access: 'self',
    summary: "Check the consumer's own key in the headers that a gateway passes on.",
    body: NO_FIELDS,
    query: AuthorizeQuery,
    answers: {
      200: {
        kind: 'empty',
        what: 'Admitted: Keyturn-Key-Id, Keyturn-Owner and Keyturn-Scopes, percent-encoded.',
      },
    },
    problems: [404],
    check: 'authorize',
  }),
];
