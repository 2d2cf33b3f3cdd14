import Type from 'typebox';
import { Warnings } from './channel-schemas.js';
import { PolicyProbeSchema, ProbeInputSchema, ProbePlanSchema } from './probe-schemas.js';
import type { AnswerShape } from './route.js';
import { closed, nullable, Text, Time } from './schemas.js';

const Duration = Type.String({ description: 'a duration like "7d"' });
const Durations = Type.Array(Duration);
const Unclaimed = Type.Enum(['hold', 'disable']);
const AtHard = Type.Enum(['hold', 'extend', 'revoke']);
const EvidenceIds = Type.Array(Type.Enum(['E1', 'E2', 'E3', 'E4', 'E5']));
const Group = Type.Enum(['client', 'network']);
const Shares = Type.Array(Type.Number({ exclusiveMinimum: 0, maximum: 100 }));

const Brownouts = closed({ after: Duration, for: Duration, share: Shares });
const approvers = Type.Integer({ minimum: 0, maximum: 5 });
const Approval = closed({ before: Type.Enum(['issue']), approvers });
const ApprovalInput = closed({ before: Type.Optional(Type.Enum(['issue'])), approvers });
const Schedule = {
  every: Duration,
  mode: Type.Enum(['before', 'after']),
  lead: Duration,
  spread: Duration,
  window: nullable(Text),
  timezone: Text,
  blackout: Type.Array(Text),
  deliver: nullable(Type.Enum(['destinations', 'claim', 'notice'])),
};
const ScheduleInput = closed({
  every: Duration,
  mode: Type.Optional(Schedule.mode),
  lead: Type.Optional(Duration),
  spread: Type.Optional(Duration),
  window: Type.Optional(nullable(Text)),
  timezone: Type.Optional(Text),
  blackout: Type.Optional(Schedule.blackout),
  deliver: Type.Optional(Schedule.deliver),
});
const Disable = Type.Enum(['unused', 'never']);
const ExpiryInput = closed({
  maxAge: Type.Optional(nullable(Duration)),
  unused: Type.Optional(nullable(Duration)),
  grace: Type.Optional(Duration),
  disable: Type.Optional(Disable),
});
const OnLeakReport = Type.Enum(['rotate', 'revoke', 'tell']);
/** What a policy takes. */
export const changeable = {
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
  approval: Type.Optional(nullable(ApprovalInput)),
  emergency: Type.Optional(
    closed({ overlap: Type.Optional(Duration), onLeakReport: Type.Optional(OnLeakReport) }),
  ),
  selfRotation: Type.Optional(Type.Boolean({ description: 'true or false' })),
  probe: Type.Optional(nullable(ProbeInputSchema)),
  schedule: Type.Optional(nullable(ScheduleInput)),
  expiry: Type.Optional(nullable(ExpiryInput)),
  notify: Type.Optional(
    nullable(closed({ due: Type.Optional(Durations), channels: Type.Optional(Type.Array(Text)) })),
  ),
  reference: Type.Optional(nullable(Text)),
};

const terms = {
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
  emergency: closed({ overlap: Duration, onLeakReport: OnLeakReport }),
  selfRotation: Type.Boolean(),
  probe: nullable(PolicyProbeSchema),
  schedule: nullable(closed({ ...Schedule, runwayUntil: nullable(Time) })),
  expiry: nullable(
    closed({
      maxAge: nullable(Duration),
      unused: nullable(Duration),
      grace: Duration,
      disable: Disable,
      runwayUntil: nullable(Time),
    }),
  ),
  notify: closed({ due: Durations, channels: Type.Array(Type.String()) }),
  reference: nullable(Type.String()),
};
const named = { name: Type.String(), keyspace: Type.String(), ...terms };
const fields = { ...named, createdAt: Time, updatedAt: Time, version: Type.Integer() };
/** A policy. */
export const PolicySchema = closed(fields);
/** The answer that is one, as it was made or changed. */
export const SAVED_POLICY: AnswerShape = {
  kind: 'json',
  schema: closed({ ...fields, warnings: Warnings }),
  what: 'The policy.',
};
const keyCount = Type.Integer({
  description: 'keys that name it and are not revoked; no more than 10 000 are counted',
});
/** A policy, and how many keys name it. */
export const POLICY_IN_USE: AnswerShape = {
  kind: 'json',
  schema: closed({ ...fields, keyCount }),
  what: 'The policy, and how many keys name it.',
};
const applied = {
  policy: closed(named),
  action: Type.Enum(['created', 'changed', 'unchanged']),
  changes: Type.Array(
    closed({
      field: Type.String(),
      before: nullable(Type.String()),
      after: nullable(Type.String()),
    }),
  ),
  keyCount: Type.Integer({
    description: 'keys that follow it and are not revoked; no more than 10 000 are counted',
  }),
  warnings: Warnings,
};
/** What a policy file has changed, or would. */
export const APPLIED: AnswerShape = {
  kind: 'json',
  schema: closed({ policies: Type.Array(closed(applied)), dryRun: Type.Boolean() }),
  what: 'What changed, policy by policy; in a dry run what would.',
};
const DueTime = closed({
  dueAt: Time,
  startAt: Time,
  reasons: Type.Array(Type.String()),
  key: nullable(closed({ id: Type.String(), name: Type.String() })),
});
const ExpiryTime = closed({
  at: Time,
  what: Type.Enum(['past_policy', 'unused', 'disabled']),
  key: closed({ id: Type.String(), name: Type.String() }),
  held: nullable(Type.String()),
});
const trial = { ...applied, due: Type.Array(DueTime), expiry: Type.Array(ExpiryTime) };
/** What a policy file would do. */
export const TRIAL: AnswerShape = {
  kind: 'json',
  schema: closed({
    policies: Type.Array(closed({ ...trial, probe: nullable(ProbePlanSchema) })),
  }),
  what: 'What would change, the next ten times at which keys would be due, told of or disabled, and whether the probe could be run.',
};

const Span = closed({ from: Time, until: Time });

/** Who is due when. */
export const CalendarSchema = closed({
  policy: Type.String(),
  keyspace: Type.String(),
  from: Time,
  to: Time,
  timezone: Type.String(),
  days: Type.Array(
    closed({
      on: Type.String({ description: 'a date there' }),
      count: Type.Integer(),
      slots: Type.Array(
        closed({
          key: closed({ id: Type.String(), name: Type.String() }),
          dueAt: Time,
          startAt: Time,
        }),
      ),
    }),
  ),
  count: Type.Integer(),
  isWhole: Type.Boolean(),
  windows: nullable(Type.Array(Span)),
  blackouts: Type.Array(Span),
});
