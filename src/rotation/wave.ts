import {
  AlreadyExistsError,
  ForbiddenError,
  KeyturnError,
  UnauthenticatedError,
} from '../errors.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { type Call, perform } from '../lifecycle/change.js';
import { type Act, keyspaceNotFound, visibleKeyspaces } from '../lifecycle/context.js';
import { withRightsOfNow } from '../lifecycle/rights-now.js';
import type { EmergencyItem, RotateInput } from '../rotation-views.js';
import type { Lease, RotationState } from '../store/rotation.js';
import { detailsOf } from './details.js';
import { drive, type Engine } from './engine.js';
import { firstDetails } from './first-details.js';
import { type Begun, handOverAll } from './hand-over.js';
import { type Order, orderOf } from './order.js';
import { policiesOnce } from './policies-once.js';
import { planStart, rotateKey } from './start.js';
import type { Terms } from './terms.js';
import { deliveredItem, itemOf } from './wave-items.js';

/** Which keys, and how. */
interface Wave {
  readonly keys: readonly KeyRecord[];
  readonly input: RotateInput;
  /** As it was asked for: a repeat of it begins nothing. */
  readonly call: Call;
  /** Where the next wave begins, also for a repeat: which keys there are may be others by then. */
  readonly nextCursor: string | null;
  /** Throws where a key is not to be rotated, by what it is as that begins. */
  readonly requireStill?: (order: Order) => Promise<void>;
}

/** What an earlier call with the same idempotency key has begun. */
interface BegunBefore {
  readonly items: readonly EmergencyItem[];
  readonly nextCursor: string | null;
}

/** What came of it now, or what was begun before. */
type Waved =
  | { readonly kind: 'waved'; readonly items: readonly EmergencyItem[] }
  | { readonly kind: 'before'; readonly before: BegunBefore };

/**
 * Rotates many keys together: they begin as one change, and their secrets are issued, accepted and
 * handed over in common transactions. A key that cannot be rotated is told of, and the others are.
 */
export async function rotateWave(engine: Engine, act: Act, wave: Wave): Promise<Waved> {
  const beginning = await beginAll(engine, act, wave);
  // Of one of them somebody else has begun a rotation meanwhile.
  if (beginning === undefined) return { kind: 'waved', items: await oneByOne(engine, act, wave) };
  if ('before' in beginning) return { kind: 'before', before: beginning.before };
  const begun = beginning.starts;
  const lease = { owner: engine.instanceId, fence: 1 };
  const held = begun.flatMap(({ begun: one }) =>
    one === undefined ? [] : [{ id: one.rotation.id, lease, begun: one }],
  );
  const shown = held.filter((one) => !isDelivered(one.begun));
  const [answers, states] = await Promise.all([
    handOverAll(engine, act, shown),
    deliverAll(engine, act, held),
  ]);
  const byId = new Map(shown.map(({ id }, index) => [id, answers[index]]));
  const items = begun.map(({ key, begun: one, fault }) => {
    if (one === undefined) return itemOf(key, fault);
    return isDelivered(one)
      ? deliveredItem(key, { ...one.rotation, state: states.get(one.rotation.id) ?? 'running' })
      : itemOf(key, byId.get(one.rotation.id));
  });
  return { kind: 'waved', items };
}

function isDelivered({ rotation }: Begun): boolean {
  return detailsOf(rotation).deliver === 'destinations';
}

/**
 * As far as it goes now; what takes longer, or comes upon a fault, goes on by itself. No fault here may
 * cost the others their secrets, which nobody else has.
 */
async function deliverAll(
  engine: Engine,
  act: Act,
  held: readonly Held[],
): Promise<ReadonlyMap<string, RotationState>> {
  const works = held.flatMap(({ begun, lease }) =>
    isDelivered(begun) ? [{ rotation: begun.rotation, lease }] : [],
  );
  try {
    const driven = await drive(engine, act, works);
    return new Map(driven.map(({ id, state }) => [id, state]));
  } catch {
    const { lifecycle, instanceId } = engine;
    const fields = { room: 'rotation', instanceId, code: 'later' };
    lifecycle.ports.log.warn(fields, 'deliveries of an emergency wait for the store');
    return new Map();
  }
}

/** A key, and its rotation; or why there is none. */
interface Start {
  readonly key: KeyRecord;
  readonly begun?: Begun;
  readonly fault?: KeyturnError;
}

