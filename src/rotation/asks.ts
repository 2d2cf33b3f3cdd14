import type { RotationRecord } from '../store/rotation.js';
import type { Details } from './details.js';

/** A claim whose link nobody has. */
export const NO_LINK = 'No link opens this claim yet: retry makes one, abort ends it.';
const NO_LINK_YET =
  'No link opens this claim yet: retry by somebody who has not approved it makes one, abort ends it.';

/** Likewise where some have approved it: to them retry is refused. */
export function noLink({ approvals }: Pick<Details, 'approvals'>): string {
  return approvals.length === 0 ? NO_LINK : NO_LINK_YET;
}

/** Nobody approves what they asked for. */
export function peopleWho(approvers: number): string {
  return approvers === 1 ? '1 other person has' : `${approvers} other people have`;
}

/** What a person has to decide, or to do before it goes on; null: nothing. */
export function asksOf(
  { step, isOpen, claimDigest }: Pick<RotationRecord, 'step' | 'isOpen' | 'claimDigest'>,
  details: Details,
): string | null {
  if (details.asks !== null || !isOpen) return details.asks;
  const { approvals, terms, deliver, newNumber, isOfSelf } = details;
  if (step === 'announce') return claimDigest === null ? noLink(details) : null;
  if (step === 'approve') {
    return `It waits until ${peopleWho(terms.approvers)} approved it; so far ${approvals.length}.`;
  }
  const isApproved = step === 'issue' && deliver === 'answer' && approvals.length > 0;
  if (!isApproved || newNumber !== null) return null;
  return isOfSelf
    ? 'It is approved: the consumer that asked for it repeats its call.'
    : 'It is approved: whoever asked for it collects the new secret, by retry.';
}
