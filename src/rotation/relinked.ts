import type { Actor } from '../audit/event.js';
import { StateConflictError } from '../errors.js';
import type { ClaimLink } from './claim-link.js';
import { handedOverAt } from './details.js';
import { type Decision, type StepContext, takenBack } from './step.js';
import { haveTold, isUsed, livingOf } from './untold.js';

/**
 * Whether an instance that lives has still to tell if somebody uses the secret of a claim: what it saw
 * in the last second stands nowhere yet.
 */
export async function isUntold(
  { rotation, details, keyspace, scenery }: StepContext,
  untilMs: number,
): Promise<boolean> {
  const { deliver } = details;
  const sinceMs = handedOverAt(details);
  if (rotation.step !== 'observe' || deliver !== 'claim' || sinceMs === null) return false;
  const boundMs = keyspace.stalenessMs;
  const instances = livingOf(await scenery.instances(), { nowMs: scenery.nowMs, boundMs });
  return !haveTold({ instances, sinceMs, untilMs, boundMs });
}

/**
 * A new link for a claim; the one before, and a secret that nobody has used, are gone.
 * @throws {StateConflictError} the secret is in use.
 */
export async function relinked(
  context: StepContext,
  { link, by }: { readonly link: ClaimLink; readonly by: Actor },
): Promise<Decision> {
  const { details, scenery } = context;
  const uses = await scenery.consumers();
  if (isUsed(uses, details.newNumber)) {
    throw new StateConflictError(
      'The claim was opened and its secret is in use. Roll the rotation back, or let it go on.',
    );
  }
  const claimClosesAt = scenery.nowMs + details.terms.claim.closeMs;
  const out = { link, mailing: await scenery.mailing() };
  const back = takenBack(context);
  const change = back.change === undefined ? {} : { change: back.change };
  const unopened = { ...back.details, claimClosesAt, linkBy: by, isLinkShown: true, trouble: null };
  const rest = { details: unopened, claimDigest: link.digest, link: out, ...change };
  return { kind: 'go', to: 'announce', ...rest };
}
