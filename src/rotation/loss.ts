import type { Details } from './details.js';

/** Whether a retry ends what was lost: an emergency has nothing to go back to. */
export function isRetriedAnew({ trouble, isCompromised }: Details): boolean {
  return trouble?.isLost === true && isCompromised;
}

/** What is said before a secret that was lost is tried again; undefined: it was not. */
export function retriedAfterLoss(details: Details): string | undefined {
  const { trouble, newNumber, destinations = [] } = details;
  if (trouble?.isLost !== true) return undefined;
  if (!isRetriedAnew(details)) {
    return `Looks again for secret ${newNumber} in its seal, for which "destinations.sealKey" has to be as it was; without it nothing changes.`;
  }
  const held = destinations.flatMap(({ name, state }) => {
    if (state === 'delivered') return [`"${name}" holds it`];
    return state === 'writing' || state === 'unknown' ? [`"${name}" may hold it`] : [];
  });
  const who = held.length === 0 ? '' : ` (${held.join(', ')})`;
  return `Ends secret ${newNumber} for ever${who}: what works with it is refused until its place has the next one. Issues another, and writes it to every place.`;
}

/** What helps then, beside the other ways on; undefined: nothing does. */
export function helpAfterLoss(details: Details): string | undefined {
  const { newNumber, sealedForDelivery } = details;
  if (isRetriedAnew(details)) {
    return `retry ends secret ${newNumber} and has another issued for every place`;
  }
  if (!sealedForDelivery) return undefined;
  return 'retry goes on where "destinations.sealKey" is set again as it was';
}
