import { formatTime } from '../keys/duration.js';
import type { RefusedUsers } from '../refused-views.js';
import type { StepContext } from './step.js';
import { lateUserOf } from './straggler.js';

const SHOWN = 20;

/**
 * Who was refused with the old secret while it can still be brought back, as the watch tells them apart;
 * null: it is not disabled, or has ended.
 */
export async function refusedInGrace(context: StepContext): Promise<RefusedUsers | null> {
  const { rotation, details, scenery } = context;
  const { disabledAt, revokedAt, oldNumber } = details;
  if (!rotation.isOpen || disabledAt === null || revokedAt !== null) return null;
  const found = (await scenery.consumers())
    .filter(
      ({ secretNumber, outcome, lastAt }) =>
        secretNumber === oldNumber && outcome === 'refused' && lastAt >= disabledAt,
    )
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
