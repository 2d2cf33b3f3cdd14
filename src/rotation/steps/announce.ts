import type { Step } from '../step.js';
import { endedOutside } from '../step.js';

/**
 * A claim waits to be opened; the secret is issued then. Late, a person decides.
 * @public
 */
export const announce: Step = async (context) => {
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  const { claimClosesAt, asks } = context.details;
  if (claimClosesAt !== null && context.scenery.nowMs < claimClosesAt) {
    return { kind: 'wait', untilMs: claimClosesAt, seen: null };
  }
  if (asks !== null) return { kind: 'wait', untilMs: null, seen: null };
  const details = { asks: claimClosesAt === null ? NO_LINK : NOT_OPENED };
  return { kind: 'stay', state: 'needs_operator', untilMs: null, details };
};

const NO_LINK = 'No link opens this claim yet: retry makes one, abort ends it.';
const NOT_OPENED = 'The claim was not opened in time: retry makes a new link, abort ends it.';
