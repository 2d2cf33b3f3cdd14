import Type from 'typebox';
import {
  ChannelAnswerSchema,
  ChannelInput,
  ChannelSchema,
  ChannelTestSchema,
  changeableChannel,
  NoticeAnswerSchema,
  NoticeSchema,
  NoticeState,
} from '../channel-schemas.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, pageOf, pageQuery, Text } from '../schemas.js';

const CHANNEL: AnswerShape = { kind: 'json', schema: ChannelSchema, what: 'The channel.' };
const ANSWER: AnswerShape = { ...CHANNEL, schema: ChannelAnswerSchema };

/**
 * Where people are told, and what waits to be told.
 * @public
 */
export const channelRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/channels',
    access: 'channels:write',
    confirm: true,
    summary: 'Create a channel: where operators are told. Policies name it.',
    body: ChannelInput,
    query: NO_FIELDS,
    answers: { 201: ANSWER },
    problems: [404, 409, 422],
    async handle({ management, body, idempotencyKey }) {
      return { status: 201, value: await management.channels.create(body, { idempotencyKey }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/channels',
    access: 'channels:read',
    summary: 'List channels, by id; of one keyspace or of all.',
    body: NO_FIELDS,
    query: closed({ ...pageQuery, keyspace: Type.Optional(Text) }),
    answers: { 200: { kind: 'json', schema: pageOf(ChannelSchema), what: 'One page of them.' } },
    problems: [404],
    async handle({ management, query }) {
      return { status: 200, value: await management.channels.list(query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/channels/{id}',
    access: 'channels:read',
    summary: 'Read a channel.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 200: CHANNEL },
    async handle({ management, params }) {
      return { status: 200, value: await management.channels.get(params['id'] ?? '') };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/channels/{id}',
    access: 'channels:write',
    confirm: true,
    summary: 'Change a channel; what is absent stays.',
    body: closed(changeableChannel),
    query: NO_FIELDS,
    answers: { 200: ANSWER },
    problems: [409, 412, 422],
    async handle({ management, params, body, ifMatch }) {
      const value = await management.channels.update(params['id'] ?? '', body, { ifMatch });
      return { status: 200, value };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/channels/{id}',
    access: 'channels:write',
    confirm: true,
    summary: 'Delete a channel that no policy names.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 204: { kind: 'empty', what: 'It is deleted.' } },
    problems: [409, 412],
    async handle({ management, params, ifMatch }) {
      await management.channels.delete(params['id'] ?? '', { ifMatch });
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/channels/{id}/test',
    access: 'channels:write',
    summary: 'Send a few words by a channel, to see whether they arrive.',
    body: NO_FIELDS,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: {
      200: { kind: 'json', schema: ChannelTestSchema, what: 'Whether the other side took it.' },
    },
    async handle({ management, params }) {
      return { status: 200, value: await management.channels.test(params['id'] ?? '') };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/notices',
    access: 'channels:read',
    summary: 'List what waits to be told, was told, or was given up; newest first.',
    body: NO_FIELDS,
    query: closed({ ...pageQuery, state: Type.Optional(NoticeState) }),
    answers: { 200: { kind: 'json', schema: pageOf(NoticeSchema), what: 'One page of notices.' } },
    async handle({ management, query }) {
      return { status: 200, value: await management.notices.list(query) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/notices/{id}/retry',
    access: 'channels:write',
    summary: 'Send a notice anew that was given up.',
    body: NO_FIELDS,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: { 200: { kind: 'json', schema: NoticeAnswerSchema, what: 'It waits again.' } },
    problems: [409],
    async handle({ management, params, idempotencyKey }) {
      const value = await management.notices.retry(params['id'] ?? '', { idempotencyKey });
      return { status: 200, value };
    },
  }),
];
