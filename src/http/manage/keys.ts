import Type from 'typebox';
import { NotFoundError } from '../../errors.js';
import { KEY_ORDERS } from '../../key-orders.js';
import type { KeyAnswer } from '../../public.js';
import type { Key } from '../../views.js';
import { ImportReportSchema, SwitchReportSchema } from '../import-schemas.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route, type Said } from '../route.js';
import {
  closed,
  Environment,
  FoundKeySchema,
  KeySchema,
  KeyState,
  keyspaceQuery,
  Metadata,
  nullable,
  pageOf,
  pageQuery,
  RestrictionsSchema,
  replayed,
  Text,
  Texts,
  TimeInput,
} from '../schemas.js';

const MAX_PLAINTEXT_LENGTH = 8_192; // Longer than any key; the library refuses beyond its own bound.

/** What may be said of a key at any time. */
const changeable = {
  owner: Type.Optional(nullable(Text)),
  scopes: Type.Optional(Texts),
  metadata: Type.Optional(Metadata),
  tags: Type.Optional(Texts),
  expiresAt: Type.Optional(TimeInput),
  notBefore: Type.Optional(TimeInput),
  restrictions: Type.Optional(RestrictionsSchema),
  policy: Type.Optional(nullable(Text)),
};

const CreateKey = closed({
  name: Text,
  keyspace: Type.Optional(Text),
  environment: Type.Optional(Environment),
  ...changeable,
});
const UpdateKey = closed({ name: Type.Optional(Text), ...changeable });
const Reason = closed({ reason: Type.Optional(Text) });
const RevokeKey = closed({
  reason: Type.Optional(Text),
  secret: Type.Optional(Type.Integer({ minimum: 1, description: "a secret's number" })),
  descendants: Type.Optional(
    Type.Boolean({ description: 'true to end every key that this management key made, too' }),
  ),
});
const FindKey = closed({
  plaintext: Type.String({ maxLength: MAX_PLAINTEXT_LENGTH, description: 'a key' }),
});
const ImportKeys = closed({
  rows: Type.Array(Type.Unknown(), {
    description: 'a list of 1 to 1000 rows, as docs/guides/import.md describes them',
    minItems: 1,
    maxItems: 1_000,
  }),
  keyspace: Type.Optional(Text),
  fromKeyspace: Type.Optional(Text),
  dryRun: Type.Optional(Type.Boolean({ description: 'true or false' })),
});
const ReadReport = closed({
  ...pageQuery,
  ...keyspaceQuery,
  since: Type.Optional(
    Type.String({ description: 'an RFC 3339 time, a date, or a duration back from now' }),
  ),
});
const ListKeys = closed({
  ...pageQuery,
  ...keyspaceQuery,
  search: Type.Optional(
    Type.String({
      description:
        'words, each the beginning of a word of a name, owner, hint, id, tag or value of the metadata; letter case does not count',
    }),
  ),
  sort: Type.Optional(
    Type.Enum([...KEY_ORDERS], { description: '- before it: the other way round' }),
  ),
  owner: Type.Optional(Text),
  state: Type.Optional(KeyState),
  environment: Type.Optional(Environment),
  tag: Type.Optional(Text),
  maker: Type.Optional(Type.String({ description: 'the id of the management key that made it' })),
  policy: Type.Optional(Type.String({ description: 'the policy that they name' })),
  pastPolicy: Type.Optional(
    Type.Boolean({
      description: 'true: only those whose secret is older than their policy allows',
    }),
  ),
});

const KEY: AnswerShape = { kind: 'json', schema: KeySchema, what: 'The key.' };
const KEY_ANSWER: AnswerShape = {
  kind: 'json',
  schema: closed({
    key: KeySchema,
    replayed,
    descendants: Type.Optional(Texts),
  }),
  what: 'The key as it is now.',
};
const CREATED_KEY: AnswerShape = {
  kind: 'json',
  schema: closed({
    key: KeySchema,
    plaintext: Type.Optional(Type.String({ description: 'the key itself, shown this once' })),
    replayed,
  }),
  what: 'The new key and its plaintext, or, repeated, the key without it.',
};

