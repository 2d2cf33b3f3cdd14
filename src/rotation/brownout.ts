import { plannedBrownout } from './brownout-course.js';
import type { Sight } from './evidence.js';
import { type StepContext, type StepOutcome, secretOf } from './step.js';
import { DAY_MS } from './terms.js';

const MAX_A_DAY = 3; // Of one key.

/** A brown-out whose time is over: the old secret is accepted as before. */
export function endedBrownout({ key, details, scenery }: StepContext): StepOutcome | undefined {
  const old = secretOf(key, details.oldNumber);
  if (old === undefined || old.brownout === null) return undefined;
  const { nowMs } = scenery;
  if (nowMs < old.brownout.until) return undefined;
  const change = { type: 'secret.browned_out', secrets: [{ ...old, brownout: null }] } as const;
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details: {}, change };
}

/** The policy's next brown-out, once a consumer of the baseline works with the new secret. */
export async function dueBrownout(
  context: StepContext,
  sight: Sight,
): Promise<StepOutcome | undefined> {
  const { details, scenery } = context;
  const planned = plannedBrownout(details);
  if (planned === undefined || scenery.nowMs < planned.dueAt) return undefined;
  if (refusalToBrownOut(context, sight) !== undefined) return undefined;
  // Of a key only so many a day, and of a keyspace so many at once: its turn comes.
  if (await hadEnough(context)) return undefined;
  if (!(await scenery.takeBrownout())) return undefined;
  return brownedOut(context, planned);
}

/** Why there can be no brown-out now; undefined: there can. */
function refusalToBrownOut({ key, details }: StepContext, sight: Sight): string | undefined {
  const old = secretOf(key, details.oldNumber);
  if (old?.state !== 'retiring') return 'The old secret is not accepted any more.';
  if (old.brownout !== null) return 'One is under way.';
  const hasMoved = sight.consumers.some(({ lastNewAt }) => lastNewAt !== null);
  if (!hasMoved) return 'No consumer of the baseline has used the new secret yet.';
  return undefined;
}

/** Whatever rotations they were of. One that was skipped has no length. */
async function hadEnough({ details, scenery }: StepContext): Promise<boolean> {
  const all = [...(await scenery.brownoutsBefore()), ...details.brownouts];
  const had = all.filter(({ from, until }) => until > from);
  return had.filter(({ from }) => from > scenery.nowMs - DAY_MS).length >= MAX_A_DAY;
}

/** The old secret is refused on trial, and accepted again by itself. */
function brownedOut(
  { key, details, scenery }: StepContext,
  { forMs, share }: { readonly forMs: number; readonly share: number },
): StepOutcome {
  const [from, until] = [scenery.nowMs, scenery.nowMs + forMs];
  const old = secretOf(key, details.oldNumber);
  const secrets = old === undefined ? [] : [{ ...old, brownout: { from, until, share } }];
  return {
    kind: 'stay',
    state: 'waiting',
    untilMs: until,
    details: { brownouts: [...details.brownouts, { from, until, share, isStopped: false }] },
    change: { type: 'secret.browned_out', secrets },
  };
}
