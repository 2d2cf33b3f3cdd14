import Type from 'typebox';
import type { Owner } from '../../views.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route, type Said } from '../route.js';
import {
  closed,
  keyspaceQuery,
  nullable,
  OwnerAnswerSchema,
  OwnerSchema,
  pageOf,
  pageQuery,
  Text,
  Texts,
} from '../schemas.js';

const changeable = {
  name: Type.Optional(nullable(Text)),
  emails: Type.Optional(Texts),
  locale: Type.Optional(nullable(Text)),
  timezone: Type.Optional(nullable(Text)),
};

const OWNER: AnswerShape = { kind: 'json', schema: OwnerSchema, what: 'The owner.' };
const OWNER_ANSWER: AnswerShape = {
  kind: 'json',
  schema: OwnerAnswerSchema,
  what: 'The owner as it is now.',
};

/** @public */
export const ownerRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/owners',
    access: 'owners:write',
    summary: 'Create an owner: who stands behind the id that keys carry.',
    body: closed({ id: Text, keyspace: Type.Optional(Text), ...changeable }),
    query: NO_FIELDS,
    answers: { 201: OWNER_ANSWER },
    problems: [404, 409, 422],
    async handle({ management, body, idempotencyKey }) {
      return say(201, await management.owners.create(body, { idempotencyKey }));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/owners',
    access: 'owners:read',
    summary: "List a keyspace's owners, by id.",
    body: NO_FIELDS,
    query: closed({ ...pageQuery, ...keyspaceQuery }),
    answers: { 200: { kind: 'json', schema: pageOf(OwnerSchema), what: 'One page of owners.' } },
    problems: [404],
    async handle({ management, query }) {
      return { status: 200, value: await management.owners.list(query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/owners/{id}',
    access: 'owners:read',
    summary: 'Read an owner.',
    body: NO_FIELDS,
    query: closed(keyspaceQuery),
    answers: { 200: OWNER },
    async handle({ management, params, query }) {
      return say(200, await management.owners.get(params['id'] ?? '', query));
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/owners/{id}',
    access: 'owners:write',
    summary: 'Change an owner; what is absent stays.',
    body: closed(changeable),
    query: closed(keyspaceQuery),
    answers: { 200: OWNER },
    problems: [412, 422],
    async handle({ management, params, body, query, ifMatch }) {
      return say(
        200,
        await management.owners.update(params['id'] ?? '', body, { ...query, ifMatch }),
      );
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/owners/{id}/erase',
    access: 'owners:write',
    confirm: true,
    summary: "Erase an owner's personal values, also beside the audit trail. The keys stay.",
    body: NO_FIELDS,
    isBodyOptional: true,
    query: closed(keyspaceQuery),
    answers: { 200: OWNER_ANSWER },
    problems: [409],
    async handle({ management, params, query, idempotencyKey }) {
      const options = { ...query, idempotencyKey };
      return say(200, await management.owners.erase(params['id'] ?? '', options));
    },
  }),
];

function say(status: number, owner: Owner): Said {
  return { status, value: owner, headers: { etag: `"${owner.version}"` } };
}
