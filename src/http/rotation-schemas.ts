import Type from 'typebox';
import { STEPS } from '../rotation-views.js';
import { ProbePlanSchema } from './probe-schemas.js';
import { ActorSchema, closed, nullable, Texts, Time } from './schemas.js';

export const RotationState = Type.Enum([
  'running',
  'waiting',
  'retrying',
  'needs_operator',
  'completed',
  'rolled_back',
  'aborted',
  'superseded',
]);
const Step = Type.Enum([...STEPS]);
const AtDeadline = Type.Enum(['hold', 'extend', 'revoke']);
const Deliver = Type.Enum(['answer', 'claim', 'destinations']);
const EvidenceId = Type.Enum(['E1', 'E2', 'E3', 'E4', 'E5']);

const Figures = Type.Object(
  {},
  {
    description:
      'by name: counts; times, RFC 3339; durations in milliseconds, whose names end with Ms',
    additionalProperties: true,
  },
);

const EvidenceSchema = closed({
  id: EvidenceId,
  title: Type.String(),
  required: Type.Boolean(),
  state: Type.Enum(['met', 'unmet', 'not_applicable', 'cannot_tell']),
  sure: Type.Enum(['certain', 'likely', 'unknown']),
  figures: Figures,
});

const ConsumerSchema = closed({
  id: Type.String(),
  label: Type.String(),
  where: Type.Enum(['moved', 'both', 'not_moved', 'unconfirmed', 'cannot_tell', 'waived']),
  lastUsedOldAt: nullable(Time),
  lastUsedNewAt: nullable(Time),
  brownoutRefusals: Type.Integer(),
});

const RefusedUsersSchema = closed({
  stragglers: Type.Integer(),
  intruders: Type.Integer(),
  consumers: Type.Array(
    closed({
      id: Type.String(),
      label: Type.String(),
      who: Type.Enum(['straggler', 'intruder']),
      count: Type.Integer(),
      lastUsedAt: Time,
    }),
  ),
});

/** The replacement of one secret. */
export const RotationSchema = closed({
  id: Type.String(),
  key: Type.String({ description: "the key's id" }),
  keyspace: Type.String(),
  phase: Type.Enum(['preparing', 'delivering', 'both_live', 'retiring', 'done']),
  step: Step,
  state: RotationState,
  deliver: Deliver,
  destinations: Type.Array(
    closed({
      id: Type.String(),
      name: Type.String(),
      place: Type.String(),
      state: Type.Enum([
        'waiting',
        'writing',
        'delivered',
        'skipped',
        'unknown',
        'missed',
        'added',
      ]),
      readBack: Type.Boolean({ description: 'false: the place tells nobody what it holds' }),
      at: nullable(Time),
    }),
  ),
  probe: nullable(
    closed({ place: Type.String(), state: Type.Enum(['waiting', 'passed', 'skipped']) }),
  ),
  trouble: nullable(
    closed({
      destination: nullable(Type.String({ description: 'null: it is the probe of the policy' })),
      class: Type.Enum([
        'transient',
        'throttled',
        'destination_auth',
        'target_missing',
        'value_rejected',
        'internal',
        'drift',
        'changed',
      ]),
      message: Type.String(),
      tries: Type.Integer(),
      retryAt: nullable(Time),
    }),
  ),
  policy: Type.String(),
  reason: nullable(Type.String()),
  compromised: Type.Boolean(),
  keep: Type.Boolean({ description: 'the evidence does not end the old secret' }),
  requestedBy: ActorSchema,
  oldSecret: Type.Integer(),
  newSecret: nullable(Type.Integer()),
  createdAt: Time,
  updatedAt: Time,
  claimExpiresAt: nullable(Time),
  reminders: nullable(
    closed({ sent: Type.Integer(), total: Type.Integer(), nextAt: nullable(Time) }),
  ),
  deliveredAt: nullable(Time),
  deadline: nullable(Time),
  atDeadline: AtDeadline,
  lateSince: nullable(Time),
  disabledAt: nullable(Time),
  undoUntil: nullable(Time),
  revokedAt: nullable(Time),
  closedAt: nullable(Time),
  end: nullable(
    Type.Enum(['evidence', 'deadline', 'finish', 'emergency', 'unclaimed', 'revoked_by_hand']),
  ),
  asks: nullable(Type.String({ description: 'what a person has to decide' })),
  stop: nullable(
    Type.String({
      description: 'where a consumer asked itself: the command that takes the key back',
    }),
  ),
  evidence: Type.Array(EvidenceSchema),
  consumers: Type.Array(ConsumerSchema),
  strangers: Texts,
  strangerCount: Type.Integer(),
  waivers: Type.Array(
    closed({ consumer: Type.String(), reason: Type.String(), by: ActorSchema, at: Time }),
  ),
  approvals: Type.Array(closed({ by: ActorSchema, at: Time })),
  brownouts: Type.Array(
    closed({
      from: Time,
      until: Time,
      share: Type.Number(),
      state: Type.Enum(['under_way', 'over', 'stopped', 'skipped']),
    }),
  ),
  nextBrownout: nullable(
    closed({
      at: Time,
      for: Type.String({ description: 'a duration' }),
      share: Type.Number(),
    }),
  ),
  receipt: Type.Array(
    closed({
      instance: Type.String(),
      afterMs: nullable(Type.Integer({ description: 'milliseconds' })),
    }),
  ),
  refusedInGrace: nullable(RefusedUsersSchema),
  usedAfterEnd: nullable(RefusedUsersSchema),
  actions: Type.Array(
    closed({
      name: Type.String(),
      does: Type.String(),
      undoableFor: nullable(Type.String({ description: 'a duration' })),
    }),
  ),
  version: Type.Integer(),
});

