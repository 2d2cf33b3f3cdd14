import type { RotationId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { RotationDestination } from '../rotation-delivery-views.js';
import type { DestinationRecord } from '../store/automation.js';
import type { RotationRecord } from '../store/rotation.js';
import type { Store } from '../store/store.js';
import { waitingIn } from './delivery.js';
import { type Details, detailsOf } from './details.js';

type Moment = Pick<RotationRecord, 'id' | 'step' | 'isOpen' | 'details'>;

/** What an open rotation of its key does with a place that is added now. */
export interface Missing {
  /** Nothing, though it began before; null: there is none. */
  readonly missedBy: RotationId | null;
  /** It delivers there once somebody retries it; null: there is none. */
  readonly joinsOnRetry: RotationId | null;
}

/** What becomes of a place that is added now. */
export async function missedBy(
  store: Pick<Store, 'openRotationOf' | 'automation'>,
  { id }: Pick<KeyRecord, 'id'>,
): Promise<Missing> {
  const open = await store.openRotationOf(id);
  if (open === undefined || looksYet(open)) return { missedBy: null, joinsOnRetry: null };
  return isTakenIn(detailsOf(open), await store.automation.destinationsOf(id))
    ? { missedBy: null, joinsOnRetry: open.id }
    : { missedBy: open.id, joinsOnRetry: null };
}

/** Whether it has yet to look where the key's secret is kept: an emergency does so at the last. */
function looksYet(rotation: Moment): boolean {
  const { deliver, isCompromised, destinations = [], observedFrom } = detailsOf(rotation);
  if (deliver !== 'destinations') return false;
  const isLate = isCompromised && destinations.length === 0 && observedFrom === null;
  return rotation.step === 'preflight' || isLate;
}

/**
 * Whether a retry looks where to deliver anew: what it stops at is gone, or another place by now; what
 * it comes to is. Where somebody has approved the places it does not.
 */
function isTakenIn(details: Details, now: readonly DestinationRecord[]): boolean {
  const { deliver, approvals, observedFrom, trouble } = details;
  if (deliver !== 'destinations' || approvals.length > 0 || observedFrom !== null) return false;
  if (trouble?.class === 'changed') return true;
  const versions = new Map(now.map(({ id, version }) => [String(id), version]));
  return waitingIn(details).some(({ id, version }) => versions.get(id) !== version);
}

/** Places that were added since an open rotation has looked where to deliver. */
export async function missedPlaces(
  { automation }: Pick<Store, 'automation'>,
  rotation: Moment & Pick<RotationRecord, 'keyId'>,
): Promise<readonly RotationDestination[]> {
  const details = detailsOf(rotation);
  const { deliver, destinations = [] } = details;
  if (!rotation.isOpen || deliver !== 'destinations' || looksYet(rotation)) return [];
  const pinned = new Set(destinations.map(({ id }) => id));
  const all = await automation.destinationsOf(rotation.keyId);
  const state = isTakenIn(details, all) ? 'added' : 'missed';
  return all
    .filter(({ id }) => !pinned.has(id))
    .map(({ id, name, kind }) => ({ id, name, place: kind, state, readBack: false, at: null }));
}
