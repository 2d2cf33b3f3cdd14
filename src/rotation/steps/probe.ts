import type { Step } from '../step.js';
import { endedOutside, takenBack } from '../step.js';

/**
 * Checks the new secret as a client would, before anybody gets it.
 * @public
 */
export const probe: Step = async (context) => {
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  const { key, details, scenery } = context;
  if (scenery.plaintext === undefined) return takenBack(key, details);
  const { isAccepted, isDamagedRefused, isBeyondScopeRefused } = await scenery.probe(
    scenery.plaintext,
  );
  if (!isAccepted || !isDamagedRefused || !isBeyondScopeRefused) return takenBack(key, details);
  if (details.revokedAt !== null) {
    return { kind: 'go', to: 'revoke', details: { end: 'emergency' } };
  }
  return { kind: 'go', to: 'observe', details: { observedFrom: scenery.nowMs } };
};
