import type { SecretRecord } from '../keys/secret.js';
import type { Details } from './details.js';
import type { Decision } from './step.js';

/** The old secret works again, and is observed anew; no deadline ends it by itself. */
export function broughtBack(
  { terms, brownouts }: Pick<Details, 'terms' | 'brownouts'>,
  old: SecretRecord,
  nowMs: number,
): Decision {
  // Else what has ended it would do so again at once.
  const require = [...new Set([...terms.evidence.require, 'E3' as const])];
  const secrets = [{ ...old, state: 'retiring' as const, deadline: null, brownout: null }];
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
      deadline: null,
      atDeadline: 'hold',
      asks: null,
    },
    change: { type: 'secret.retiring', secrets },
  };
}
