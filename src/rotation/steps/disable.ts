import type { SecretRecord } from '../../keys/secret.js';
import { broughtBack } from '../brought-back.js';
import type { Step, StepContext, StepOutcome } from '../step.js';
import { endedOutside, inState, secretOf } from '../step.js';

/**
 * The old secret is refused and can be brought back; after the grace it ends for ever.
 * @public
 */
export const disable: Step = async (context) => {
  const { key, details, scenery } = context;
  const old = secretOf(key, details.oldNumber);
  const isLast = secretOf(key, details.newNumber)?.state === 'revoked';
  // Its successor was revoked: the key's only secret is not left refused.
  // What leaked is not: only a person brings that back.
  if (isLast && details.isCompromised && key.state !== 'revoked') return onward(context, old);
  if (isLast && key.state !== 'revoked' && old?.state === 'disabled') {
    return broughtBack(details, old, scenery.nowMs);
  }
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  return onward(context, old);
};

function onward({ details, scenery }: StepContext, old: SecretRecord | undefined): StepOutcome {
  const revoked = { revokedAt: scenery.nowMs };
  if (old === undefined || old.state === 'revoked') {
    return { kind: 'go', to: 'revoke', details: revoked };
  }
  if (details.undoUntil !== null && scenery.nowMs < details.undoUntil) {
    return { kind: 'wait', untilMs: details.undoUntil, seen: null };
  }
  const change = { type: 'secret.revoked', secrets: [inState(old, 'revoked')] } as const;
  return { kind: 'go', to: 'revoke', details: revoked, change };
}
