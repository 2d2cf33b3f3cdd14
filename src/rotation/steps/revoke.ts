import { hearInstances } from '../confirmed.js';
import type { Step } from '../step.js';

/**
 * The old secret has ended. Waits until every instance has confirmed it, or can accept it no
 * more: their words are the receipt.
 * @public
 */
export const revoke: Step = async (context) => {
  const { details, scenery } = context;
  // An emergency has heard them when it ended, before its link was opened or its places were written to.
  if (details.receipt.length > 0) return { kind: 'close', state: 'completed' };
  const heard = await hearInstances(context, details.revokedAt ?? scenery.nowMs);
  if (!heard.isDone) return heard.outcome;
  return { kind: 'close', state: 'completed', details: { receipt: heard.receipt } };
};
