import type { Reading } from '../deliver/destination.js';
import type { PinnedDestination } from './delivery.js';
import type { StepContext } from './step.js';

/** Whoever was writing to a place is through by then, or has died. */
export const WRITTEN_MS = 30_000;

/** A place that is written to, and what was read there just before. */
interface At {
  readonly pinned: PinnedDestination;
  readonly reading: Reading;
}

/**
 * Whether no write to this place before the one that is under way may have been done: what refuses this
 * one has nothing of the new secret then. Where one had no clear answer, only a look at the place says so.
 */
export function isFirstWrite({ rotation, scenery }: StepContext, { pinned, reading }: At): boolean {
  // This process has said that it would be written to, a moment ago, and nothing was done since.
  const isMarkedNow = pinned.markedIn === rotation.version && scenery.committed !== undefined;
  const isSeen = reading.kind !== 'unreadable';
  return isMarkedNow || (isSeen && scenery.nowMs >= settledAt({ rotation }, pinned));
}

/** From when what stands in a place shows whether a write to it was done. */
export function settledAt(
  { rotation }: Pick<StepContext, 'rotation'>,
  { sentAt }: PinnedDestination,
): number {
  return (sentAt ?? rotation.updatedAt) + WRITTEN_MS;
}

/** A place, before another secret than until now is written to it; what was passed over stays so. */
export function unwritten({ markedIn, sentAt, ...one }: PinnedDestination): PinnedDestination {
  if (one.state === 'skipped' || one.state === 'unknown') return { ...one, state: 'skipped' };
  return { ...one, state: 'waiting', isConfirmed: false, at: null };
}
