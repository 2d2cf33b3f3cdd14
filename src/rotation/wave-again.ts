import { ForbiddenError, KeyturnError, StoreUnavailableError } from '../errors.js';
import { keyIdFrom, rotationIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import { type Act, visibleKeyspaces } from '../lifecycle/context.js';
import { requireCovers } from '../lifecycle/rights.js';
import type { EmergencyItem, RotateInput } from '../rotation-views.js';
import type { Lease, RotationRecord, RotationStep } from '../store/rotation.js';
import { detailsOf, isTurned } from './details.js';
import { drive, type Engine, lease } from './engine.js';
import { handOverAll } from './hand-over.js';
import type { Order } from './order.js';
import { secretOf } from './step.js';
import { rotateWave } from './wave.js';
import { itemOf } from './wave-items.js';

const TRY_AGAIN_MS = 250;
/** Less than a client waits for its answer: a secret in an answer that nobody takes is lost. */
const PATIENCE_MS = 12_000;
/** Steps at which nobody was shown the new secret. */
const UNSHOWN: readonly RotationStep[] = ['issue', 'activate', 'probe'];

type Answer = Awaited<ReturnType<typeof handOverAll>>[number];

/**
 * What an earlier call has begun, as it is by now. Where that call died before it could show a key's new
 * secret, one is issued and shown now: what leaked is not left for that.
 */
export async function waveAgain(
  engine: Engine,
  act: Act,
  { items, input }: { readonly items: readonly EmergencyItem[]; readonly input: RotateInput },
): Promise<readonly EmergencyItem[]> {
  const latest = await placesOf(act, items);
  const shown = await takeUp(engine, act, latest);
  const others = latest.filter(({ item }) => !shown.has(item.key));
  const rest = await restOf(engine, act, { places: others, input }).catch((error: unknown) => {
    // What was issued a moment ago is in this answer or nowhere.
    if (shown.size === 0) throw error;
    return new Map<string, EmergencyItem>();
  });
  return items.map((item) => {
    const { key: id, name } = item;
    return rest.get(id) ?? itemOf({ id, name }, shown.get(id) ?? busy());
  });
}

/** Where a key of the earlier call is. */
interface Place {
  readonly item: EmergencyItem;
  readonly key: KeyRecord | undefined;
  readonly rotation: RotationRecord | undefined;
  /** The key's last one, where that was taken back. */
  readonly latest?: RotationRecord | undefined;
}

function placesOf(act: Act, items: readonly EmergencyItem[]): Promise<readonly Place[]> {
  return Promise.all(items.map((item) => placeOf(act, item)));
}

/** Of a rotation that was begun anew by who asked for the first one, that. */
async function placeOf({ lifecycle, rights }: Act, item: EmergencyItem): Promise<Place> {
  const { store } = lifecycle;
  const { within } = rights;
  const id = item.rotation === null ? undefined : rotationIdFrom(item.rotation);
  const keyId = keyIdFrom(item.key);
  const first = id && (await store.getRotation(id, within));
  const key = keyId && (await store.getKey(keyId, within));
  if (first?.state !== 'rolled_back' || key === undefined) return { item, key, rotation: first };
  const [latest] = await store.listRotations({ within, keyId: key.id, limit: 1, after: null });
  const rotation = latest !== undefined && isAnew(first, latest) ? latest : first;
  return { item: { ...item, rotation: rotation.id }, key, rotation, latest };
}

function isAnew(first: RotationRecord, latest: RotationRecord): boolean {
  const { requestedBy: by } = detailsOf(first);
  const details = detailsOf(latest);
  const { requestedBy } = details;
  // One that a person has rolled back is no emergency any more.
  const isOne = details.isCompromised || isTurned(details);
  return isOne && requestedBy.kind === by.kind && requestedBy.id === by.id;
}

/** It was taken back before anybody was given another, and what leaked is the current secret still. */
function isLost({ lifecycle }: Act, place: Place): place is Place & { readonly key: KeyRecord } {
  const { key, rotation } = place;
  if (key === undefined || rotation?.state !== 'rolled_back') return false;
  // Once it has a deadline, only a person takes an emergency back.
  const { deliveredAt, deadline, oldNumber } = detailsOf(rotation);
  const isAlive = key.state !== 'revoked' && (key.expiresAt ?? Infinity) > lifecycle.nowMs();
  const isBack = deliveredAt === null && deadline === null;
  return isAlive && isBack && secretOf(key, oldNumber)?.state === 'current';
}

/** Those of which nothing could be shown: how they stand, or what is begun anew. */
async function restOf(
  engine: Engine,
  act: Act,
  { places, input }: { readonly places: readonly Place[]; readonly input: RotateInput },
): Promise<ReadonlyMap<string, EmergencyItem>> {
  const now = await placesOf(
    act,
    places.map(({ item }) => item),
  );
  const rest = new Map(now.map((place) => [place.item.key, asItStands(place)]));
  const lost = now.filter((place) => isLost(act, place));
  if (lost.length === 0) return rest;
  // Another repeat may have begun it meanwhile: what that one shows is not ended by this one.
  const requireStill = async ({ located }: Order) => {
    const known = lost.find(({ item }) => item.key === located.key.id);
    const place = known && (await placeOf(act, known.item));
    if (!place || place.rotation?.id !== known.rotation?.id || !isLost(act, place)) throw busy();
  };
  const keys = lost.flatMap(({ key }) => key ?? []);
  const call = { operation: 'keys.rotate', input };
  const waved = await rotateWave(engine, act, {
    keys,
    input,
    call,
    nextCursor: null,
    requireStill,
  });
  const items = waved.kind === 'waved' ? waved.items : waved.before.items;
  for (const item of items) rest.set(item.key, item);
  return rest;
}

/** A key that was rotated anew is told of by the rotation that did it. */
function asItStands({ item, rotation, latest = rotation }: Place): EmergencyItem {
  return latest === undefined ? item : { ...item, rotation: latest.id, state: latest.state };
}

/** Issues the secrets of those that stopped half-way, as soon as nobody works on them. By key. */
async function takeUp(
  engine: Engine,
  act: Act,
  places: readonly Place[],
): Promise<ReadonlyMap<string, Answer>> {
  const { clock, timers } = engine.lifecycle.ports;
  const startedAt = clock.monotonicMs();
  const answers = new Map<string, Answer>();
  let waiting = places;
  for (;;) {
    try {
      waiting = await takeThose(engine, act, { places: waiting, answers });
    } catch (error) {
      if (answers.size === 0) throw error;
      break; // As in waveAgain.
    }
    // An instance that died holds them for as long as a lease: then they are for the next repeat.
    if (waiting.length === 0 || clock.monotonicMs() - startedAt > PATIENCE_MS) break;
    await timers.sleep(TRY_AGAIN_MS);
  }
  for (const { item } of waiting) if (!answers.has(item.key)) answers.set(item.key, busy());
  return answers;
}

/** @returns those that somebody works on still. */
async function takeThose(
  engine: Engine,
  act: Act,
  { places, answers }: { readonly places: readonly Place[]; readonly answers: Map<string, Answer> },
): Promise<readonly Place[]> {
  const refusal = await refusalsOf(act);
  const held: (Place & Held)[] = [];
  const busyOnes: Place[] = [];
  for (const place of places) {
    const rotation = await halfWay(engine, act, place);
    if (rotation === undefined) continue;
    const answer = refusal(place.key) ?? (await takeOne(engine, act, rotation));
    if (answer === undefined) busyOnes.push(place);
    else if (answer instanceof KeyturnError) answers.set(place.item.key, answer);
    else held.push({ ...place, ...answer });
  }
  const given = await handOverAll(engine, act, held);
  given.forEach((answer, index) => {
    answers.set(held[index]?.item.key ?? '', answer);
  });
  return busyOnes;
}

interface Held {
  readonly id: RotationRecord['id'];
  readonly lease: Lease;
}

async function halfWay(
  { lifecycle }: Engine,
  { rights }: Act,
  { rotation }: Place,
): Promise<RotationRecord | undefined> {
  const now = rotation && (await lifecycle.store.getRotation(rotation.id, rights.within));
  return now !== undefined && isHalfWay(now) ? now : undefined;
}

/** Undefined: somebody works on it, or it is not at `issue` yet. */
async function takeOne(
  engine: Engine,
  act: Act,
  { id }: RotationRecord,
): Promise<Held | undefined> {
  const [leased] = await lease(engine, { id, limit: 1 });
  if (leased?.rotation.step === 'issue') return { id, lease: leased.lease };
  // Nobody holds its secret any more: what was issued is taken back.
  if (leased !== undefined) await drive(engine, act, [leased]);
  return undefined;
}

/** Whose rights were more when it began is shown no secret now that has more than theirs. */
async function refusalsOf(act: Act) {
  const keyspaces = new Map((await visibleKeyspaces(act)).map((one) => [one.id, one]));
  return (key: KeyRecord | undefined): KeyturnError | undefined => {
    if (key === undefined || keyspaces.get(key.keyspaceId)?.isManagement !== true) return undefined;
    try {
      requireCovers(act.rights, key);
    } catch (error) {
      if (error instanceof ForbiddenError) return error;
      throw error;
    }
    return undefined;
  };
}

function isHalfWay(rotation: RotationRecord): boolean {
  const { isOpen, step } = rotation;
  return isOpen && UNSHOWN.includes(step) && detailsOf(rotation).deliver === 'answer';
}

function busy(): KeyturnError {
  return new StoreUnavailableError(
    'Another process works on its rotation now, or has died: repeat the same call in half a minute.',
  );
}
