import { BULK_ACTS, type BulkInput } from '../bulk-views.js';
import {
  type Forms,
  listOf,
  objectOf,
  oneOf,
  required,
  text,
  texts,
  wholeNumber,
} from '../form.js';
import type { OverviewQuery } from '../overview-views.js';
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
  deliver: oneOf('answer', 'claim', 'destinations'),
  dryRun: yesOrNo('true or false'),
};

export const PAGE = {
  limit: wholeNumber(`a whole number from 1 to ${MAX_PAGE}`, 1, MAX_PAGE),
  cursor: { ...text, wanted: 'the nextCursor of the page before' },
};

const query: Forms<RotationQuery> = {
  ...PAGE,
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
  deliver: oneOf('answer'),
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

const overviewQuery: Forms<OverviewQuery> = { keyspace: text };

export const OVERVIEW = objectOf(overviewQuery);

/** Of one call: each is a change of its own. */
const MAX_BULK = 200;
const ids = listOf(text, `a list of 1 to ${MAX_BULK} ids`);

const bulk: Forms<BulkInput> = {
  ids: required({
    ...ids,
    fits: (value) => Array.isArray(value) && value.length > 0 && value.length <= MAX_BULK,
  }),
  act: required(oneOf(...BULK_ACTS)),
  tags: texts,
  reason: text,
  overlap: rotate.overlap,
  deliver: oneOf('claim', 'destinations'),
  dryRun: yesOrNo('true or false'),
};

export const BULK = objectOf(bulk);
