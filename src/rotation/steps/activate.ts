import type { SecretRecord } from '../../keys/secret.js';
import { hearInstances } from '../confirmed.js';
import type { Step, StepContext, StepOutcome } from '../step.js';
import { endedOutside, inState, overtakenBy, secretOf, takenBack } from '../step.js';

/**
 * The new secret is accepted and the old one retires, in one change; done when every instance
 * knows.
 * @public
 */
export const activate: Step = async (context) => {
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  const { key, details, scenery } = context;
  // Nobody can be handed what this process does not hold.
  if (scenery.plaintext === undefined) return takenBack(context);
  const successor = secretOf(key, details.newNumber);
  if (successor?.state === 'pending') return swap(context, successor);
  const { revokedAt, receipt } = details;
  const heard = await hearInstances(context, revokedAt ?? details.deliveredAt ?? scenery.nowMs);
  if (!heard.isDone) return heard.outcome;
  // What leaked ended with this same change: who refuses it is the receipt, however long a place takes.
  const isReceipt = revokedAt !== null && receipt.length === 0;
  return { kind: 'go', to: 'probe', details: isReceipt ? { receipt: heard.receipt } : {} };
};

function swap(context: StepContext, successor: SecretRecord): StepOutcome {
  const { key, details, scenery } = context;
  const { nowMs } = scenery;
  const other = overtakenBy(context);
  if (other !== undefined && !details.isCompromised) return takenBack(context);
  const oldNumber = other ?? details.oldNumber;
  const { terms, overlapMs, isCompromised } = details;
  // What leaked lives no longer for being replaced a second time.
  const kept = isCompromised ? details.deadline : null;
  const deadline = kept ?? nowMs + (overlapMs ?? terms.overlap.hardMs);
  const isAtOnce = isCompromised && deadline <= nowMs;
  const revokedAt = details.revokedAt ?? nowMs; // By claim, they ended long ago.
  const earlier = key.secrets
    .filter(({ number, state }) => number !== successor.number && state !== 'revoked')
    .map((secret): SecretRecord => {
      // In an emergency every earlier secret ends: never three alive.
      const isThird = secret.state !== 'current' && secret.number !== oldNumber;
      if (isAtOnce || (isCompromised && isThird)) return inState(secret, 'revoked');
      return secret.number === oldNumber ? { ...inState(secret, 'retiring'), deadline } : secret;
    });
  const secrets = [...earlier, { ...successor, state: 'current' as const }];
  return {
    kind: 'stay',
    state: 'waiting',
    untilMs: nowMs,
    details: { oldNumber, deliveredAt: nowMs, deadline, ...(isAtOnce && { revokedAt }) },
    change: { type: 'secret.activated', secrets },
  };
}
