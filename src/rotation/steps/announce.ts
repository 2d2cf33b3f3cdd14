import { noLink } from '../asks.js';
import { hearInstances } from '../confirmed.js';
import { claimDueAt, remindersOf } from '../reminders.js';
import type { Step, StepContext, StepOutcome } from '../step.js';
import { endedOutside } from '../step.js';
import { askInstead, restored, unclaimed } from '../unclaimed.js';
import { unsentLink } from '../unsent-link.js';

/**
 * A claim waits to be opened; the secret is issued then. Late, a person decides.
 * @public
 */
export const announce: Step = async (context) => {
  const outside = endedOutside(context);
  if (outside !== undefined) return outside;
  const { claimClosesAt, asks, revokedAt, end } = context.details;
  if (revokedAt !== null && end === null) return ended(context, revokedAt);
  const unsent = claimClosesAt === null ? undefined : await unsentLink(context, claimClosesAt);
  if (unsent !== undefined) return unsent;
  if (claimClosesAt !== null && context.scenery.nowMs < claimClosesAt) return reminded(context);
  if (asks !== null && context.rotation.state !== 'needs_operator') {
    return askInstead(context, asks);
  }
  if (asks !== null) return { kind: 'wait', untilMs: null, seen: null };
  if (claimClosesAt !== null) return unclaimed(context);
  const untaken = notTaken(context);
  return untaken === undefined ? linked(context) : askInstead(context, untaken);
};

/** Nobody is here to be shown a link: the owner has it by mail, or a person makes another. */
async function linked(context: StepContext): Promise<StepOutcome> {
  const { details, scenery } = context;
  const mailing = await scenery.mailing();
  if (mailing.kind === 'hindered') return askInstead(context, mailing.reason);
  const link = mailing.kind === 'mailed' ? scenery.mintLink() : null;
  if (link === null) return askInstead(context, noLink(details));
  const claimClosesAt = scenery.nowMs + details.terms.claim.closeMs;
  const linkBy = details.requestedBy;
  return {
    kind: 'go',
    to: 'announce',
    details: { claimClosesAt, linkBy, isLinkShown: false, remindedCount: 0 },
    claimDigest: link.digest,
    link: { link, mailing },
    change: restored(context),
  };
}

/** The link was opened, and its secret was shown to nobody. */
function notTaken({ details: { trouble } }: StepContext): string | undefined {
  if (!trouble) return undefined;
  return `The link was opened, and the new secret was not shown: ${trouble.message} Mend it; then retry makes another link, abort ends it.`;
}

/** Told once of each time, by whichever instance is first: the count is written with the event. */
async function reminded({ details, scenery }: StepContext): Promise<StepOutcome> {
  const { nowMs } = scenery;
  const { sentCount = 0, dueCount = 0, lastDueAt } = remindersOf(details, nowMs) ?? {};
  // What was due before the owner had the link is passed over.
  if (dueCount <= sentCount || (lastDueAt ?? 0) <= (await hadSince({ details, scenery }))) {
    return { kind: 'wait', untilMs: claimDueAt(details, nowMs), seen: null };
  }
  const type = 'rotation.claim_reminded';
  const told = { remindedCount: dueCount };
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details: told, type };
}

/** When the mail with the link left; 0: a person was shown it, or it is long ago. */
async function hadSince({ details, scenery }: Pick<StepContext, 'details' | 'scenery'>) {
  if (details.isLinkShown === true) return 0;
  return (await scenery.linkMail())?.sentAt ?? 0;
}

/** An emergency has ended every secret as the link was made: who refuses them is the receipt. */
async function ended(context: StepContext, revokedAt: number): Promise<StepOutcome> {
  const heard = await hearInstances(context, revokedAt);
  if (!heard.isDone) return heard.outcome;
  const details = { end: 'emergency', receipt: heard.receipt } as const;
  return { kind: 'stay', state: 'waiting', untilMs: context.scenery.nowMs, details };
}
