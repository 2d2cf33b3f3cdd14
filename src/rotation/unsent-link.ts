import { unsentDueAt } from './reminders.js';
import type { StepContext, StepOutcome } from './step.js';
import { askInstead } from './unclaimed.js';

const MINUTE_MS = 60_000;
const GIVEN_UP =
  'The mail with the link was given up, so the owner does not have it. Look at keyturn notice list --state dead and put its reason right; then keyturn notice retry ID sends it. Or retry makes a new link, abort ends it.';
const CLOSED =
  'The claim was closed before the mail with its link had left, so nobody can have opened it. Look at keyturn notice list, then retry makes a new link, abort ends it.';

/**
 * What comes of a claim whose link nobody has: it goes to the owner by mail, which has not left. Where
 * it was given up a person is asked, until it is sent after all. Undefined: somebody has the link.
 */
export async function unsentLink(
  context: StepContext,
  closesAt: number,
): Promise<StepOutcome | undefined> {
  const { details, scenery } = context;
  const { isLinkShown = false, isLinkGivenUp = false } = details;
  if (isLinkShown) return undefined;
  const { nowMs } = scenery;
  const state = (await scenery.linkMail())?.state;
  if (state === 'sent') return isLinkGivenUp ? goesOn(nowMs) : undefined;
  if (state === undefined && !isLinkGivenUp) return undefined;
  // First: what comes after the close withdraws a link that was not sent.
  if (nowMs >= closesAt) return askInstead(context, CLOSED);
  if (state === 'dead' && !isLinkGivenUp) return asked(context);
  // Whoever has it sent anew wants to know soon whether that has helped.
  const withinMs = isLinkGivenUp && state === 'waiting' ? MINUTE_MS : undefined;
  return { kind: 'wait', untilMs: unsentDueAt(details, nowMs, withinMs), seen: null };
}

function asked({ details, scenery: { nowMs } }: StepContext): StepOutcome {
  const asks = { asks: GIVEN_UP, isLinkGivenUp: true };
  const untilMs = unsentDueAt(details, nowMs);
  return { kind: 'stay', state: 'needs_operator', untilMs, details: asks };
}

/** The owner has the link: the question is answered. */
function goesOn(nowMs: number): StepOutcome {
  const answered = { asks: null, isLinkGivenUp: false };
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details: answered };
}
