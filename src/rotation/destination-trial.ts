import type { Destination, Reading } from '../deliver/destination.js';
import { type Openable, SettingsRefusedError, UnknownKindError } from '../deliver/opener.js';
import type { DestinationTrial } from '../destination-views.js';
import { ConfigInvalidError, InvalidRequestError, UnprocessableError } from '../errors.js';
import { type Digest, isSameDigest } from '../keys/digest.js';
import type { KeyRecord } from '../keys/key.js';
import type { Engine } from './engine.js';

const MAX_SETTINGS_LENGTH = 8_192; // Of its JSON: paths, names and pointers.

/**
 * Opens a destination for who says or tries it.
 * @throws {InvalidRequestError} its settings are not of its kind's form.
 * @throws {UnprocessableError} the configuration does not allow it; what to add is said.
 */
export async function openPlace({ destinations }: Engine, place: Openable): Promise<Destination> {
  if (place.settings.length > MAX_SETTINGS_LENGTH) {
    const message = `are longer than ${MAX_SETTINGS_LENGTH} characters.`;
    const fix = 'Name a place, and keep what stands there out of it.';
    throw new UnprocessableError([{ pointer: '/settings', message, fix }]);
  }
  try {
    return await destinations.open(place);
  } catch (error) {
    throw refusalOf(error);
  }
}

function refusalOf(error: unknown): unknown {
  if (error instanceof SettingsRefusedError) {
    const faults = error.faults.map((fault) => ({
      ...fault,
      pointer: `/settings${fault.pointer}`,
    }));
    return new InvalidRequestError(faults, { cause: error });
  }
  if (!(error instanceof ConfigInvalidError)) return error;
  const pointer = error instanceof UnknownKindError ? '/kind' : '/settings';
  const fault = { pointer, message: error.message, fix: '' };
  return new UnprocessableError([fault], { cause: error });
}

/** Looks, and changes nothing. What a kind of the operator's own throws is told of as its fault. */
export async function tryPlace(
  destination: Destination,
  key: KeyRecord,
): Promise<DestinationTrial> {
  const { place } = destination;
  try {
    const ready = await destination.preflight();
    const reading = await destination.read();
    const { kind } = ready;
    const preflight = kind === 'ready' ? kind : { class: ready.class, message: ready.message };
    return { place, preflight, holds: heldOf(reading, key) };
  } catch {
    // Its message may quote what stands there.
    const message = 'The destination failed by a fault of its own kind. Look into its program.';
    return { place, preflight: { class: 'internal', message }, holds: 'unreadable' };
  }
}

function heldOf(reading: Reading, key: KeyRecord): DestinationTrial['holds'] {
  if (reading.kind === 'absent') return 'nothing';
  if (reading.kind !== 'found') return 'unreadable';
  return secretOf(reading.fingerprint, key);
}

/** A secret that was made elsewhere may be known by another hash only, which nothing is compared to. */
function secretOf(fingerprint: Digest, { secrets }: KeyRecord): DestinationTrial['holds'] {
  const ours = secrets.filter(({ scheme }) => scheme === 'sha256');
  const held = ours.find(({ digest }) => isSameDigest(digest, fingerprint));
  if (held !== undefined) return { secret: held.number };
  return ours.length === secrets.length ? 'another value' : 'unreadable';
}
