import {
  type Form,
  type Forms,
  listOf,
  objectOf,
  oneOf,
  orNull,
  required,
  text,
  wholeNumber,
} from '../form.js';
import type { PolicyInput, PolicyPatch, PolicyQuery } from '../policy-views.js';
import type {
  EmergencyInput,
  RotateInput,
  RotationQuery,
  RotationVerb,
} from '../rotation-views.js';
import type { VerbInput } from './verbs.js';

// What rotations take, in the words of the HTTP API.

const MAX_PAGE = 200;
const yesOrNo = (wanted: string) => ({
  wanted,
  fits: (value: unknown) => typeof value === 'boolean',
});

const rotate: Forms<RotateInput> = {
  overlap: { ...text, wanted: 'a duration like "7d"' },
  keep: yesOrNo('true or false'),
  reason: text,
  compromised: yesOrNo('true or false'),
  deliver: oneOf('answer', 'claim'),
  dryRun: yesOrNo('true or false'),
};

const query: Forms<RotationQuery> = {
  limit: wholeNumber(`a whole number from 1 to ${MAX_PAGE}`, 1, MAX_PAGE),
  cursor: { ...text, wanted: 'the nextCursor of the page before' },
  keyspace: text,
  key: text,
  state: oneOf(
    'running',
    'waiting',
    'retrying',
    'needs_operator',
    'completed',
    'rolled_back',
    'aborted',
    'superseded',
  ),
  open: yesOrNo('true or false'),
};

const emergency: Forms<EmergencyInput> = {
  owner: text,
  tag: text,
  keyspace: text,
  compromised: required({ wanted: 'true', fits: (value) => value === true }),
  reason: required(text),
  overlap: rotate.overlap,
  dryRun: yesOrNo('true or false'),
  limit: query.limit,
  cursor: query.cursor,
};

const reason = { reason: text };

const verbs: Readonly<Record<RotationVerb, Partial<Forms<VerbInput>>>> = {
  approve: reason,
  retry: reason,
  skip: reason,
  extend: { ...reason, until: required({ ...text, wanted: 'a time, or a duration from now' }) },
  waive: { reason: required(text), consumer: required(text) },
  finish: reason,
  rollback: reason,
  abort: reason,
  undo: reason,
};

export const ROTATE = objectOf(rotate);
export const EMERGENCY = required(objectOf(emergency));
export const QUERY = objectOf(query);
export const VERB = {
  approve: objectOf(verbs.approve),
  retry: objectOf(verbs.retry),
  skip: objectOf(verbs.skip),
  extend: required(objectOf(verbs.extend)),
  waive: required(objectOf(verbs.waive)),
  finish: objectOf(verbs.finish),
  rollback: objectOf(verbs.rollback),
  abort: objectOf(verbs.abort),
  undo: objectOf(verbs.undo),
};

const duration = { ...text, wanted: 'a duration like "7d"' };
const percent: Form = {
  wanted: 'a number above 0, at most 100',
  fix: 'Send percents as numbers, like 50; not "50%".',
  fits: (value) => typeof value === 'number' && value > 0 && value <= 100,
};
const overlap: Forms<NonNullable<PolicyPatch['overlap']>> = {
  min: duration,
  soft: duration,
  hard: duration,
  atHard: oneOf('hold', 'extend', 'revoke'),
};
const evidence: Forms<NonNullable<PolicyPatch['evidence']>> = {
  require: listOf(oneOf('E1', 'E2', 'E3', 'E4', 'E5'), 'a list of E1 to E5'),
  baseline: duration,
  gaps: duration,
  undo: duration,
  group: oneOf('client', 'network'),
};
const brownouts: Forms<NonNullable<PolicyPatch['brownouts']>> = {
  after: required(duration),
  for: required(duration),
  share: required(listOf(percent, 'a list of percentages')),
};
const claim: Forms<NonNullable<PolicyPatch['claim']>> = {
  close: duration,
  remind: listOf(duration, 'a list of durations'),
  unclaimed: oneOf('hold', 'disable'),
};
const approval: Forms<NonNullable<PolicyPatch['approval']>> = {
  approvers: required(wholeNumber('a number of people', 0, 5)),
};
const policyPatch: Forms<PolicyPatch> = {
  overlap: objectOf(overlap),
  evidence: objectOf(evidence),
  brownouts: orNull(objectOf(brownouts)),
  claim: objectOf(claim),
  approval: orNull(objectOf(approval)),
  selfRotation: yesOrNo('true or false'),
};
const policyInput: Forms<PolicyInput> = { ...policyPatch, name: required(text), keyspace: text };
const policyQuery: Forms<PolicyQuery> = {
  limit: query.limit,
  cursor: query.cursor,
  keyspace: text,
};

export const POLICY = required(objectOf(policyInput));
export const POLICY_PATCH = required(objectOf(policyPatch));
export const POLICY_QUERY = objectOf(policyQuery);
