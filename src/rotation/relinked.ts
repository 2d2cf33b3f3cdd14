import type { Actor } from '../audit/event.js';
import { StateConflictError } from '../errors.js';
import type { ClaimLink } from './claim-link.js';
import { type Decision, type StepContext, takenBack } from './step.js';

/**
 * A new link for a claim; the one before, and a secret that nobody has used, are gone.
 * @throws {StateConflictError} the secret is in use.
 */
export async function relinked(
  context: StepContext,
  { link, by }: { readonly link: ClaimLink; readonly by: Actor },
): Promise<Decision> {
  const { key, details, scenery } = context;
  const uses = await scenery.consumers();
  const isUsed = uses.some(
    ({ secretNumber, outcome }) => secretNumber === details.newNumber && outcome === 'valid',
  );
  // Rolled back, it is the old secret that stays and the claimed one that goes.
  const isTurned = (details.newNumber ?? Infinity) < details.oldNumber;
  if (isUsed || isTurned) {
    throw new StateConflictError(
      'The claim was opened and its secret is in use. Roll the rotation back, or let it go on.',
    );
  }
  const claimClosesAt = scenery.nowMs + details.terms.claim.closeMs;
  const back = takenBack(key, details);
  const change = back.change === undefined ? {} : { change: back.change };
  const unopened = { ...back.details, claimClosesAt, linkBy: by };
  return { kind: 'go', to: 'announce', details: unopened, claimDigest: link.digest, ...change };
}
