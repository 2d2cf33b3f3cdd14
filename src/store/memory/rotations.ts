import { type Digest, isSameDigest } from '../../keys/digest.js';
import type { KeyId, RotationId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import { addedUse, type ConsumerCount, type ConsumerUse } from '../consumers.js';
import type {
  Lease,
  LeasedRotation,
  LeaseQuery,
  RotationCounts,
  RotationFilter,
  RotationRecord,
  RotationStep,
  Sighting,
} from '../rotation.js';
import type { Journal } from './journal.js';
import { consumerPlace } from './late-uses.js';
import { isWithin } from './lists.js';
import { frozen, type Hold, type Tables } from './tables.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;

const FREE: Hold = { owner: null, fence: 0, untilMs: 0 };

export function openRotationOf(tables: Tables, keyId: KeyId): RotationRecord | undefined {
  return [...tables.rotations.values()].find((one) => one.isOpen && one.keyId === keyId);
}

export function findClaim(tables: Tables, digest: Digest): RotationRecord | undefined {
  return [...tables.rotations.values()].find(
    ({ claimDigest }) => claimDigest !== null && isSameDigest(claimDigest, digest),
  );
}

/** Newest first: ids sort by time. */
export function listRotations(tables: Tables, filter: RotationFilter): readonly RotationRecord[] {
  const { within, after, keyId, state, isOpen, limit } = filter;
  return [...tables.rotations.values()]
    .filter((one) => isWithin(within, one.keyspaceId))
    .filter((one) => after === null || one.id < after)
    .filter((one) => keyId === undefined || one.keyId === keyId)
    .filter((one) => state === undefined || one.state === state)
    .filter((one) => isOpen === undefined || one.isOpen === isOpen)
    .sort((left, right) => (left.id < right.id ? 1 : -1))
    .slice(0, limit);
}

export function countRotations({ rotations }: Tables): RotationCounts {
  const open = [...rotations.values()].filter(({ isOpen }) => isOpen);
  const byStep = new Map<RotationStep, number>();
  for (const { step } of open) byStep.set(step, (byStep.get(step) ?? 0) + 1);
  return {
    byStep,
    needsOperator: open.filter(({ state }) => state === 'needs_operator').length,
    late: open.filter(({ lateAt }) => lateAt !== null).length,
  };
}

export function leaseRotations(
  tables: Tables,
  { owner, id: only, nowMs, leaseMs, mostMs, limit }: LeaseQuery,
): readonly LeasedRotation[] {
  const isOver = (timeMs: number) => timeMs <= nowMs || timeMs > nowMs + mostMs;
  const due = [...tables.rotations.values()]
    .filter(({ id, isOpen, nextAt }) => {
      const isMeant = only === undefined ? nextAt !== null && isOver(nextAt) : id === only;
      return isOpen && isMeant;
    })
    .filter(({ id }) => isOver(holdOf(tables, id).untilMs))
    .sort((left, right) => (left.nextAt ?? 0) - (right.nextAt ?? 0))
    .slice(0, limit);
  return due.map((rotation) => {
    const fence = holdOf(tables, rotation.id).fence + 1;
    tables.holds.set(rotation.id, frozen({ owner, fence, untilMs: nowMs + leaseMs }));
    return { rotation, lease: { owner, fence } };
  });
}

export function recordSightings(
  tables: Tables,
  sightings: readonly Sighting[],
  nowMs: number,
): void {
  for (const { id, lease, version, nextAt, evidence } of sightings) {
    const known = tables.rotations.get(id);
    if (known === undefined || !known.isOpen || !isHeld(tables, { id, lease, nowMs })) continue;
    tables.holds.set(id, frozen({ ...FREE, fence: lease.fence }));
    if (known.version !== version) continue;
    tables.rotations.set(id, frozen({ ...known, nextAt, evidence }));
  }
}

export function insertRotation(
  tables: Tables,
  journal: Journal,
  { rotation, lease }: Of<'insert_rotation'>,
): Conflict | undefined {
  const { id, keyId, claimDigest } = rotation;
  const isTaken = claimDigest !== null && findClaim(tables, claimDigest) !== undefined;
  if (tables.rotations.has(id) || isTaken) return 'exists';
  if (rotation.isOpen && openRotationOf(tables, keyId) !== undefined) return 'exists';
  if (rotation.dueAt !== null && isUsed(tables, keyId, rotation.dueAt)) return 'exists';
  journal.set(tables.rotations, id, frozen(rotation));
  const { owner, fence, untilMs } = lease ?? FREE;
  journal.set(tables.holds, id, frozen({ owner, fence, untilMs }));
  return undefined;
}

/** Whether a slot was rotated for. */
function isUsed({ rotations }: Tables, keyId: KeyId, dueAt: number): boolean {
  return [...rotations.values()].some((one) => one.keyId === keyId && one.dueAt === dueAt);
}

export function updateRotation(
  tables: Tables,
  journal: Journal,
  { rotation, expectedVersion, lease }: Of<'update_rotation'>,
): Conflict | undefined {
  const { id, claimDigest } = rotation;
  const known = tables.rotations.get(id);
  if (known?.version !== expectedVersion || !known.isOpen) return 'version';
  if (lease !== null && !isHeld(tables, { id, lease, nowMs: journal.nowMs })) return 'version';
  if (claimDigest !== null && (findClaim(tables, claimDigest)?.id ?? id) !== id) return 'exists';
  const { keyId, keyspaceId, createdAt } = known;
  journal.set(tables.rotations, id, frozen({ ...rotation, keyId, keyspaceId, createdAt }));
  const { fence } = holdOf(tables, id);
  if (!rotation.isOpen) journal.set(tables.holds, id, frozen({ ...FREE, fence }));
  return undefined;
}

export function wakeRotation(
  tables: Tables,
  journal: Journal,
  { keyId, nowMs: nextAt }: Of<'wake_rotation'>,
): undefined {
  const known = openRotationOf(tables, keyId);
  if (known === undefined) return;
  const version = known.version + 1;
  journal.set(tables.rotations, known.id, frozen({ ...known, nextAt, version }));
}

interface Held {
  readonly id: RotationId;
  readonly lease: Lease;
  readonly nowMs: number;
}

function isHeld(tables: Tables, { id, lease, nowMs }: Held): boolean {
  const { owner, fence, untilMs } = holdOf(tables, id);
  return owner === lease.owner && fence === lease.fence && untilMs > nowMs;
}

function holdOf(tables: Tables, id: RotationId): Hold {
  return tables.holds.get(id) ?? FREE;
}

/** Of one key, those seen last first. */
export function listConsumers(tables: Tables, keyId: KeyId, limit: number): readonly ConsumerUse[] {
  return [...tables.consumers]
    .filter(([, use]) => use.keyId === keyId)
    .sort(([place, use], [other, next]) => next.lastAt - use.lastAt || (place < other ? -1 : 1))
    .slice(0, limit)
    .map(([, use]) => use);
}

export function addConsumer(tables: Tables, count: ConsumerCount): void {
  if (!tables.keys.has(count.keyId)) return;
  const place = consumerPlace(count, count.consumer.id);
  tables.consumers.set(place, frozen(addedUse(tables.consumers.get(place), count)));
}

/** With a key that is deleted. */
export function forgetRotations(tables: Tables, journal: Journal, keyId: KeyId): void {
  for (const [place, use] of tables.consumers) {
    if (use.keyId !== keyId) continue;
    journal.delete(tables.consumers, place);
    journal.delete(tables.watches, place);
  }
  for (const [id, rotation] of tables.rotations) {
    if (rotation.keyId === keyId) journal.delete(tables.rotations, id);
  }
}
