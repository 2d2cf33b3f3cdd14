import { formatDuration } from '../keys/duration.js';
import { peopleWho } from './asks.js';
import { type Headcount, headcountOf } from './baseline.js';
import type { Details } from './details.js';
import type { EndedSecret } from './ended-secrets.js';
import { lastUsedText } from './last-used.js';

/** A secret that would end, and how much it is in use. */
export interface PlannedEnd extends EndedSecret {
  readonly lastUsedMs: number;
  readonly consumers: Headcount;
}

interface Plan {
  /** Empty where it is no emergency. */
  readonly ends: readonly PlannedEnd[];
  readonly deadline: string;
  readonly lastUsedMs: number;
  readonly nowMs: number;
  /** The open rotation that it would end. */
  readonly supersedes: string | null;
}

/** What a rotation would do, in a few sentences. */
export function sentenceOf(details: Details, plan: Plan): string {
  return details.isCompromised ? emergencySentence(details, plan) : ordinarySentence(details, plan);
}

/** No evidence ends anything here, and nobody is waited for. */
function emergencySentence({ terms, deliver }: Details, plan: Plan): string {
  const { ends, supersedes } = plan;
  const ended = ends.map((one) => endText(one, plan, terms.evidence.baselineMs));
  const before =
    ended.length === 0
      ? 'No secret is accepted as it is.'
      : `Ends every secret that there is, for ever, whoever still uses it: ${ended.join('; ')}.`;
  const after =
    deliver === 'claim'
      ? ` Makes a link that opens once, within ${formatDuration(terms.claim.closeMs)}. Until it is opened the key has no secret.`
      : ' Issues a new one.';
  const open = supersedes === null ? '' : ` The open rotation ${supersedes} is superseded.`;
  return `${before}${after}${open}`;
}

function endText(end: PlannedEnd, { nowMs }: Plan, baselineMs: number): string {
  const when = end.afterMs === 0 ? 'at once' : `in ${formatDuration(end.afterMs)}`;
  if (end.state === 'pending') return `secret ${end.number} ${when} (not accepted yet)`;
  const used = lastUsedText({ ...end, nowMs, baselineMs });
  const already = end.state === 'disabled' ? 'refused already, ' : '';
  return `secret ${end.number} ${when} (${already}${used})`;
}

function ordinarySentence(details: Details, plan: Plan): string {
  const { oldNumber, overlapMs, baseline, deliver, terms } = details;
  const consumers = headcountOf(baseline);
  const { baselineMs } = terms.evidence;
  const used = `It was ${lastUsedText({ ...plan, consumers, baselineMs })}.`;
  if (deliver === 'claim') {
    const unclaimed =
      terms.claim.unclaimed === 'disable'
        ? ` If nobody opens it, secret ${oldNumber} is disabled, unless it is in use.`
        : '';
    const [closes, hard] = [terms.claim.closeMs, overlapMs ?? terms.overlap.hardMs];
    const fate = isEndedAtOnce(details)
      ? endsSoon(oldNumber)
      : `secret ${oldNumber} works ${howLong(details)}, and its deadline, ${formatDuration(hard)}, counts from then: at it ${END[details.atDeadline]}`;
    return `${agreement(terms.approvers)}Makes a link that opens once, within ${formatDuration(closes)}. The new secret is issued then; ${fate}.${unclaimed} ${used}`;
  }
  const fate = isEndedAtOnce(details)
    ? endsSoon(oldNumber)
    : `secret ${oldNumber} works ${howLong(details)}. At ${plan.deadline} ${END[details.atDeadline]}`;
  const issues =
    deliver === 'destinations' ? 'Issues a new secret and delivers it' : 'Issues a new secret';
  return `${agreement(terms.approvers)}${issues}; ${fate}. ${used}`;
}

/** It has no overlap: its deadline is there as the new one is. */
function isEndedAtOnce({ overlapMs, atDeadline }: Details): boolean {
  return overlapMs === 0 && atDeadline === 'revoke';
}

function endsSoon(oldNumber: number): string {
  return `secret ${oldNumber} ends at once where nobody uses it, and else as soon as somebody has used the new one, whoever has moved by then`;
}

/** Whom it waits for before anything is done. */
function agreement(approvers: number): string {
  if (approvers === 0) return '';
  return `Waits until ${peopleWho(approvers)} approved it. `;
}

const END = {
  hold: 'both stay accepted',
  extend: 'it is extended',
  revoke:
    'it ends, where somebody has used the new one or nobody uses the old one; else a person is asked',
} as const;

/** What ends the old one before its deadline. */
function howLong({ keepsOld, atDeadline }: Details): string {
  if (!keepsOld) return 'until all have moved';
  const by = atDeadline === 'revoke' ? 'its deadline' : 'a person';
  return `until ${by} ends it, whoever has moved`;
}
