import Type from 'typebox';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, keyspaceQuery, nullable, pageOf, pageQuery, Text, Time } from '../schemas.js';

const Duration = Type.String({ description: 'a duration like "7d"' });
const Durations = Type.Array(Duration);
const Unclaimed = Type.Enum(['hold', 'disable']);
const AtHard = Type.Enum(['hold', 'extend', 'revoke']);
const EvidenceIds = Type.Array(Type.Enum(['E1', 'E2', 'E3', 'E4', 'E5']));
const Group = Type.Enum(['client', 'network']);
const Shares = Type.Array(Type.Number({ exclusiveMinimum: 0, maximum: 100 }));

const Brownouts = closed({ after: Duration, for: Duration, share: Shares });
const Approval = closed({ approvers: Type.Integer({ minimum: 0, maximum: 5 }) });
const changeable = {
  overlap: Type.Optional(
    closed({
      min: Type.Optional(Duration),
      soft: Type.Optional(Duration),
      hard: Type.Optional(Duration),
      atHard: Type.Optional(AtHard),
    }),
  ),
  evidence: Type.Optional(
    closed({
      require: Type.Optional(EvidenceIds),
      baseline: Type.Optional(Duration),
      gaps: Type.Optional(Duration),
      undo: Type.Optional(Duration),
      group: Type.Optional(Group),
    }),
  ),
  brownouts: Type.Optional(nullable(Brownouts)),
  claim: Type.Optional(
    closed({
      close: Type.Optional(Duration),
      remind: Type.Optional(Durations),
      unclaimed: Type.Optional(Unclaimed),
    }),
  ),
  approval: Type.Optional(nullable(Approval)),
  selfRotation: Type.Optional(Type.Boolean({ description: 'true or false' })),
};

const fields = {
  name: Type.String(),
  keyspace: Type.String(),
  overlap: closed({ min: Duration, soft: Duration, hard: Duration, atHard: AtHard }),
  evidence: closed({
    require: EvidenceIds,
    baseline: Duration,
    gaps: Duration,
    undo: Duration,
    group: Group,
  }),
  brownouts: nullable(Brownouts),
  claim: closed({ close: Duration, remind: Durations, unclaimed: Unclaimed }),
  approval: nullable(Approval),
  selfRotation: Type.Boolean(),
  createdAt: Time,
  updatedAt: Time,
  version: Type.Integer(),
};
const PolicySchema = closed(fields);
const POLICY: AnswerShape = { kind: 'json', schema: PolicySchema, what: 'The policy.' };
const keyCount = Type.Integer({
  description: 'keys that name it and are not revoked; no more than 10 000 are counted',
});
const POLICY_IN_USE: AnswerShape = {
  kind: 'json',
  schema: closed({ ...fields, keyCount }),
  what: 'The policy, and how many keys name it.',
};
const Place = closed({ ...keyspaceQuery });

/**
 * On what terms secrets are replaced.
 * @public
 */
export const policyRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/policies',
    access: 'policies:write',
    summary: 'Create a policy. The one named "default" is that of every key that names none.',
    body: closed({ name: Text, keyspace: Type.Optional(Text), ...changeable }),
    query: NO_FIELDS,
    answers: { 201: POLICY },
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
    method: 'PATCH',
    path: '/v1/policies/{name}',
    access: 'policies:write',
    summary: 'Change a policy; what is absent stays, and so do rotations that are open.',
    body: closed(changeable),
    query: Place,
    answers: { 200: POLICY },
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
