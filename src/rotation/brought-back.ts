import type { SecretRecord } from '../keys/secret.js';
import type { Details } from './details.js';
import type { Decision } from './step.js';

/**
 * The old secret works again, and is observed anew; no deadline ends it by itself, unless it leaked and its
 * own is still to come.
 */
export function broughtBack(
  details: Pick<Details, 'terms' | 'brownouts' | 'isCompromised' | 'deadline'>,
  old: SecretRecord,
  nowMs: number,
): Decision {
  const { terms, brownouts } = details;
  const deadline = isDeadlineLeft(details, nowMs) ? details.deadline : null;
  // Else what has ended it would do so again at once.
  const require = [...new Set([...terms.evidence.require, 'E3' as const])];
  const secrets = [{ ...old, state: 'retiring' as const, deadline, brownout: null }];
  return {
    kind: 'go',
    to: 'observe',
    details: {
      terms: { ...terms, evidence: { ...terms.evidence, require } },
      brownouts,
      brownoutAnnounced: null, // Its time is past: people are told of another.
      end: null,
      sight: null,
      disabledAt: null,
      undoUntil: null,
      observedFrom: nowMs,
      deadline,
      atDeadline: deadline === null ? 'hold' : 'revoke',
      asks: null,
    },
    change: { type: 'secret.retiring', secrets },
  };
}

/** Whether what leaked has still an end of its own. */
function isDeadlineLeft(
  { isCompromised, deadline }: Pick<Details, 'isCompromised' | 'deadline'>,
  nowMs: number,
): boolean {
  return isCompromised && deadline !== null && deadline > nowMs;
}
