import Type from 'typebox';
import type { RotateAnswer } from '../../rotate-views.js';
import type { RotationVerb } from '../../rotation-views.js';
import {
  ClaimLinkSchema,
  EmergencyPlanSchema,
  RotationPlanSchema,
  RotationSchema,
  RotationState,
} from '../rotation-schemas.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route, type Said } from '../route.js';
import {
  closed,
  KeySchema,
  keyspaceQuery,
  nullable,
  pageOf,
  pageQuery,
  replayed,
  Text,
} from '../schemas.js';

const YesOrNo = Type.Boolean({ description: 'true or false' });

const Rotate = closed({
  overlap: Type.Optional(Type.String({ description: 'a duration like "7d"' })),
  keep: Type.Optional(YesOrNo),
  reason: Type.Optional(Text),
  compromised: Type.Optional(YesOrNo),
  deliver: Type.Optional(Type.Enum(['answer', 'claim', 'destinations'])),
  dryRun: Type.Optional(YesOrNo),
});

const ListRotations = closed({
  ...pageQuery,
  ...keyspaceQuery,
  key: Type.Optional(Text),
  state: Type.Optional(RotationState),
  open: Type.Optional(Type.Boolean({ description: 'true: only those that are not done' })),
});

const Word = closed({ reason: Type.Optional(Text) });
const WORDS = {
  extend: closed({
    reason: Type.Optional(Text),
    until: Type.String({ description: 'a time, or a duration from now' }),
  }),
  waive: closed({ reason: Text, consumer: Text }),
} as const;

const ROTATION: AnswerShape = { kind: 'json', schema: RotationSchema, what: 'The rotation.' };
const ROTATION_ANSWER: AnswerShape = {
  kind: 'json',
  schema: closed({
    rotation: RotationSchema,
    replayed,
    plaintext: Type.Optional(Type.String({ description: 'of a retry: shown this once' })),
    claim: Type.Optional(ClaimLinkSchema),
  }),
  what: 'The rotation as it is now.',
};
const Started = {
  key: KeySchema,
  rotation: RotationSchema,
  replayed,
};
const ROTATED: AnswerShape = {
  kind: 'json',
  schema: closed({
    ...Started,
    plaintext: Type.Optional(Type.String({ description: 'the new secret, shown this once' })),
  }),
  what: 'The new secret is accepted everywhere; repeated, the answer comes without it.',
};
const ACCEPTED: AnswerShape = {
  kind: 'json',
  schema: closed({ ...Started, claim: Type.Optional(ClaimLinkSchema) }),
  what: 'An approval is still to come, or the claim whose link is here has to be opened.',
};
const PLAN: AnswerShape = {
  kind: 'json',
  schema: closed({ plan: RotationPlanSchema }),
  what: 'What would be done.',
};

const Emergency = closed({
  owner: Type.Optional(Text),
  tag: Type.Optional(Text),
  keyspace: Type.Optional(Text),
  compromised: Type.Literal(true, { description: 'true' }),
  reason: Text,
  overlap: Type.Optional(Text),
  deliver: Type.Optional(
    Type.Literal('answer', { description: 'answer: also of keys that have destinations' }),
  ),
  dryRun: Type.Optional(YesOrNo),
  ...pageQuery,
});
const EMERGENCY_PLAN: AnswerShape = {
  kind: 'json',
  schema: closed({ plan: EmergencyPlanSchema }),
  what: 'What it would hit.',
};
const EMERGENCY: AnswerShape = {
  kind: 'json',
  schema: closed({
    items: Type.Array(
      closed({
        key: Type.String({ description: "the key's id" }),
        name: Type.String(),
        rotation: nullable(Type.String({ description: 'null: there is none, see code' })),
        state: Type.Optional(RotationSchema.properties.state),
        plaintext: Type.Optional(Type.String({ description: 'the new secret, shown this once' })),
        deliver: Type.Optional(
          Type.Literal('destinations', { description: 'it goes there, and is not answered' }),
        ),
        code: Type.Optional(Type.String({ description: 'why it has none' })),
        detail: Type.Optional(
          Type.String({ description: 'what went wrong, and the command that comes next' }),
        ),
      }),
    ),
    nextCursor: nullable(Type.String()),
    replayed,
  }),
  what:
    'One wave: each key with its new secret, or the state needs_operator where a person has to act. ' +
    'Ask again with nextCursor until it is null.',
};

