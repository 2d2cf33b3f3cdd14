import type { Step } from '../step.js';
import { endedOutside } from '../step.js';

/**
 * Before anything is issued: waits for as many people as the policy asks for.
 * @public
 */
export const approve: Step = async (context) => {
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  const { approvals, terms, deliver } = context.details;
  if (approvals.length < terms.approvers) return { kind: 'wait', untilMs: null, seen: null };
  return { kind: 'go', to: deliver === 'claim' ? 'announce' : 'issue' };
};
