import type { CalendarQuery } from '../calendar-views.js';
import {
  type Form,
  type Forms,
  listOf,
  objectOf,
  oneOf,
  orNull,
  required,
  text,
  texts,
  wholeNumber,
} from '../form.js';
import type { PolicyFile } from '../policy-file-views.js';
import type { PolicyInput, PolicyPatch, PolicyQuery, ScheduleInput } from '../policy-views.js';
import { EMERGENCY } from './emergency-input.js';
import { PAGE } from './input-forms.js';
import { PROBE } from './probe-input.js';

// What policies take, in the words of the HTTP API.

const yesOrNo: Form = {
  wanted: 'true or false',
  fits: (value) => typeof value === 'boolean',
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
  before: oneOf('issue'),
  approvers: required(wholeNumber('a number of people', 0, 5)),
};
const schedule: Forms<ScheduleInput> = {
  every: required(duration),
  mode: oneOf('before', 'after'),
  lead: duration,
  spread: duration,
  window: orNull({ ...text, wanted: 'a window like "Tue-Thu 09:00-15:00"' }),
  timezone: { ...text, wanted: 'a time zone like "Europe/Zurich"' },
  blackout: texts,
  deliver: orNull(oneOf('destinations', 'claim', 'notice')),
};
const notify: Forms<NonNullable<PolicyPatch['notify']>> = {
  due: listOf(duration, 'a list of durations'),
  channels: texts,
};
const expiry: Forms<NonNullable<PolicyPatch['expiry']>> = {
  maxAge: orNull(duration),
  unused: orNull(duration),
  grace: duration,
  disable: oneOf('unused', 'never'),
};
const policyPatch: Forms<PolicyPatch> = {
  overlap: objectOf(overlap),
  evidence: objectOf(evidence),
  brownouts: orNull(objectOf(brownouts)),
  claim: objectOf(claim),
  approval: orNull(objectOf(approval)),
  selfRotation: yesOrNo,
  probe: PROBE,
  emergency: EMERGENCY,
  schedule: orNull(objectOf(schedule)),
  expiry: orNull(objectOf(expiry)),
  notify: orNull(objectOf(notify)),
  reference: orNull(text),
};
const policyInput: Forms<PolicyInput> = { ...policyPatch, name: required(text), keyspace: text };
const policyQuery: Forms<PolicyQuery> = { ...PAGE, keyspace: text };

const policyFile: Forms<PolicyFile> = {
  file: required({ ...text, wanted: 'the text of a policy file' }),
  keyspace: text,
};

export const POLICY_FILE = required(objectOf(policyFile));
export const POLICY_FILE_TO_APPLY = required(objectOf({ ...policyFile, dryRun: yesOrNo }));
export const POLICY = required(objectOf(policyInput, { fieldIs: 'a field of a policy' }));
export const POLICY_PATCH = required(objectOf(policyPatch));
export const POLICY_QUERY = objectOf(policyQuery);

const ahead = { ...text, wanted: 'an RFC 3339 time, a date, or a duration from now' };
const calendarQuery: Forms<CalendarQuery> = { keyspace: text, from: ahead, to: ahead };
export const CALENDAR_QUERY = objectOf(calendarQuery);
