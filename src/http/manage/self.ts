import Type from 'typebox';
import { InternalError, InvalidRequestError } from '../../errors.js';
import { clientAddress } from '../../sender.js';
import type { Accepted } from '../../verdict.js';
import { defineRoute, type Incoming, NO_FIELDS, type Route } from '../route.js';
import { closed, KeySchema, nullable, replayed, SelfSchema, Text, Time } from '../schemas.js';

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
  replayed,
});

const RotatedSelf = closed({
  key: closed({ id: KeySchema.properties.id, name: KeySchema.properties.name }),
  rotation: closed({
    id: Type.String(),
    state: Type.String(),
    oldSecret: Type.Integer(),
    newSecret: nullable(Type.Integer()),
    deadline: nullable(Time),
    asks: nullable(Type.String({ description: 'what it waits for' })),
    stop: nullable(Type.String({ description: 'the command that takes the key back' })),
  }),
  plaintext: Type.Optional(Type.String({ description: 'the new secret' })),
  replayed,
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
      return { status: 200, value: { key, secret } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/self/rotate',
    access: 'self',
    summary: 'Replace the secret of the presented key, if its policy allows it.',
    body: NO_FIELDS,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: {
      201: { kind: 'json', schema: RotatedSelf, what: 'The new secret; repeated, the same one.' },
      202: { kind: 'json', schema: RotatedSelf, what: 'Somebody has to agree first.' },
    },
    problems: [409],
    async handle(call) {
      const caller = callerOf(call);
      const request = {
        headers: call.arrival.headers,
        address: clientAddress(call.arrival, call.keyturn.settings.trustedHops),
        keyspace: caller.key.keyspace,
        idempotencyKey: requireIdempotencyKey(call.idempotencyKey),
      };
      const value = await call.keyturn.rotateSelf(request, caller);
      return { status: value.plaintext === undefined ? 202 : 201, value };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/self/revoke',
    access: 'self',
    summary: 'Revoke the presented key, or the presented secret alone, for ever.',
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

function requireIdempotencyKey(key: string | undefined): string {
  if (key !== undefined) return key;
  const message = 'is needed: an answer can be lost.';
  const fix = 'Send a new one for each rotation, and the same one to repeat it.';
  throw new InvalidRequestError([{ pointer: '/Idempotency-Key', message, fix }]);
}
