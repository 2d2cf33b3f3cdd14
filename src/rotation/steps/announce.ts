import { hearInstances } from '../confirmed.js';
import type { Step, StepContext, StepOutcome } from '../step.js';
import { endedOutside } from '../step.js';

/**
 * A claim waits to be opened; the secret is issued then. Late, a person decides.
 * @public
 */
export const announce: Step = async (context) => {
  const outside = endedOutside(context);
  if (outside !== undefined) return outside;
  const { claimClosesAt, asks, revokedAt, end } = context.details;
  if (revokedAt !== null && end === null) return ended(context, revokedAt);
  if (claimClosesAt !== null && context.scenery.nowMs < claimClosesAt) {
    return { kind: 'wait', untilMs: claimClosesAt, seen: null };
  }
  if (asks !== null) return { kind: 'wait', untilMs: null, seen: null };
  const details = { asks: claimClosesAt === null ? NO_LINK : NOT_OPENED };
  return { kind: 'stay', state: 'needs_operator', untilMs: null, details };
};

/** An emergency has ended every secret as the link was made: who refuses them is the receipt. */
async function ended(context: StepContext, revokedAt: number): Promise<StepOutcome> {
  const heard = await hearInstances(context, revokedAt);
  if (!heard.isDone) return heard.outcome;
  const details = { end: 'emergency', receipt: heard.receipt } as const;
  return { kind: 'stay', state: 'waiting', untilMs: context.scenery.nowMs, details };
}

const NO_LINK = 'No link opens this claim yet: retry makes one, abort ends it.';
const NOT_OPENED = 'The claim was not opened in time: retry makes a new link, abort ends it.';
