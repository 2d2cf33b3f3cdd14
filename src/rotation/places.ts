import type { PinnedDestination } from './delivery.js';
import { waitingIn } from './delivery.js';
import type { Details } from './details.js';
import type { Decision, StepContext } from './step.js';

/**
 * The first place that waits is passed over: a person sees to it. Where it was being written to, it
 * may have the new secret all the same.
 */
export function skippedPlace({ details, rotation, scenery }: StepContext): Decision {
  const [next] = waitingIn(details);
  const { nowMs } = scenery;
  const isUnknown = rotation.step === 'deliver' && next?.state === 'writing';
  const state = isUnknown ? 'unknown' : 'skipped';
  const destinations = (details.destinations ?? []).map(
    (one): PinnedDestination => (one.id === next?.id ? { ...one, state, at: nowMs } : one),
  );
  const rest = { destinations, trouble: null, asks: null };
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details: rest };
}

/** What is known of a place that was being written to, and what is not. */
export function unknownAt(
  { oldNumber, newNumber }: Details,
  { place }: Pick<PinnedDestination, 'place'>,
): string {
  return `Secret ${newNumber} was being written to ${place}: whether that holds it, or secret ${oldNumber} still, is not known.`;
}

/**
 * Places as they are now, for who has looked at them; what is delivered stays. What may have the new
 * secret is not forgotten, whatever became of its record, and goes on where the same place is named.
 */
export async function pinnedAgain({ details, scenery }: StepContext): Promise<Partial<Details>> {
  const now = (await scenery.destinations()).map((one): PinnedDestination => {
    const { id, name, version } = one.record;
    const place = 'destination' in one ? one.destination.place : name;
    const { markedIn } = (details.destinations ?? []).find((known) => known.id === id) ?? {};
    const sent = markedIn === undefined ? {} : { markedIn };
    return { id, name, version, place, state: 'waiting', isConfirmed: false, at: null, ...sent };
  });
  const kept = (details.destinations ?? []).filter(({ state }) => state !== 'waiting');
  const isKept = new Set(kept.map(({ id }) => id));
  const added = now.filter(({ id }) => !isKept.has(id));
  const settled = kept.map((known) =>
    known.state === 'writing'
      ? namedAgain(known, [...now.filter(({ id }) => id === known.id), ...added])
      : known,
  );
  const isSettled = new Set(settled.map(({ id }) => id));
  return { destinations: [...settled, ...now.filter(({ id }) => !isSettled.has(id))] };
}

/** The same place, by whatever record there is of it now. */
function namedAgain(
  known: PinnedDestination,
  now: readonly PinnedDestination[],
): PinnedDestination {
  const found = now.find(({ place }) => place === known.place);
  return found === undefined
    ? known
    : { ...known, id: found.id, name: found.name, version: found.version };
}
