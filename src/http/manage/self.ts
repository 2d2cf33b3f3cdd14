import Type from 'typebox';
import { InternalError } from '../../errors.js';
import type { Accepted } from '../../verdict.js';
import { defineRoute, type Incoming, NO_FIELDS, type Route } from '../route.js';
import { closed, KeySchema, SelfSchema, Text } from '../schemas.js';

const RevokeSelf = closed({
  reason: Type.Optional(Text),
  secret: Type.Optional(Type.Integer({ minimum: 1, description: "a secret's number" })),
});

// A consumer is told what its own key is, not what its issuer keeps with it.
const RevokedSelf = closed({
  key: closed({
    id: KeySchema.properties.id,
    state: KeySchema.properties.state,
    stateChangedAt: KeySchema.properties.stateChangedAt,
    secrets: KeySchema.properties.secrets,
  }),
  replayed: Type.Optional(Type.Literal(true)),
});

/**
 * What a holder may do with its own key.
 * @public
 */
export const selfRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/self',
    access: 'self',
    summary: 'Ask what the presented key is and may do.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 200: { kind: 'json', schema: SelfSchema, what: 'The key that was presented.' } },
    handle(call) {
      const { key, secret } = callerOf(call);
      const isRetiring = secret.state === 'retiring';
      const headers = isRetiring ? { 'api-key-status': 'retiring' } : undefined;
      return { status: 200, value: { key, secret }, ...(headers && { headers }) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/self/revoke',
    access: 'self',
    summary: 'Revoke the presented key, or one of its secrets, for ever.',
    body: RevokeSelf,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: { 200: { kind: 'json', schema: RevokedSelf, what: 'The key as it is now.' } },
    problems: [409, 422],
    async handle(call) {
      const { management, body, idempotencyKey } = call;
      const { id } = callerOf(call).key;
      return { status: 200, value: await management.keys.revoke(id, body, { idempotencyKey }) };
    },
  }),
];

function callerOf({ caller }: Incoming): Accepted {
  if (caller === undefined) throw new InternalError('Nobody was authenticated.');
  return caller;
}
