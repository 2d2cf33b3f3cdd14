import { formatTime } from '../keys/duration.js';
import type { RefusedUsers } from '../refused-views.js';
import type { ConsumerUse } from '../store/consumers.js';
import type { StepContext, StepOutcome } from './step.js';
import { lateUserOf } from './straggler.js';

const SHOWN = 20;

/** What is kept as the old secret is disabled: who was refused before, in a grace that was undone. */
export async function withRefusedBefore<T extends StepOutcome>(
  { details, scenery }: StepContext,
  outcome: T,
): Promise<T> {
  if (outcome.kind !== 'go' || outcome.to !== 'disable') return outcome;
  const found = refusedWith(await scenery.consumers(), details.oldNumber);
  const counts = found.map(({ consumer, count }) => [consumer.id, count]);
  const refusedBefore = Object.fromEntries(counts);
  return { ...outcome, details: { ...outcome.details, refusedBefore } };
}

function refusedWith(uses: readonly ConsumerUse[], number: number): readonly ConsumerUse[] {
  return uses.filter(
    ({ secretNumber, outcome }) => secretNumber === number && outcome === 'refused',
  );
}

/**
 * Who was refused with the old secret while it can still be brought back, as the watch tells them apart;
 * null: it is not disabled, or has ended.
 */
export async function refusedInGrace(context: StepContext): Promise<RefusedUsers | null> {
  const { rotation, details, scenery } = context;
  const { disabledAt, revokedAt, oldNumber, refusedBefore = {} } = details;
  if (!rotation.isOpen || disabledAt === null || revokedAt !== null) return null;
  const found = refusedWith(await scenery.consumers(), oldNumber)
    .map((use) => ({ ...use, count: use.count - (refusedBefore[use.consumer.id] ?? 0) }))
    .filter(({ count, lastAt }) => count > 0 && lastAt >= disabledAt)
    .map((use) => ({ ...use, who: lateUserOf(details, use.consumer) }))
    .sort((left, right) => right.lastAt - left.lastAt);
  // Whoever it is brought back for stands first: a flood of others pushes nobody out of sight.
  const stragglers = found.filter(({ who }) => who === 'straggler');
  const intruders = found.filter(({ who }) => who === 'intruder');
  return {
    stragglers: stragglers.length,
    intruders: intruders.length,
    consumers: [...stragglers, ...intruders]
      .slice(0, SHOWN)
      .map(({ consumer: { id, label }, who, count, lastAt }) => ({
        ...{ id, label, who, count },
        lastUsedAt: formatTime(lastAt),
      })),
  };
}
