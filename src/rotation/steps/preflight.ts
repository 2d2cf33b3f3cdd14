import type { DeliveryFailure } from '../../deliver/destination.js';
import {
  type DeliveryTrouble,
  holdingOf,
  type Opened,
  type PinnedDestination,
  troubleOf,
} from '../delivery.js';
import { endedOutside, type Step, type StepContext, type StepOutcome } from '../step.js';
import { askAbout } from '../ways.js';

/**
 * Looks at every place that the new secret will be written to, before there is one: reachable,
 * writable, and holding what it should. It pins them.
 * @public
 */
export const preflight: Step = async (context) => {
  const ended = endedOutside(context);
  if (ended !== undefined) return ended;
  const { details, rotation, scenery } = context;
  if (rotation.state === 'needs_operator') return { kind: 'wait', untilMs: null, seen: null };
  const { trouble } = details;
  if (trouble?.nextAt && scenery.nowMs < trouble.nextAt) {
    return { kind: 'wait', untilMs: trouble.nextAt, seen: null };
  }
  const opened = await scenery.destinations();
  const missing = missingFor(context, opened);
  if (missing !== undefined) return missing;
  const destinations: PinnedDestination[] = [];
  for (const looked of await Promise.all(opened.map((one) => lookAt(context, one)))) {
    if ('kind' in looked) return looked;
    destinations.push(looked);
  }
  const to = details.terms.approvers > 0 ? 'approve' : 'issue';
  return { kind: 'go', to, details: { destinations, trouble: null, asks: null } };
};

function missingFor({ scenery }: StepContext, opened: readonly Opened[]): StepOutcome | undefined {
  if (opened.length === 0) return noPlace();
  if (opened.length === 1 || scenery.canSeal) return undefined;
  return asked(
    'Several places are to hold the same secret, and without a sealing key it would be lost with ' +
      'this process half-way. Set "destinations.sealKey" in the configuration, then retry; or abort.',
  );
}

function unsealable(name: string): StepOutcome {
  return asked(
    `Destination "${name}" tells nobody what it holds, so that a secret which was lost on the way could ` +
      'not be told from one that arrived. Set "destinations.sealKey" in the configuration, then retry; or abort.',
  );
}

/** Whoever is to hold the new secret is gone since it was asked for. */
export function noPlace(): StepOutcome {
  return asked('The key has no destination any more. Add one, then retry; or abort.');
}

function asked(asks: string): StepOutcome {
  return { kind: 'stay', state: 'needs_operator', untilMs: null, details: { asks } };
}

async function lookAt(
  context: StepContext,
  opened: Opened,
): Promise<PinnedDestination | StepOutcome> {
  const { id, name, version } = opened.record;
  if ('failure' in opened) return failed(context, name, opened.failure);
  const { destination } = opened;
  const ready = await destination.preflight();
  if (ready.kind === 'failed') return failed(context, name, ready);
  const reading = await destination.read();
  if (reading.kind === 'failed') return failed(context, name, reading);
  if (holdingOf(reading, context.key, context.details) === 'drift')
    return drifted(context, { name, place: destination.place });
  if (reading.kind === 'unreadable' && !context.scenery.canSeal) return unsealable(name);
  const { place } = destination;
  return { id, name, version, place, state: 'waiting', isConfirmed: false, at: null };
}

/** Tried again by itself, or by a person. */
export function failed(context: StepContext, name: string, failure: DeliveryFailure): StepOutcome {
  const { rotation, details, scenery } = context;
  const { nowMs } = scenery;
  return troubled(troubleOf(rotation.id, details, { name, failure, nowMs }), context);
}

/** Somebody has put something else there: a person looks first. */
export function drifted(
  context: StepContext,
  { name, place }: Pick<PinnedDestination, 'name' | 'place'>,
): StepOutcome {
  const message = `${place} holds a value that is no secret of this key: somebody changed it.`;
  const told = { destination: name, message, tryCount: 1, nextAt: null };
  return troubled({ ...told, class: 'drift' }, context);
}

/** What a trouble comes to. */
export function troubled(
  trouble: DeliveryTrouble,
  { rotation, details: before }: StepContext,
): StepOutcome {
  const { nextAt } = trouble;
  const asks = nextAt === null ? askAbout(trouble, rotation, { ...before, trouble }) : null;
  const details = { trouble, asks };
  if (nextAt === null) return { kind: 'stay', state: 'needs_operator', untilMs: null, details };
  return { kind: 'stay', state: 'retrying', untilMs: nextAt, details };
}