/** A claim's link, shown once. */
export const ClaimLinkSchema = closed({
  url: Type.String({
    description: 'opens the claim, once: pass it on to who is to have the secret',
  }),
  expiresAt: Time,
});

const AtLeast = Type.Boolean({ description: 'there may be more consumers than were counted' });

/** What a rotation would do. */
export const RotationPlanSchema = closed({
  key: Type.String(),
  policy: Type.String(),
  deliver: Deliver,
  destinations: Type.Array(
    closed({
      name: Type.String(),
      place: nullable(Type.String()),
      problem: nullable(Type.String({ description: 'why it would not go' })),
    }),
  ),
  probe: nullable(ProbePlanSchema),
  oldSecret: Type.Integer(),
  deadline: nullable(Time),
  atDeadline: AtDeadline,
  evidence: Type.Array(EvidenceId),
  ends: Type.Array(
    closed({
      secret: Type.Integer(),
      state: Type.Enum(['pending', 'current', 'retiring', 'disabled']),
      after: Type.String({ description: 'how long it is accepted still, like 30m' }),
      lastUsedAt: nullable(Time),
      consumers: Type.Integer(),
      atLeast: AtLeast,
    }),
  ),
  lastUsedAt: nullable(Time),
  consumers: Type.Array(
    closed({ label: Type.String(), lastUsedAt: Time, secrets: Type.Array(Type.Integer()) }),
  ),
  atLeast: AtLeast,
  supersedes: nullable(Type.String()),
  approvals: Type.Integer(),
  says: Type.String(),
});

/** What an emergency of many keys would hit. */
export const EmergencyPlanSchema = closed({
  keys: Type.Integer(),
  lastUsedAt: nullable(Time),
  consumers: Type.Integer(),
  atLeast: AtLeast,
  supersedes: Type.Integer({ description: 'open rotations that would end' }),
  delivered: Type.Integer({ description: 'keys whose new secret would go to their destinations' }),
  examined: Type.Integer({
    description: 'keys whose consumers, destinations and rotations were looked for',
  }),
  own: nullable(Type.String({ description: "the caller's own key, where it is among them" })),
  items: Type.Array(
    closed({
      key: Type.String({ description: "the key's id" }),
      name: Type.String(),
      lastUsedAt: nullable(Time),
      consumers: nullable(Type.Integer()),
      atLeast: AtLeast,
      supersedes: nullable(Type.String()),
      deliver: Type.Enum(['answer', 'destinations']),
    }),
  ),
  says: Type.String(),
});
