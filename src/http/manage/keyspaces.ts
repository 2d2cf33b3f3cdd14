import Type from 'typebox';
import type { Keyspace } from '../../views.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route, type Said } from '../route.js';
import {
  closed,
  ForeignShapeSchema,
  KeyspaceAnswerSchema,
  KeyspaceSchema,
  nullable,
  pageOf,
  pageQuery,
  RefusalForm,
  Text,
  Texts,
} from '../schemas.js';

const changeable = {
  credentials: Type.Optional(
    closed({
      headers: Type.Optional(Texts),
      schemes: Type.Optional(Texts),
      query: Type.Optional(nullable(Text)),
    }),
  ),
  refusal: Type.Optional(RefusalForm),
  scopes: Type.Optional(nullable(Texts)),
  staleness: Type.Optional(Type.String({ description: 'a duration like "5s"' })),
  storeLoss: Type.Optional(Type.String({ description: 'a duration like "0s"' })),
  foreignShapes: Type.Optional(Type.Array(ForeignShapeSchema, { description: 'a list of shapes' })),
  branding: Type.Optional(
    closed({
      name: Type.Optional(nullable(Text)),
      replyTo: Type.Optional(nullable(Type.String({ description: 'a mail address' }))),
      logo: Type.Optional(
        nullable(
          Type.String({
            description: 'a PNG, JPEG or WebP of 32 KiB and 2048 pixels a side at most, in base64',
          }),
        ),
      ),
    }),
  ),
};

const KEYSPACE: AnswerShape = { kind: 'json', schema: KeyspaceSchema, what: 'The keyspace.' };
const KEYSPACE_ANSWER: AnswerShape = {
  kind: 'json',
  schema: KeyspaceAnswerSchema,
  what: 'The new keyspace.',
};

/** @public */
export const keyspaceRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/keyspaces',
    access: 'keyspaces:write',
    summary: 'Create a keyspace. Takes a management key that is bound to none.',
    body: closed({ name: Text, prefix: Text, ...changeable }),
    query: NO_FIELDS,
    answers: { 201: KEYSPACE_ANSWER },
    problems: [409, 422],
    async handle({ management, body, idempotencyKey }) {
      return say(201, await management.keyspaces.create(body, { idempotencyKey }));
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/keyspaces',
    access: 'keyspaces:read',
    summary: 'List keyspaces, by name.',
    body: NO_FIELDS,
    query: closed(pageQuery),
    answers: {
      200: { kind: 'json', schema: pageOf(KeyspaceSchema), what: 'One page of keyspaces.' },
    },
    async handle({ management, query }) {
      return { status: 200, value: await management.keyspaces.list(query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/keyspaces/{id}',
    access: 'keyspaces:read',
    summary: 'Read a keyspace, by id or name.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 200: KEYSPACE },
    async handle({ management, params }) {
      return say(200, await management.keyspaces.get(params['id'] ?? ''));
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/keyspaces/{id}',
    access: 'keyspaces:write',
    summary: 'Change a keyspace; what is absent stays.',
    body: closed(changeable),
    query: NO_FIELDS,
    answers: { 200: KEYSPACE },
    problems: [409, 412, 422],
    async handle({ management, params, body, ifMatch }) {
      return say(200, await management.keyspaces.update(params['id'] ?? '', body, { ifMatch }));
    },
  }),
];

function say(status: number, keyspace: Keyspace): Said {
  return { status, value: keyspace, headers: { etag: `"${keyspace.version}"` } };
}
