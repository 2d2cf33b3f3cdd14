import { StateConflictError } from '../errors.js';
import { formatTime } from '../keys/duration.js';
import type { ConsumerUse } from '../store/consumers.js';
import { isDelivered, isOffered } from './delivery.js';
import { handedOverAt } from './details.js';
import { exchanged } from './exchanged.js';
import { type Decision, rolledBack, type StepContext } from './step.js';
import { haveTold, isUsed, livingOf, usesOfSecret } from './untold.js';

const NAMED = 3;

/** What is known of a secret's use up to a moment. */
interface Use {
  readonly uses: readonly ConsumerUse[];
  /** Whether every instance has told what it saw by then. */
  readonly isKnown: boolean;
}

/** What a rollback comes to: a secret that somebody works with, or may, stays accepted. */
export async function backTo(context: StepContext, untilMs: number): Promise<Decision> {
  const { details, rotation, key } = context;
  const { newNumber, destinations = [] } = details;
  const isObserved = rotation.step === 'observe';
  // Until then nobody was shown it, though it may be accepted already.
  if (!isObserved && !isOffered(details)) return rolledBack(key, details);
  const { uses, isKnown } = await useBy(context, untilMs);
  // A place that has it hands it on, sooner or later.
  const isHeld = isObserved ? destinations.length > 0 : isDelivered(details);
  if (isHeld || isUsed(uses, newNumber)) return exchanged(context, uses, null);
  return isKnown ? rolledBack(key, details) : exchanged(context, uses, untilMs);
}

/**
 * What an abort comes to.
 * @throws {StateConflictError} it would cut somebody off, or may.
 */
export async function aborted(context: StepContext, untilMs: number): Promise<Decision> {
  const { details, key } = context;
  if (isOffered(details)) requireUnused(context, await useBy(context, untilMs));
  const closed = rolledBack(key, details);
  const close = { kind: 'close', state: 'aborted' } as const;
  return closed.kind === 'close' ? { ...closed, ...close } : close;
}

/** Whether an instance that lives has still to tell if somebody uses what a place was sent. */
export async function isOfferUntold(
  { rotation, details, keyspace, scenery }: StepContext,
  untilMs: number,
): Promise<boolean> {
  const sinceMs = handedOverAt(details);
  const isDoubtful = isOffered(details) && !isDelivered(details);
  if (rotation.step !== 'deliver' || !isDoubtful || sinceMs === null) return false;
  const boundMs = keyspace.stalenessMs;
  const instances = livingOf(await scenery.instances(), { nowMs: scenery.nowMs, boundMs });
  return !haveTold({ instances, sinceMs, untilMs, boundMs });
}

async function useBy({ details, keyspace, scenery }: StepContext, untilMs: number): Promise<Use> {
  const sinceMs = handedOverAt(details);
  // In this order: what they say to have written out is in what is read after.
  const instances = await scenery.instances();
  const uses = await scenery.consumers();
  const boundMs = keyspace.stalenessMs;
  const isKnown = sinceMs === null || haveTold({ instances, sinceMs, untilMs, boundMs });
  return { uses, isKnown };
}

function requireUnused({ details }: StepContext, { uses, isKnown }: Use): void {
  const { newNumber, oldNumber, revokedAt } = details;
  const users = usesOfSecret(uses, newNumber);
  const ways =
    revokedAt === null
      ? `Rollback makes secret ${oldNumber} the current one again, and secret ${newNumber} is accepted until nobody uses it`
      : 'Retry goes on with it';
  if (users.length > 0) {
    const since = formatTime(Math.min(...users.map(({ firstAt }) => firstAt)));
    const labels = users.slice(0, NAMED).map(({ consumer }) => consumer.label);
    throw new StateConflictError(
      `Secret ${newNumber} is used since ${since}, by ${labels.join(', ')}: abort would cut that off. ${ways}.`,
    );
  }
  if (isKnown) return;
  throw new StateConflictError(
    `An instance has not told whether somebody uses secret ${newNumber}, which a place was sent. Try again; one that has died never tells. ${ways}.`,
  );
}
