import type { Reading } from '../../deliver/destination.js';
import { isDelivered, type PinnedDestination } from '../delivery.js';
import { type Decision, type StepContext, type StepOutcome, takenBack } from '../step.js';
import { isInUse } from '../untold.js';
import { settledAt, unwritten } from '../written.js';
import { troubled } from './preflight.js';

const LOST = 'The secret that places have, or may have, was lost with the process that held it.';

/**
 * Nobody holds the secret any more: where no place is known to have it, another is issued. Where one
 * has, or somebody uses it, a person is asked: in an emergency, too, that is cut off by another.
 */
export async function lost(
  context: StepContext,
  { pinned, reading }: { readonly pinned: PinnedDestination; readonly reading: Reading },
): Promise<StepOutcome> {
  const { details, scenery } = context;
  const isKnown = pinned.state === 'waiting' || reading.kind !== 'unreadable';
  const isOut = isElsewhere(context, pinned) || (await isInUse(context));
  if (isOut || (!isKnown && !details.isCompromised)) {
    const told = { destination: pinned.name, message: LOST, tryCount: 1, nextAt: null };
    return troubled({ ...told, class: 'internal', isLost: true }, context);
  }
  // What was under way as it was lost may still arrive; what leaked is not left for that.
  const isSettled = pinned.state === 'waiting' || details.isCompromised;
  const ripeAt = isSettled ? 0 : settledAt(context, pinned);
  if (scenery.nowMs < ripeAt) return { kind: 'wait', untilMs: ripeAt, seen: null };
  return startedOver(context);
}

/**
 * What was issued ends, and every place is written to anew.
 * @public
 */
export function startedOver(context: StepContext): Decision {
  const { details } = context;
  const back = takenBack(context);
  const destinations = (details.destinations ?? []).map(unwritten);
  return back.kind === 'go' ? { ...back, details: { ...back.details, destinations } } : back;
}

/** Whether another place may have the new secret. */
export function isElsewhere({ details }: StepContext, pinned: PinnedDestination): boolean {
  const others = (details.destinations ?? []).filter(({ id }) => id !== pinned.id);
  return isDelivered({ ...details, destinations: others });
}
