import type { DeliveryFailure, Destination, Reading, Writing } from '../../deliver/destination.js';
import { holdingOf, isDelivered, type PinnedDestination, waitingIn } from '../delivery.js';
import type { Details } from '../details.js';
import { leakedOver } from '../leaked.js';
import { pinnedAgain, unknownAt } from '../places.js';
import {
  endedOutside,
  reissued,
  type Step,
  type StepContext,
  type StepOutcome,
  secretOf,
} from '../step.js';
import { isInUse } from '../untold.js';
import { isFirstWrite } from '../written.js';
import { isElsewhere, lost } from './lost.js';
import { drifted, failed, noPlace, troubled } from './preflight.js';

/**
 * Writes the new secret to one place after the other, and stops at the first that fails. Each is
 * read before and after: what was cut off half-way is told by what stands there.
 * @public
 */
export const deliver: Step = async (context) => {
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  const { details } = context;
  const leaked = leakedOver(context);
  if (leaked !== undefined) return leaked;
  const waits = waitFor(context);
  if (waits !== undefined) return waits;
  // In an emergency nobody has looked at them before.
  if ((details.destinations ?? []).length === 0) return pinNow(context);
  const [next] = waitingIn(details);
  if (next !== undefined) return deliverTo(context, next);
  // What waited is gone, and all others were passed over: nobody has it.
  return isDelivered(details) ? delivered(context) : noPlace();
};

/** A person acts first, or a time comes; where a secret leaked, no later than its end. */
function waitFor({ details, rotation, scenery }: StepContext): StepOutcome | undefined {
  const { trouble, isCompromised, deadline, revokedAt } = details;
  const isAsked = rotation.state === 'needs_operator';
  const nextAt = isAsked ? null : (trouble?.nextAt ?? 0);
  if (nextAt !== null && nextAt <= scenery.nowMs) return undefined;
  const endsAt = isCompromised && revokedAt === null ? deadline : null;
  const times = [nextAt, endsAt].filter((at) => at !== null);
  return { kind: 'wait', untilMs: times.length === 0 ? null : Math.min(...times), seen: null };
}

/** Places as they are now. With none, nobody would ever hold the new secret. */
async function pinNow(context: StepContext): Promise<StepOutcome> {
  const { nowMs } = context.scenery;
  const details = { ...(await pinnedAgain(context)), asks: null };
  if (waitingIn({ ...context.details, ...details }).length === 0) return noPlace();
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details };
}

/** All have it: from now on who has moved is watched, and the time of the old one runs. */
function delivered({ key, details, scenery }: StepContext): StepOutcome {
  const { nowMs } = scenery;
  const done = { sealedForDelivery: null, trouble: null, observedFrom: nowMs };
  if (details.revokedAt !== null) {
    return { kind: 'go', to: 'revoke', details: { ...done, end: 'emergency' } };
  }
  const old = secretOf(key, details.oldNumber);
  // What leaked lives no longer for having been delivered late.
  const isKept = details.isCompromised && details.deadline !== null;
  const deadline = isKept
    ? details.deadline
    : nowMs + (details.overlapMs ?? details.terms.overlap.hardMs);
  if (old?.state !== 'retiring') return { kind: 'go', to: 'observe', details: done };
  const change = { type: 'secret.retiring', secrets: [{ ...old, deadline }] } as const;
  return { kind: 'go', to: 'observe', details: { ...done, deadline }, change };
}

async function deliverTo(context: StepContext, pinned: PinnedDestination): Promise<StepOutcome> {
  const { name } = pinned;
  const opened = (await context.scenery.destinations()).find(
    ({ record }) => record.id === pinned.id,
  );
  if (opened === undefined) return changed(context, name, goneOf(context.details, pinned));
  if ('failure' in opened) return failed(context, name, opened.failure);
  const { record, destination } = opened;
  if (record.version !== pinned.version || destination.place !== pinned.place) {
    return changed(context, name, otherOf(context.details, { pinned, now: destination.place }));
  }
  const reading = await destination.read();
  if (reading.kind === 'failed') return failed(context, name, reading);
  const holding = holdingOf(reading, context.key, context.details);
  if (holding === 'drift') return drifted(context, { name, place: destination.place });
  if (holding === 'new') return reloaded(context, { pinned, destination, isConfirmed: true });
  return write(context, { pinned, destination, reading });
}

function changed(context: StepContext, destination: string, message: string): StepOutcome {
  const told = { destination, message, tryCount: 1, nextAt: null };
  return troubled({ ...told, class: 'changed' }, context);
}

/** Nobody can look there any more; what is known of it is what was done there. */
function goneOf(details: Details, pinned: PinnedDestination): string {
  const gone = 'It is gone since the rotation began.';
  if (pinned.state !== 'writing') return gone;
  return `${gone} ${unknownAt(details, pinned)} A destination of the same place makes it known again.`;
}

function otherOf(
  details: Details,
  { pinned, now }: { readonly pinned: PinnedDestination; readonly now: string },
): string {
  const other = `It is another place than when the rotation began: ${now}.`;
  return pinned.state === 'writing' ? `${other} ${unknownAt(details, pinned)}` : other;
}

interface At {
  readonly pinned: PinnedDestination;
  readonly destination: Destination;
}