/** Undefined: one of them was begun by somebody else, so none was. */
async function beginAll(
  engine: Engine,
  act: Act,
  { keys, input, call, nextCursor, requireStill }: Wave,
): Promise<Beginning | undefined> {
  let latest: readonly Start[] = [];
  const plan = async () => {
    const keyspaces = new Map((await visibleKeyspaces(act)).map((one) => [one.id, one]));
    const termsOf = policiesOnce(act);
    const starts = await Promise.all(
      keys.map((key) =>
        planOne(engine, act, {
          ...{ key, keyspace: keyspaces.get(key.keyspaceId), input, termsOf },
          requireStill,
        }),
      ),
    );
    const changes = starts.flatMap(({ change }) => (change === undefined ? [] : [change]));
    latest = starts.map(({ change, ...start }) => start);
    // Of a repeat: no secret stands in it.
    const answer: Kept = { items: latest.map(keptItem), nextCursor };
    if (changes.length === 0) return { answer };
    const change = {
      writes: changes.flatMap(({ writes }) => writes),
      events: changes.flatMap(({ events }) => events),
      personal: [],
    };
    return { change, answer };
  };
  try {
    const { kind, answer } = await perform<Kept>(act, call, plan);
    if (kind === 'done') return { starts: latest };
    return { before: 'items' in answer ? answer : { items: answer, nextCursor } };
  } catch (error) {
    if (error instanceof AlreadyExistsError) return undefined;
    throw error;
  }
}

/** What is kept for a repeat; an earlier version kept the items alone. */
type Kept = BegunBefore | readonly EmergencyItem[];

/** Rotations that were begun now, or what an earlier call has begun. */
type Beginning = { readonly starts: readonly Start[] } | { readonly before: BegunBefore };

function keptItem({ key, begun, fault }: Start): EmergencyItem {
  if (begun === undefined) return itemOf(key, fault);
  if (isDelivered(begun)) return deliveredItem(key, begun.rotation);
  return { key: key.id, name: key.name, rotation: begun.rotation.id };
}

async function planOne(
  engine: Engine,
  act: Act,
  {
    key,
    keyspace,
    input,
    termsOf,
    requireStill,
  }: {
    readonly key: KeyRecord;
    readonly keyspace: KeyspaceRecord | undefined;
    readonly input: RotateInput;
    readonly termsOf: (key: KeyRecord) => Promise<Terms>;
    readonly requireStill: Wave['requireStill'] | undefined;
  },
) {
  try {
    if (keyspace === undefined) throw keyspaceNotFound();
    // As it was listed a moment ago: the change that issues its secret is guarded by its version.
    const located = { key, keyspace, uses: undefined, terms: await termsOf(key) };
    const order = await orderOf(act, located, input);
    await requireStill?.(order);
    const first = await firstDetails(act, order);
    const { change, begun } = await planStart(engine, act, { order, first, link: null });
    return { key, begun, change };
  } catch (error) {
    return { key, fault: ofOneKey(error) };
  }
}

/** Whoever has lost a right meanwhile gets what was made until then, and hears of the others. */
async function oneByOne(
  engine: Engine,
  act: Act,
  { keys, input, requireStill }: Wave,
): Promise<readonly EmergencyItem[]> {
  const items: EmergencyItem[] = [];
  let ended: KeyturnError | undefined;
  for (const key of keys) {
    const still = requireStill === undefined ? {} : { requireStill };
    const call = { id: key.id, input, options: {}, ...still };
    // Of each by itself: what is made is not made again.
    const rotated = () => withRightsOfNow(act, (now) => rotateKey(engine, now, call));
    const answer = ended ?? (await rotated().catch(faultOf));
    if (answer instanceof KeyturnError && isOfCaller(answer)) {
      if (items.every(({ rotation }) => rotation === null)) throw answer;
      ended = answer;
    }
    items.push(itemOf(key, answer));
  }
  return items;
}

/** A rotation that was begun here. */
interface Held {
  readonly id: string;
  readonly lease: Lease;
  readonly begun: Begun;
}

/** Who asks has ended, or lost a right: there is no other key to go on with. */
function isOfCaller(fault: KeyturnError): boolean {
  return fault instanceof UnauthenticatedError || fault instanceof ForbiddenError;
}

function ofOneKey(error: unknown): KeyturnError {
  const fault = faultOf(error);
  if (isOfCaller(fault)) throw fault;
  return fault;
}

function faultOf(error: unknown): KeyturnError {
  if (!(error instanceof KeyturnError)) throw error;
  return error;
}
