import { digestOf } from '../../keys/digest.js';
import { hintOf } from '../../keys/hint.js';
import type { SecretRecord } from '../../keys/secret.js';
import { leakedOver, leakedUntil } from '../leaked.js';
import type { Step, StepContext, StepOutcome } from '../step.js';
import { endedOutside, overtakenBy, rolledBack, secretOf, takenBack } from '../step.js';

const RESERVE_MS = 10 * 60_000;

/**
 * Gives the key its new secret, not accepted yet. Without the plaintext in this process there is
 * nobody to hand it to: what was issued is discarded.
 * @public
 */
export const issue: Step = async (context) => {
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  const leaked = leakedOver(context) ?? leftTo(context);
  if (leaked !== undefined) return leaked;
  const { key, details, scenery } = context;
  if (scenery.plaintext === undefined) {
    // After an approval, whoever asked collects it; else the process that held it is gone.
    const isAwaited = details.deliver === 'answer' && details.approvals.length > 0;
    if (isAwaited && details.newNumber === null) {
      return { kind: 'wait', untilMs: null, seen: null };
    }
    return takenBack(context);
  }
  const other = overtakenBy(context);
  if (other !== undefined && !details.isCompromised) {
    return details.deliver === 'destinations' ? rolledBack(key, details) : takenBack(context);
  }
  const secret = pendingSecret(context, scenery.plaintext.reveal());
  const change = { type: 'secret.issued', secrets: [secret] } as const;
  const kept = keptOf(context);
  const issued = { newNumber: secret.number, asks: null, ...kept };
  return { kind: 'go', to: 'activate', details: issued, change };
};

/** What an emergency had issued is gone: a person has another issued. */
function leftTo(context: StepContext): StepOutcome | undefined {
  const { details, rotation, scenery } = context;
  if (!details.isCompromised || details.asks === null) return undefined;
  // Whoever retries has it in hand; what goes to places is in everybody's.
  if (scenery.plaintext !== undefined && details.deliver === 'answer') return undefined;
  if (rotation.state === 'needs_operator') {
    return { kind: 'wait', untilMs: leakedUntil(context), seen: null };
  }
  return { kind: 'stay', state: 'needs_operator', untilMs: scenery.nowMs, details: {} };
}

/** What is sealed: for an answer that is lost, or while it is on its way to several places. */
function keptOf({ details, scenery }: StepContext) {
  const { sealed } = scenery;
  if (sealed === undefined) return {};
  if (details.deliver === 'destinations') return { sealedForDelivery: sealed };
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
