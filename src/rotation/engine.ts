import type { DestinationOpener } from '../deliver/opener.js';
import type { Prober } from '../deliver/probe.js';
import { StoreUnavailableError } from '../errors.js';
import type { InstanceId, RotationId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { Act, Lifecycle } from '../lifecycle/context.js';
import type { SenderMeans } from '../notify/sender.js';
import type { Change, Write } from '../store/change.js';
import type { Lease, LeasedRotation, RotationRecord, Sighting } from '../store/rotation.js';
import type { InstanceRow } from '../store/store.js';
import { MOST_PAUSE_MS } from './ahead.js';
import { detailsOf } from './details.js';
import { isTakenBack } from './given-back.js';
import { letGoOf, takeInHand } from './in-hand.js';
import { advance, type Pause, sightingOf, type Transition } from './machine.js';
import type { ProbeResult } from './step.js';
import type { RotationTally } from './tally.js';
import { tellUses } from './untold.js';
import { contextOf, type World, worldOf } from './world.js';

/** How long a rotation is held; who stops for longer has lost it. */
export const LEASE_MS = 30_000;
/** Rotations whose moves are one transaction. */
export const MAX_BATCH = 200;
const PATIENCE_MS = 20;
const SOON_MS = 2_000;
const MAX_LATE = 10; // Moves of one rotation that others were before.
const MAX_MOVES = 50; // Of one rotation in one go: more would be a circle.

/**
 * How people are told by one process.
 * @public
 */
export interface Notifying extends Pick<SenderMeans, 'places' | 'quietHours'> {
  /** Whether this process does so. */
  readonly isSender: boolean;
  /** What a `slack` or `webhook` channel may name. */
  readonly connectionNames: readonly string[];
  /** Whether a mail server is configured. */
  readonly hasMail: boolean;
}

/**
 * What rotations are worked on with, in one process.
 * @public
 */
export interface Engine {
  readonly lifecycle: Lifecycle;
  readonly instanceId: InstanceId;
  /** Rotations in figures. */
  readonly tally: RotationTally;
  /** New secrets until they are handed over, by rotation. Nowhere else are they. */
  readonly hand: Map<RotationId, Plaintext>;
  /** The same, sealed to who asked, where that is to be kept for a while. */
  readonly seals: Map<RotationId, string>;
  /** What links begin with: set by the operator, never read off a request. Undefined: not set. */
  readonly publicBase: () => string | undefined;
  /** What this instance has confirmed and flushed by now; undefined: it answers no checks. */
  readonly self: () => Omit<InstanceRow, 'seenAt'> | undefined;
  /** Writes out all that this instance has counted. */
  readonly flush: () => Promise<void>;
  /** Where new secrets are delivered to. */
  readonly destinations: DestinationOpener;
  /** Seals secrets that are on their way to several places; undefined: none is configured. */
  readonly sealKey: Plaintext | undefined;
  /** How people are told, and whether this instance does so. */
  readonly sending: SenderMeans & Pick<Notifying, 'isSender' | 'connectionNames' | 'hasMail'>;
  /** Tries new secrets as policies say. */
  readonly prober: Prober;
  /** Checks a secret as a client would, and counts nothing. */
  readonly probe: (
    plaintext: Plaintext,
    of: { readonly keyspace: KeyspaceRecord } & Pick<KeyRecord, 'scopes'>,
  ) => Promise<ProbeResult>;
}

/** A rotation that is being worked on. */
interface Work {
  rotation: RotationRecord;
  readonly lease: Lease;
  committed: number | undefined;
  /** As it was read or written last, a moment ago: its writes are guarded. */
  key: KeyRecord | undefined;
  moveCount: number;
  /** Moves that came too late. */
  lateCount: number;
}

/** Takes rotations that are due, so that nobody else works on them; of one, whether it is due or not. */
export function lease(
  { lifecycle, instanceId: owner }: Engine,
  of: { readonly limit: number; readonly id?: RotationId },
): Promise<readonly LeasedRotation[]> {
  const { store, nowMs } = lifecycle;
  const query = { owner, nowMs: nowMs(), leaseMs: LEASE_MS, mostMs: MOST_PAUSE_MS, ...of };
  return store.leaseRotations(query);
}

/**
 * Moves rotations as far as they go now: many moves are one transaction. What pauses is let go of.
 * @returns the rotations as they are then.
 */
export async function drive(
  engine: Engine,
  act: Act,
  leased: readonly Driven[],
): Promise<readonly RotationRecord[]> {
  const { works, fault } = await driveFar(engine, act, leased);
  if (fault !== undefined) throw fault.error;
  return works.map(({ rotation }) => rotation);
}

type Driven = LeasedRotation & { readonly key?: KeyRecord | undefined };

/** Likewise; where the store fails on the way, as they were written last, with the fault. */
export async function driveFar(engine: Engine, act: Act, leased: readonly Driven[]) {
  const begun = { committed: undefined, moveCount: 0, lateCount: 0 };
  const works = leased.map(
    ({ rotation, lease, key }): Work => ({ rotation, lease, key, ...begun }),
  );
  const fault = await moveOn(engine, act, works).catch((error: unknown) => ({ error }));
  return { works, fault };
}

async function moveOn(engine: Engine, act: Act, all: readonly Work[]): Promise<undefined> {
  const startedAt = engine.lifecycle.ports.clock.monotonicMs();
  const isHeld = () => engine.lifecycle.ports.clock.monotonicMs() - startedAt < LEASE_MS / 2;
  let moving = all;
  while (moving.length > 0 && isHeld()) {
    const moveCount = countOf(moving);
    // Who reaches out to places far away waits until the others have moved.
    const near = moving.filter((work) => !isReaching(work));
    const far = near.length === 0 ? [] : moving.filter(isReaching);
    moving = [...(await moveAll(engine, act, near.length === 0 ? moving : near)), ...far];
    // All of them wait for other instances, who say soon what they have confirmed.
    if (moving.length > 0 && countOf(moving) === moveCount) {
      await engine.lifecycle.ports.timers.sleep(PATIENCE_MS);
    }
  }
}

function countOf(works: readonly Work[]): number {
  return works.reduce((sum, { moveCount }) => sum + moveCount, 0);
}

/** Its plaintext is in this process's hand: it is not let go of until it is handed over. */
function isInHand({ hand }: Engine, { id, step }: RotationRecord): boolean {
  return hand.has(id) && (step === 'issue' || step === 'activate' || step === 'probe');
}

/** One move each. @returns those that can go on at once. */
async function moveAll(engine: Engine, act: Act, works: readonly Work[]): Promise<readonly Work[]> {
  const { store } = engine.lifecycle;
  await tellOwn(engine, works);
  const world = await worldOf(engine);
  const moves: Moved[] = [];
  const sightings: Sighting[] = [];
  const held: Work[] = [];
  const found = await movesOf(engine, act, { works, world });
  for (const [work, move] of found) {
    if (move.kind === 'transition') {
      moves.push({ work, transition: move });
      continue;
    }
    if (isInHand(engine, work.rotation) && isSoon(move, world)) held.push(work);
    else sightings.push(sightingOf(work.rotation, work.lease, move));
    work.rotation = { ...work.rotation, nextAt: move.nextAt, evidence: move.evidence };
  }
  const moved: Work[] = [];
  for (let start = 0; start < moves.length; start += MAX_BATCH) {
    moved.push(...(await writeMoves(engine, moves.slice(start, start + MAX_BATCH))));
  }
  await store.recordSightings(sightings);
  const open = moved.filter(({ rotation, moveCount }) => rotation.isOpen && moveCount < MAX_MOVES);
  return [...open, ...held];
}

/**
 * What this instance saw before it handed a secret over is written out before it is first looked at;
 * a moment later it is in any case, and nobody waits for that.
 */
async function tellOwn({ self, flush, hand }: Engine, works: readonly Work[]): Promise<void> {
  const observed = works.filter(({ rotation: { id, step } }) => step === 'observe' && hand.has(id));
  const sinceMs = Math.max(0, ...observed.map(({ rotation }) => rotation.updatedAt));
  if ((self()?.flushedUntil ?? Infinity) <= sinceMs) await tellUses({ flush });
}

/** What reaches out to places far away does so beside the others; the rest one after the other. */
async function movesOf(
  engine: Engine,
  act: Act,
  { works, world }: { readonly works: readonly Work[]; readonly world: World },
): Promise<readonly (readonly [Work, Transition | Pause])[]> {
  const reaching = works.filter(isReaching).map((work) => moveOf(engine, act, { work, world }));
  const reached = await Promise.all(reaching);
  const found: [Work, Transition | Pause][] = [];
  for (const work of works) {
    const move = isReaching(work) ? reached.shift() : await moveOf(engine, act, { work, world });
    if (move !== undefined) found.push([work, move]);
  }
  return found;
}

function isReaching({ rotation }: Work): boolean {
  const { step } = rotation;
  if (step === 'probe') return (detailsOf(rotation).terms.probe ?? null) !== null;
  return step === 'preflight' || step === 'deliver' || isTakenBack(rotation);
}

/** What pauses for longer than that others confirm is let go of. */
function isSoon({ nextAt }: Pause, { nowMs }: World): boolean {
  return nextAt !== null && nextAt < nowMs + SOON_MS;
}

async function moveOf(
  engine: Engine,
  act: Act,
  { work, world }: { readonly work: Work; readonly world: World },
): Promise<Transition | Pause | undefined> {
  const { rotation, lease } = work;
  const key = work.key ?? (await engine.lifecycle.store.getKey(rotation.keyId, 'all'));
  const keyspace = world.keyspaces.get(rotation.keyspaceId);
  if (key === undefined || keyspace === undefined) return undefined; // Deleted, with its rotation.
  takeInHand(engine, act, { rotation, key, keyspace });
  const context = contextOf(engine, { rotation, key, keyspace, world, committed: work.committed });
  return advance(act, context, lease);
}

interface Moved {
  readonly work: Work;
  readonly transition: Transition;
}

/** All in one transaction or, where one of them was too late, each in its own. */
async function writeMoves(engine: Engine, moves: readonly Moved[]): Promise<readonly Work[]> {
  if (moves.length === 0) return [];
  const sequence = await commitAll(engine, moves);
  if (sequence === undefined) {
    if (moves.length === 1) return decidedAgain(engine, moves[0]?.work);
    const each: Work[] = [];
    for (const move of moves) each.push(...(await writeMoves(engine, [move])));
    return each;
  }
  return moves.map(({ work, transition }) => {
    work.rotation = transition.rotation;
    work.committed = sequence;
    letGoOf(engine, transition);
    work.key = transition.key;
    work.moveCount += 1;
    return work;
  });
}

/**
 * Its key or the rotation itself was changed by somebody else meanwhile: from how it is now the next
 * move is decided. Whether it is still held the store says when that is written.
 */
async function decidedAgain(engine: Engine, work: Work | undefined): Promise<readonly Work[]> {
  if (work === undefined) return [];
  const rotation = await engine.lifecycle.store.getRotation(work.rotation.id, 'all');
  if (rotation === undefined) return [];
  work.rotation = rotation;
  if (!rotation.isOpen) engine.hand.delete(rotation.id);
  work.key = undefined;
  work.lateCount += 1;
  return rotation.isOpen && work.lateCount <= MAX_LATE ? [work] : [];
}

/** @returns the sequence; undefined: another was first, and nothing was written. */
async function commitAll(
  { lifecycle }: Engine,
  moves: readonly Moved[],
): Promise<number | undefined> {
  const writes = moves.flatMap(({ transition }) => transition.change.writes);
  const isOfKey = ({ kind }: Write) => kind === 'update_key';
  const change: Change = {
    // What is alike stands together: the store writes it together.
    writes: [...writes.filter(isOfKey), ...writes.filter((one) => !isOfKey(one))],
    events: moves.flatMap(({ transition }) => transition.change.events),
    personal: moves.flatMap(({ transition }) => transition.change.personal),
    caller: null,
    idempotency: null,
  };
  const result = await commitTwice(lifecycle, change);
  if (!result.ok) return undefined;
  await lifecycle.committed(change, result.sequence);
  return result.sequence;
}

/** A commit whose answer was lost is repeated: the store knows it by its first event. */
async function commitTwice({ store }: Lifecycle, change: Change) {
  try {
    return await store.commit(change);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    return store.commit(change);
  }
}
