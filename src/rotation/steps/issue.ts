import { digestOf } from '../../keys/digest.js';
import { hintOf } from '../../keys/hint.js';
import type { SecretRecord } from '../../keys/secret.js';
import type { Step, StepContext } from '../step.js';
import { endedOutside, overtakenBy, secretOf, takenBack } from '../step.js';

const RESERVE_MS = 10 * 60_000;

/**
 * Gives the key its new secret, not accepted yet. Without the plaintext in this process there is
 * nobody to hand it to: what was issued is discarded.
 * @public
 */
export const issue: Step = async (context) => {
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  const { key, details, scenery } = context;
  if (scenery.plaintext === undefined) {
    // After an approval, whoever asked collects it; else the process that held it is gone.
    const isAwaited = details.deliver === 'answer' && details.approvals.length > 0;
    if (isAwaited && details.newNumber === null) {
      return { kind: 'wait', untilMs: null, seen: null };
    }
    return takenBack(key, details);
  }
  const other = overtakenBy(context);
  if (other !== undefined && !details.isCompromised) return takenBack(key, details);
  const secret = pendingSecret(context, scenery.plaintext.reveal());
  const change = { type: 'secret.issued', secrets: [secret] } as const;
  const kept = scenery.sealed === undefined ? {} : sealedFor(context, scenery.sealed);
  return { kind: 'go', to: 'activate', details: { newNumber: secret.number, ...kept }, change };
};

/** An answer that is lost can be asked for again as long. */
function sealedFor({ scenery }: StepContext, sealed: string) {
  return { sealed, sealedUntil: scenery.nowMs + RESERVE_MS };
}

function pendingSecret({ key, details, scenery }: StepContext, text: string): SecretRecord {
  return {
    number: Math.max(...key.secrets.map(({ number }) => number)) + 1,
    scheme: 'sha256',
    digest: digestOf(text),
    hint: hintOf(text),
    state: 'pending',
    createdAt: scenery.nowMs,
    // Never longer than the one it replaces.
    expiresAt: secretOf(key, details.oldNumber)?.expiresAt ?? null,
    deadline: null,
    brownout: null,
  };
}
