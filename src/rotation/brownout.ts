import { plannedBrownout } from './brownout-course.js';
import { type Details, isEndedByClock } from './details.js';
import type { Sight } from './evidence.js';
import { startFrom } from './schedule/start.js';
import { type StepContext, type StepOutcome, secretOf } from './step.js';
import { DAY_MS } from './terms.js';

const MAX_A_DAY = 3; // Of one key.
const NOTICE_MS = DAY_MS;

type PlannedBrownout = NonNullable<ReturnType<typeof plannedBrownout>>;

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
  if (planned === undefined || refusalToBrownOut(context, sight) !== undefined) return undefined;
  const startsAt = announcedStart(details);
  if (startsAt === undefined) return announced(context, planned);
  if (scenery.nowMs < Math.max(planned.dueAt, startsAt)) return undefined;
  if (isInBlackout(details, scenery.nowMs)) return undefined;
  // Of a key only so many a day, and of a keyspace so many at once: its turn comes.
  if (await hadEnough(context)) return undefined;
  if (!(await scenery.takeBrownout())) return undefined;
  return brownedOut(context, planned);
}

/** Since when it may begin; undefined: it has to be announced before. */
function announcedStart({ terms, brownouts, brownoutAnnounced }: Details): number | undefined {
  if ((terms.notify?.channels ?? []).length === 0) return 0; // There is nobody to be told.
  const isAnnounced = brownoutAnnounced?.number === brownouts.length + 1;
  return isAnnounced ? brownoutAnnounced.startsAt : undefined;
}

/** People are told a day before, or as long before as the policy leaves. */
function announced(
  { details, scenery }: StepContext,
  { dueAt, forMs, share }: PlannedBrownout,
): StepOutcome | undefined {
  const { nowMs } = scenery;
  const noticeMs = Math.min(NOTICE_MS, details.terms.brownouts?.afterMs ?? 0);
  if (nowMs < dueAt - noticeMs) return undefined;
  const startsAt = pastBlackout(details, Math.max(dueAt, nowMs + noticeMs));
  const number = details.brownouts.length + 1;
  const brownoutAnnounced = { number, startsAt, forMs, share };
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details: { brownoutAnnounced } };
}

function isInBlackout(details: Details, timeMs: number): boolean {
  return pastBlackout(details, timeMs) > timeMs;
}

/** The first moment from then on in which it may be: never where nobody is to be disturbed. */
function pastBlackout({ terms }: Details, timeMs: number): number {
  if (!terms.schedule) return timeMs;
  const { timezone, blackout } = terms.schedule;
  return startFrom({ window: null, timezone, blackout }, timeMs).timeMs;
}

/** Why there can be no brown-out now; undefined: there can. */
function refusalToBrownOut({ key, details }: StepContext, sight: Sight): string | undefined {
  const old = secretOf(key, details.oldNumber);
  if (old?.state !== 'retiring') return 'The old secret is not accepted any more.';
  if (old.brownout !== null) return 'One is under way.';
  if (isEndedByClock(details)) return 'Its deadline ends the old secret, and nobody is waited for.';
  if (details.asks !== null) return 'A person is asked what becomes of it.';
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
