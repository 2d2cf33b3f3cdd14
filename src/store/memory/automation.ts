import type { DestinationId, EventId, KeyId } from '../../keys/id.js';
import type {
  AutomationStore,
  DestinationFilter,
  DestinationRecord,
  Planning,
  RecordedWarning,
  Reviewing,
  SlotRow,
} from '../automation.js';
import type { Conflict, Write } from '../change.js';
import { requireWritable } from '../standing.js';
import type { Within } from '../within.js';
import type { Journal } from './journal.js';
import { isWithin } from './lists.js';
import { frozen, standingOf, type Tables } from './tables.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;

const NOT_PLANNED: Planning = { sequence: 0, jobs: [] };
const NOT_REVIEWED: Reviewing = { startedAt: 0, jobs: [] };

/** The memory's part of `Store.automation`. */
export class MemoryAutomation implements AutomationStore {
  readonly #open: () => Tables;

  constructor(open: () => Tables) {
    this.#open = open;
  }

  async getDestination(id: DestinationId, within: Within) {
    const found = this.#open().destinations.get(id);
    return found !== undefined && isWithin(within, found.keyspaceId) ? found : undefined;
  }

  async listDestinations({ within, keyId, after, limit }: DestinationFilter) {
    return [...this.#open().destinations.values()]
      .filter(
        (one) =>
          isWithin(within, one.keyspaceId) &&
          (keyId === undefined || one.keyId === keyId) &&
          (after === null || one.id > after),
      )
      .sort((left, right) => (left.id < right.id ? -1 : 1))
      .slice(0, limit);
  }

  async destinationsOf(keyId: KeyId): Promise<readonly DestinationRecord[]> {
    const own = [...this.#open().destinations.values()].filter((one) => one.keyId === keyId);
    return own.sort(
      (left, right) => left.position - right.position || (left.id < right.id ? -1 : 1),
    );
  }

  async dueSlots(nowMs: number, limit: number): Promise<readonly SlotRow[]> {
    return [...this.#open().slots.values()]
      .filter(({ startAt }) => startAt <= nowMs)
      .sort((left, right) => left.startAt - right.startAt || (left.keyId < right.keyId ? -1 : 1))
      .slice(0, limit);
  }

  async slotsOf(keyIds: readonly KeyId[]): Promise<readonly SlotRow[]> {
    return keyIds.flatMap((id) => this.#open().slots.get(id) ?? []);
  }

  async usedDueTimes(
    keyIds: readonly KeyId[],
    untilMs: number,
  ): Promise<ReadonlyMap<KeyId, number>> {
    const wanted = new Set(keyIds);
    const used = new Map<KeyId, number>();
    for (const { keyId, dueAt, createdAt } of this.#open().rotations.values()) {
      if (dueAt === null || !wanted.has(keyId)) continue;
      if (Math.min(dueAt, createdAt) > untilMs) continue;
      used.set(keyId, Math.max(dueAt, used.get(keyId) ?? 0));
    }
    return used;
  }

  async planning(): Promise<Planning> {
    return this.#open().planning.get('now') ?? NOT_PLANNED;
  }

  async savePlanning(planned: Parameters<AutomationStore['savePlanning']>[0]): Promise<boolean> {
    const tables = this.#open();
    requireWritable(standingOf(tables));
    const { slots, without, before, after } = planned;
    const stored = tables.planning.get('now') ?? NOT_PLANNED;
    if (JSON.stringify(stored) !== JSON.stringify(before)) return false;
    tables.planning.set('now', frozen(after));
    for (const id of without) tables.slots.delete(id);
    for (const slot of slots)
      if (tables.keys.has(slot.keyId)) tables.slots.set(slot.keyId, frozen(slot));
    return true;
  }

  async reviewing(): Promise<Reviewing> {
    return this.#open().reviewing.get('now') ?? NOT_REVIEWED;
  }

  async saveReviewing({
    before,
    after,
  }: Parameters<AutomationStore['saveReviewing']>[0]): Promise<boolean> {
    const tables = this.#open();
    requireWritable(standingOf(tables));
    const stored = tables.reviewing.get('now') ?? NOT_REVIEWED;
    if (JSON.stringify(stored) !== JSON.stringify(before)) return false;
    tables.reviewing.set('now', frozen(after));
    return true;
  }

  async recordedAt(ids: readonly EventId[]): Promise<ReadonlyMap<EventId, number>> {
    const wanted = new Set(ids);
    const found = this.#open().events.filter(({ id }) => wanted.has(id));
    return new Map(found.map(({ id, at }) => [id, at]));
  }

  async warningsOf(keyIds: readonly KeyId[]) {
    const wanted = new Set<string>(keyIds);
    const found = this.#open().events.filter(
      ({ type, subject }) => type === 'key.unused' && wanted.has(subject.id),
    );
    const warnings = new Map<KeyId, readonly RecordedWarning[]>();
    for (const keyId of keyIds) {
      const all = found.filter(({ subject }) => subject.id === keyId).slice(-2);
      const last = all.map(({ id, at: recordedAt }) => ({ id, recordedAt })).toReversed();
      if (last.length > 0) warnings.set(keyId, last);
    }
    return warnings;
  }
}

export function putDestination(
  tables: Tables,
  journal: Journal,
  { destination, expectedVersion }: Of<'put_destination'>,
): Conflict | undefined {
  const { id, keyId, name } = destination;
  const isTaken = [...tables.destinations.values()].some(
    (other) => other.keyId === keyId && other.name === name && other.id !== id,
  );
  if (isTaken) return 'exists';
  if ((tables.destinations.get(id)?.version ?? 0) !== expectedVersion) return 'version';
  journal.set(tables.destinations, id, frozen(destination));
  return undefined;
}

export function deleteDestination(
  tables: Tables,
  journal: Journal,
  { destination, expectedVersion }: Of<'delete_destination'>,
): Conflict | undefined {
  if (tables.destinations.get(destination.id)?.version !== expectedVersion) return 'version';
  journal.delete(tables.destinations, destination.id);
  return undefined;
}

/** With a key that is deleted. */
export function forgetAutomation(tables: Tables, journal: Journal, keyId: KeyId): void {
  for (const [id, destination] of tables.destinations) {
    if (destination.keyId === keyId) journal.delete(tables.destinations, id);
  }
  journal.delete(tables.slots, keyId);
}
