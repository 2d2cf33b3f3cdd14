import type { EventType } from '../audit/event.js';
import type {
  DestinationInput,
  DestinationSettings,
  KeyDestination,
} from '../destination-views.js';
import { formatTime } from '../keys/duration.js';
import type { Act } from '../lifecycle/context.js';
import { recordFact } from '../lifecycle/key-events.js';
import type { DestinationRecord } from '../store/automation.js';

/** A destination as the faces show it. */
export function viewDestination(record: DestinationRecord, keyspace: string): KeyDestination {
  const { id, name, keyId: key, kind, position, createdAt, updatedAt, version } = record;
  const times = { createdAt: formatTime(createdAt), updatedAt: formatTime(updatedAt) };
  const settings = settingsOf(record);
  // One that is damaged hides no other, and can be deleted, or said anew.
  const shown = settings === undefined ? ({ settings: {}, damaged: true } as const) : { settings };
  return { id, name, key, keyspace, kind, ...shown, position, ...times, version };
}

/** Undefined: they are damaged. */
function settingsOf({ settings }: DestinationRecord): DestinationSettings | undefined {
  try {
    const known: unknown = JSON.parse(settings);
    return isSettings(known) ? known : undefined;
  } catch {
    return undefined;
  }
}

function isSettings(known: unknown): known is DestinationSettings {
  return typeof known === 'object' && known !== null && !Array.isArray(known);
}

/** What is kept of settings: JSON, and nothing else that the caller's object may be. */
export function settingsText(settings: DestinationInput['settings']): string {
  return JSON.stringify(settings);
}

/** The event of a destination that was made, changed or deleted. */
export function destinationEvent(
  act: Act,
  type: Extract<EventType, `destination.${string}`>,
  of:
    | { readonly before: DestinationRecord | undefined; readonly after: DestinationRecord }
    | { readonly before: DestinationRecord; readonly after: undefined },
) {
  const { before, after } = of;
  const { id, keyspaceId } = of.after ?? of.before;
  return recordFact(act, {
    type,
    keyspaceId,
    subject: { kind: 'destination', id },
    before: factsOf(before),
    after: factsOf(after),
  }).event;
}

/** Of nothing, each is null: so that what was deleted stands in the trail. */
function factsOf(record: DestinationRecord | undefined) {
  return {
    key: record?.keyId ?? null,
    name: record?.name ?? null,
    kind: record?.kind ?? null,
    settings: record === undefined ? null : toldOf(record),
    position: record?.position ?? null,
  };
}

/** Also what is damaged can be said anew, and deleted. */
function toldOf({ settings }: DestinationRecord) {
  try {
    return JSON.parse(settings);
  } catch {
    return 'damaged';
  }
}
