import { inState, type StepContext, type StepOutcome, secretOf } from './step.js';

/** What leaked ends at its time, wherever the new one is, and where there is none. */
export function leakedOver({
  key,
  details,
  rotation,
  scenery,
}: StepContext): StepOutcome | undefined {
  const { deadline, revokedAt } = details;
  const old = secretOf(key, details.oldNumber);
  const isOver = isToEnd(details) && deadline !== null && scenery.nowMs >= deadline;
  if (!isOver || revokedAt !== null || old === undefined || old.state === 'revoked') {
    return undefined;
  }
  const state = rotation.state === 'needs_operator' ? 'needs_operator' : 'waiting';
  const change = { type: 'secret.revoked', secrets: [inState(old, 'revoked')] } as const;
  const ended = { revokedAt: scenery.nowMs };
  return { kind: 'stay', state, untilMs: scenery.nowMs, details: ended, change };
}

/** When that is; null: nothing leaked, or it has ended. */
export function leakedUntil({ details, scenery }: StepContext): number | null {
  const { deadline } = details;
  return isToEnd(details) && deadline !== null && deadline > scenery.nowMs ? deadline : null;
}

function isToEnd({ isCompromised, revokedAt }: StepContext['details']): boolean {
  return isCompromised && revokedAt === null;
}