/** What each verb does, for the reference. */
const VERBS: Readonly<Record<RotationVerb, string>> = {
  approve: 'Agree that the secret is replaced. Nobody approves what they asked for.',
  retry: 'Try again what waits for a person.',
  skip: 'Pass over the next brown-out of the policy.',
  extend: 'Move the deadline.',
  waive:
    'Wait no more for a consumer, or for all whose label, or a whole part of it, is a text with * for any.',
  finish: 'End the old secret now, whatever the evidence.',
  rollback: 'Make the old secret the current one again.',
  abort: 'End a rotation before anybody has the new secret.',
  undo: 'Accept a disabled old secret again, end a brown-out, or take the last waiver back.',
};

/**
 * Replacing secrets, and what a person may do meanwhile.
 * @public
 */
export const rotationRoutes: readonly Route[] = [
  defineRoute({
    method: 'POST',
    path: '/v1/keys/{id}/rotate',
    access: 'keys:rotate',
    confirm: true,
    summary: 'Replace the secret of a key. The new one, or a link to it, is in the answer, once.',
    body: Rotate,
    isBodyOptional: true,
    query: NO_FIELDS,
    answers: { 200: PLAN, 201: ROTATED, 202: ACCEPTED },
    problems: [409, 422],
    async handle({ management, params, body, idempotencyKey }) {
      const id = params['id'] ?? '';
      return sayRotated(await management.keys.rotate(id, body, { idempotencyKey }));
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v1/rotations',
    access: 'keys:rotate',
    confirm: true,
    summary: 'End every secret of all keys of an owner, a tag or a keyspace, a wave a call.',
    body: Emergency,
    query: NO_FIELDS,
    answers: { 200: EMERGENCY_PLAN, 201: EMERGENCY },
    problems: [404, 422],
    async handle({ management, body, idempotencyKey }) {
      const answer = await management.rotations.emergency(body, { idempotencyKey });
      return { status: 'plan' in answer ? 200 : 201, value: answer };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/rotations',
    access: 'rotations:read',
    summary: 'List rotations, newest first.',
    body: NO_FIELDS,
    query: ListRotations,
    answers: {
      200: { kind: 'json', schema: pageOf(RotationSchema), what: 'One page of rotations.' },
    },
    problems: [404, 422],
    async handle({ management, query }) {
      return { status: 200, value: await management.rotations.list(query) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/rotations/{id}',
    access: 'rotations:read',
    summary: 'Read a rotation: where it is, the evidence, who has moved, and what may be done.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 200: ROTATION },
    async handle({ management, params }) {
      return { status: 200, value: await management.rotations.get(params['id'] ?? '') };
    },
  }),
  ...(['approve', 'retry', 'skip', 'finish', 'rollback', 'abort', 'undo'] as const).map((verb) =>
    defineRoute({
      ...verbRow(verb),
      body: Word,
      isBodyOptional: true,
      query: NO_FIELDS,
      async handle({ management, params, body, idempotencyKey }) {
        const id = params['id'] ?? '';
        const value = await management.rotations[verb](id, body, { idempotencyKey });
        return { status: 200, value };
      },
    }),
  ),
  ...(['extend', 'waive'] as const).map((verb) =>
    defineRoute({
      ...verbRow(verb),
      body: WORDS[verb],
      query: NO_FIELDS,
      async handle({ management, params, body, idempotencyKey }) {
        const id = params['id'] ?? '';
        const value = await management.rotations[verb](id, body, { idempotencyKey });
        return { status: 200, value };
      },
    }),
  ),
];

function verbRow(verb: RotationVerb) {
  return {
    method: 'POST',
    path: `/v1/rotations/{id}/${verb}`,
    access: 'keys:rotate',
    summary: VERBS[verb],
    answers: { 200: ROTATION_ANSWER },
    problems: [409, 422],
  } as const;
}

function sayRotated(answer: RotateAnswer): Said {
  if ('plan' in answer) return { status: 200, value: answer };
  const isWhole = 'plaintext' in answer || 'replayed' in answer;
  return { status: isWhole ? 201 : 202, value: answer };
}
