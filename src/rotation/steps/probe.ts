import type { DeliveryFailure } from '../../deliver/destination.js';
import type { ProbeTerms } from '../../deliver/probe.js';
import { type DeliveryTrouble, troubleOf } from '../delivery.js';
import type { Details } from '../details.js';
import { probedWith, probeOfNew } from '../probed.js';
import {
  endedOutside,
  reissued,
  type Step,
  type StepContext,
  type StepOutcome,
  takenBack,
} from '../step.js';
import { troubled } from './preflight.js';

const LOOK_AGAIN_MS = 100;
const BUSY_MS = 1_000;
/** While somebody waits for the secret. */
const [TRIES, PAUSE_MS, PATIENCE_MS] = [3, 1_000, 5_000];

const CLEAR = { trouble: null, asks: null } as const;

/**
 * Checks the new secret as a client would, and then as its policy says, before anybody gets it.
 * @public
 */
export const probe: Step = async (context) => {
  const before = endedOutside(context) ?? waitFor(context);
  if (before !== undefined) return before;
  const { details, scenery } = context;
  if (scenery.plaintext === undefined) return takenBack(context);
  const probed = await scenery.probe(scenery.plaintext);
  if (probed.kind === 'unanswered') {
    // It says nothing of the secret: it is tried again for as long as this process holds it.
    return { kind: 'wait', untilMs: scenery.nowMs + LOOK_AGAIN_MS, seen: null };
  }
  const { isAccepted, isDamagedRefused, isBeyondScopeRefused } = probed;
  if (!isAccepted || !isDamagedRefused || !isBeyondScopeRefused) {
    return details.deliver === 'destinations' ? reissued(context) : takenBack(context);
  }
  const { probe: own } = details.terms;
  if (!own || probeOfNew(details)?.isSkipped === true) return onward(context, {});
  return probedBy(context, own);
};

/** A person acts first, or the time of the next try comes. */
function waitFor({
  details: { trouble },
  rotation,
  scenery,
}: StepContext): StepOutcome | undefined {
  const isAsked = rotation.state === 'needs_operator';
  const nextAt = isAsked ? null : isOwn(trouble) ? trouble.nextAt : 0;
  if (nextAt !== null && nextAt <= scenery.nowMs) return undefined;
  return { kind: 'wait', untilMs: nextAt, seen: null };
}

/** Whether it is the probe's, and not that of a place that has been tried before. */
function isOwn(trouble: Details['trouble']): trouble is DeliveryTrouble {
  return trouble?.destination === null;
}

/** The policy's own. What it used, it used before anybody had it. */
async function probedBy(context: StepContext, own: ProbeTerms): Promise<StepOutcome> {
  const { details, scenery } = context;
  const { outcome, endedAt } = await scenery.probeBy(own);
  switch (outcome.kind) {
    case 'passed': {
      const probed = probedWith(details, { endedAt, isSkipped: false });
      return onward(context, { probed, ...(isOwn(details.trouble) ? CLEAR : {}) });
    }
    case 'busy':
      return { kind: 'wait', untilMs: endedAt + BUSY_MS, seen: null };
    case 'failed':
      return details.deliver === 'destinations'
        ? forPlaces(context, outcome)
        : forSomebody(context, outcome, endedAt);
  }
}

function onward({ details, scenery }: StepContext, found: Partial<Details>): StepOutcome {
  if (details.deliver === 'destinations') return { kind: 'go', to: 'deliver', details: found };
  if (details.revokedAt !== null) {
    return { kind: 'go', to: 'revoke', details: { ...found, end: 'emergency' } };
  }
  return { kind: 'go', to: 'observe', details: { ...found, observedFrom: scenery.nowMs } };
}

/** No place has it yet: it is tried for long, and one that is refused is replaced once. */
function forPlaces(context: StepContext, failure: DeliveryFailure): StepOutcome {
  const { rotation, details, scenery } = context;
  const isRefused = failure.class === 'value_rejected';
  const { nowMs } = scenery;
  const trouble = troubleOf(rotation.id, details, { name: null, failure, nowMs });
  if (!isRefused || details.attemptCount > 0) return troubled(trouble, context);
  const again = reissued(context);
  return { ...again, details: { ...again.details, trouble: { ...trouble, nextAt: nowMs } } };
}

/** Somebody waits for the answer: it comes soon, or what was issued is taken back. */
function forSomebody(context: StepContext, failure: DeliveryFailure, nowMs: number): StepOutcome {
  const { details } = context;
  const tryCount = (details.trouble?.tryCount ?? 0) + 1;
  const { class: why, message } = failure;
  const told = { destination: null, class: why, message, tryCount };
  const waitMs = failure.retryAfterMs ?? PAUSE_MS;
  const isPassing = why === 'transient' || why === 'throttled';
  const isPatient = nowMs - (details.deliveredAt ?? 0) < PATIENCE_MS;
  if (isPassing && isPatient && tryCount < TRIES && waitMs <= PAUSE_MS) {
    const trouble = { ...told, nextAt: nowMs + waitMs };
    return { kind: 'stay', state: 'retrying', untilMs: trouble.nextAt, details: { trouble } };
  }
  const back = takenBack(context);
  return { ...back, details: { ...back.details, trouble: { ...told, nextAt: null } } };
}