async function write(
  context: StepContext,
  { pinned, destination, reading }: At & { readonly reading: Reading },
): Promise<StepOutcome> {
  const { rotation, details, scenery } = context;
  if (scenery.plaintext === undefined) return lost(context, { pinned, reading });
  // Said before it is done: from here on it may have it.
  if (pinned.state !== 'writing') {
    const markedIn = rotation.version + 1;
    return marked(context, { ...pinned, state: 'writing', markedIn, sentAt: null });
  }
  const delivery = { id: `${rotation.id} ${pinned.id}`, secretNumber: details.newNumber ?? 0 };
  const writing = await destination.write(scenery.plaintext, reading, delivery);
  if (writing.kind === 'written') return readBack(context, { pinned, destination, writing });
  const isRefused = writing.kind === 'drift' || REFUSED.includes(writing.class);
  if (!isRefused) return unsettled(context, pinned, writing);
  return refused(context, { pinned, destination, reading, writing });
}

/** What was refused was not written. */
const REFUSED: readonly DeliveryFailure['class'][] = [
  'throttled',
  'destination_auth',
  'target_missing',
  'value_rejected',
];

/**
 * It was said that it would be written to, and it was not. Where an earlier write may have been done,
 * it may have the new secret all the same.
 */
async function refused(
  context: StepContext,
  at: At & {
    readonly reading: Reading;
    readonly writing: Exclude<Writing, { readonly kind: 'written' }>;
  },
): Promise<StepOutcome> {
  const { pinned, destination, writing } = at;
  const { nowMs } = context.scenery;
  const isFirst = isFirstWrite(context, at);
  const isRejected = writing.kind === 'failed' && writing.class === 'value_rejected';
  if (isRejected && isFirst && (await mayIssueAgain(context, pinned))) return reissued(context);
  const now: PinnedDestination = isFirst
    ? { ...pinned, state: 'waiting', sentAt: null }
    : { ...pinned, sentAt: pinned.sentAt ?? nowMs };
  return withPlace(context, now, (since) =>
    writing.kind === 'drift'
      ? drifted(since, { name: pinned.name, place: destination.place })
      : failed(since, pinned.name, writing),
  );
}

/** Nobody knows whether it was done. */
function unsettled(
  context: StepContext,
  pinned: PinnedDestination,
  failure: DeliveryFailure,
): StepOutcome {
  const now = { ...pinned, state: 'writing', sentAt: context.scenery.nowMs } as const;
  return withPlace(context, now, (since) => failed(since, pinned.name, failure));
}

/** What hinders it, told by what is known of the place from now on. */
function withPlace(
  context: StepContext,
  pinned: PinnedDestination,
  tell: (since: StepContext) => StepOutcome,
): StepOutcome {
  const destinations = placesWith(context.details, pinned);
  const outcome = tell({ ...context, details: { ...context.details, destinations } });
  if (outcome.kind !== 'stay') return outcome;
  return { ...outcome, details: { ...outcome.details, destinations } };
}

function placesWith({ destinations = [] }: Details, pinned: PinnedDestination) {
  return destinations.map((one) => (one.id === pinned.id ? pinned : one));
}

async function readBack(
  context: StepContext,
  { pinned, destination, writing }: At & { readonly writing: Writing },
): Promise<StepOutcome> {
  const reading = await destination.readBack(writing);
  if (reading.kind === 'failed') return unsettled(context, pinned, reading);
  if (reading.kind === 'absent') {
    const message = `${destination.place} does not hold what was written.`;
    return unsettled(context, pinned, { kind: 'failed', class: 'transient', message });
  }
  const isConfirmed = reading.kind === 'found';
  if (isConfirmed && holdingOf(reading, context.key, context.details) !== 'new') {
    const now = { ...pinned, sentAt: context.scenery.nowMs };
    return withPlace(context, now, (since) =>
      drifted(since, { name: pinned.name, place: destination.place }),
    );
  }
  return reloaded(context, { pinned, destination, isConfirmed });
}

async function reloaded(
  context: StepContext,
  { pinned, destination, isConfirmed }: At & { readonly isConfirmed: boolean },
): Promise<StepOutcome> {
  const told = await destination.reload();
  if (told.kind === 'failed') return unsettled(context, pinned, told);
  const { nowMs } = context.scenery;
  return marked(context, { ...pinned, state: 'delivered', isConfirmed, at: nowMs });
}

/** A place, as it is from now on. */
function marked({ details, scenery }: StepContext, pinned: PinnedDestination): StepOutcome {
  const destinations = placesWith(details, pinned);
  const isWriting = pinned.state === 'writing';
  // What hindered it is over once it is through, not when it is tried again.
  const rest = isWriting ? {} : { trouble: null, asks: null };
  return {
    kind: 'stay',
    state: 'waiting',
    untilMs: scenery.nowMs,
    details: { destinations, ...rest },
  };
}

/** Once, and only where nobody has the one that was refused. */
async function mayIssueAgain(context: StepContext, pinned: PinnedDestination): Promise<boolean> {
  const { attemptCount } = context.details;
  return attemptCount === 0 && !isElsewhere(context, pinned) && !(await isInUse(context));
}