/** @public */
export const keyRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/keys',
    access: 'keys:write',
    confirm: true,
    summary: 'Create a key. Its plaintext is in the answer, once.',
    body: CreateKey,
    query: NO_FIELDS,
    answers: { 201: CREATED_KEY },
    problems: [404, 409, 422],
    async handle({ management, body, idempotencyKey }) {
      const made = await management.keys.create(body, { idempotencyKey });
      return { status: 201, value: made, headers: headersOf(made.key) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/keys',
    access: 'keys:read',
    summary: 'List keys, newest first unless sorted otherwise.',
    body: NO_FIELDS,
    query: ListKeys,
    answers: { 200: { kind: 'json', schema: pageOf(KeySchema), what: 'One page of keys.' } },
    problems: [404],
    async handle({ management, query }) {
      return { status: 200, value: await management.keys.list(query) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/keys/find',
    access: 'keys:read',
    summary: 'Find which key and which secret a plaintext is, in any state.',
    body: FindKey,
    query: NO_FIELDS,
    answers: { 200: { kind: 'json', schema: FoundKeySchema, what: 'The key and the secret.' } },
    problems: [404],
    async handle({ management, body }) {
      const found = await management.keys.find(body);
      if (found === null) throw new NotFoundError('No key that the caller may see is this one.');
      return { status: 200, value: found };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/keys/import',
    access: 'keys:write',
    confirm: true,
    summary: 'Take over keys that were made elsewhere. What is here already stays as it is.',
    body: ImportKeys,
    judgedLater: 'rows', // One that is hostile costs no other.
    query: NO_FIELDS,
    answers: {
      200: { kind: 'json', schema: ImportReportSchema, what: 'What became of each row.' },
    },
    problems: [404, 409, 422],
    async handle({ management, body, idempotencyKey }) {
      return { status: 200, value: await management.keys.import(body, { idempotencyKey }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/keys/import/report',
    access: 'keys:read',
    summary: 'Tell whether Keyturn decides as the check before it does, and where it does not.',
    body: NO_FIELDS,
    query: ReadReport,
    answers: {
      200: { kind: 'json', schema: SwitchReportSchema, what: 'The sums, and one page of rows.' },
    },
    problems: [404],
    async handle({ management, query }) {
      return { status: 200, value: await management.keys.importReport(query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/keys/{id}',
    access: 'keys:read',
    summary: 'Read a key.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 200: KEY },
    async handle({ management, params }) {
      return sayKey(await management.keys.get(params['id'] ?? ''));
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/keys/{id}',
    access: 'keys:write',
    summary: 'Change a key; what is absent stays.',
    body: UpdateKey,
    query: NO_FIELDS,
    answers: { 200: KEY },
    problems: [409, 412, 422],
    async handle({ management, params, body, ifMatch }) {
      return sayKey(await management.keys.update(params['id'] ?? '', body, { ifMatch }));
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/keys/{id}',
    access: 'keys:write',
    summary: 'Delete a key that is revoked. Its audit trail stays.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 204: { kind: 'empty', what: 'It is deleted.' } },
    problems: [409, 412],
    async handle({ management, params, ifMatch }) {
      await management.keys.delete(params['id'] ?? '', { ifMatch });
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/keys/{id}/revoke',
    access: 'keys:revoke',
    summary: 'Revoke a key, or one of its secrets, for ever. Repeating it changes nothing.',
    body: RevokeKey,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: { 200: KEY_ANSWER },
    problems: [409, 422],
    async handle({ management, params, body, idempotencyKey }) {
      return sayAnswer(await management.keys.revoke(params['id'] ?? '', body, { idempotencyKey }));
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/keys/{id}/disable',
    access: 'keys:write',
    summary: 'Disable a key until it is enabled again.',
    body: Reason,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: { 200: KEY_ANSWER },
    problems: [409, 422],
    async handle({ management, params, body, idempotencyKey }) {
      return sayAnswer(await management.keys.disable(params['id'] ?? '', body, { idempotencyKey }));
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/keys/{id}/enable',
    access: 'keys:write',
    summary:
      'Enable a key that was disabled, or keep one that is unused. A revoked one stays revoked.',
    body: Reason,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: { 200: KEY_ANSWER },
    problems: [409, 422],
    async handle({ management, params, body, idempotencyKey }) {
      return sayAnswer(await management.keys.enable(params['id'] ?? '', body, { idempotencyKey }));
    },
  }),
];

function sayKey(key: Key): Said {
  return { status: 200, value: key, headers: headersOf(key) };
}

function sayAnswer(answer: KeyAnswer): Said {
  return { status: 200, value: answer, headers: headersOf(answer.key) };
}

/** The version, as the entity tag that `If-Match` takes. */
function headersOf({ version }: Key): Readonly<Record<string, string>> {
  return { etag: `"${version}"` };
}
