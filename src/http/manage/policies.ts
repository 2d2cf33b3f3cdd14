import Type from 'typebox';
import {
  APPLIED,
  CalendarSchema,
  changeable,
  POLICY_IN_USE,
  PolicySchema,
  SAVED_POLICY,
  TRIAL,
} from '../policy-schemas.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, keyspaceQuery, pageOf, pageQuery, Text } from '../schemas.js';

const Ahead = Type.String({ description: 'an RFC 3339 time, a date, or a duration from now' });
const Place = closed({ ...keyspaceQuery });
const file = {
  file: Type.String({ description: 'the text of a policy file' }),
  keyspace: Type.Optional(Text),
};

/**
 * On what terms secrets are replaced.
 * @public
 */
export const policyRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/policies',
    access: 'policies:write',
    confirm: true,
    summary: 'Create a policy. The one named "default" is that of every key that names none.',
    body: closed({ name: Text, keyspace: Type.Optional(Text), ...changeable }),
    query: NO_FIELDS,
    answers: { 201: SAVED_POLICY },
    problems: [404, 409, 422],
    async handle({ management, body, idempotencyKey }) {
      return { status: 201, value: await management.policies.create(body, { idempotencyKey }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/policies',
    access: 'policies:read',
    summary: "List a keyspace's policies, by name.",
    body: NO_FIELDS,
    query: closed({ ...pageQuery, ...keyspaceQuery }),
    answers: { 200: { kind: 'json', schema: pageOf(PolicySchema), what: 'All policies.' } },
    problems: [404],
    async handle({ management, query }) {
      return { status: 200, value: await management.policies.list(query) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/policies/test',
    access: 'policies:read',
    summary: 'Say what a policy file would change, and when keys would be due.',
    body: closed(file),
    query: NO_FIELDS,
    answers: { 200: TRIAL },
    problems: [404, 422],
    async handle({ management, body }) {
      return { status: 200, value: await management.policies.test(body) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/policies/apply',
    access: 'policies:write',
    confirm: true,
    summary: 'Make every policy of a file as the file says it, all of them or none.',
    body: closed({
      ...file,
      dryRun: Type.Optional(Type.Boolean({ description: 'true or false' })),
    }),
    query: NO_FIELDS,
    answers: { 200: APPLIED },
    problems: [404, 422],
    async handle({ management, body, idempotencyKey }) {
      return { status: 200, value: await management.policies.apply(body, { idempotencyKey }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/policies/{name}',
    access: 'policies:read',
    summary: 'Read a policy.',
    body: NO_FIELDS,
    query: Place,
    answers: { 200: POLICY_IN_USE },
    async handle({ management, params, query }) {
      return { status: 200, value: await management.policies.get(params['name'] ?? '', query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/policies/{name}/calendar',
    access: 'policies:read',
    summary: 'Say who is due when by a policy, for up to a year.',
    body: NO_FIELDS,
    query: closed({ ...keyspaceQuery, from: Type.Optional(Ahead), to: Type.Optional(Ahead) }),
    answers: { 200: { kind: 'json', schema: CalendarSchema, what: 'The time to come.' } },
    problems: [422],
    async handle({ management, params, query }) {
      return {
        status: 200,
        value: await management.policies.calendar(params['name'] ?? '', query),
      };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v1/policies/{name}',
    access: 'policies:write',
    confirm: true,
    summary: 'Change a policy; what is absent stays, and so do rotations that are open.',
    body: closed(changeable),
    query: Place,
    answers: { 200: SAVED_POLICY },
    problems: [412, 422],
    async handle({ management, params, query, body, ifMatch }) {
      const options = { ...query, ifMatch };
      const value = await management.policies.update(params['name'] ?? '', body, options);
      return { status: 200, value };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v1/policies/{name}',
    access: 'policies:write',
    confirm: true,
    summary: 'Delete a policy. It is refused while keys name it that are not revoked.',
    body: NO_FIELDS,
    query: Place,
    answers: { 204: { kind: 'empty', what: 'It is deleted.' } },
    problems: [409, 412],
    async handle({ management, params, query, ifMatch }) {
      await management.policies.delete(params['name'] ?? '', { ...query, ifMatch });
      return { status: 204 };
    },
  }),
];
