import { type KeyturnError, StoreUnavailableError } from '../errors.js';
import { keyIdFrom, rotationIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { Act } from '../lifecycle/context.js';
import type { EmergencyItem, RotateInput } from '../rotation-views.js';
import type { Lease, RotationRecord, RotationStep } from '../store/rotation.js';
import { detailsOf } from './details.js';
import { drive, type Engine, lease } from './engine.js';
import { handOverAll } from './hand-over.js';
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
  const shown = await takeUp(engine, act, items);
  const places = await Promise.all(items.map((item) => placeOf(act, item)));
  const lost = places.flatMap((place) => (isLost(act, place) ? [place.key] : []));
  const anew = await beginAnew(engine, act, { keys: lost, input });
  return Promise.all(
    items.map(async (item, index) => {
      const answer = item.rotation === null ? undefined : shown.get(item.rotation);
      if (answer !== undefined) return itemOf({ id: item.key, name: item.name }, answer);
      return anew.get(item.key) ?? (await asItStands(act, item, places[index]));
    }),
  );
}

/** Where a key of the earlier call is. */
interface Place {
  readonly key: KeyRecord | undefined;
  readonly rotation: RotationRecord | undefined;
}

async function placeOf({ lifecycle, rights }: Act, item: EmergencyItem): Promise<Place> {
  const id = item.rotation === null ? undefined : rotationIdFrom(item.rotation);
  const keyId = keyIdFrom(item.key);
  const rotation = id && (await lifecycle.store.getRotation(id, rights.within));
  return { rotation, key: keyId && (await lifecycle.store.getKey(keyId, rights.within)) };
}

/** It was taken back before anybody was given another, and what leaked is the current secret still. */
function isLost({ lifecycle }: Act, place: Place): place is Place & { readonly key: KeyRecord } {
  const { key, rotation } = place;
  if (key === undefined || rotation === undefined || rotation.isOpen) return false;
  const { deliveredAt, oldNumber } = detailsOf(rotation);
  const isAlive = key.state !== 'revoked' && (key.expiresAt ?? Infinity) > lifecycle.nowMs();
  const isBack = rotation.state === 'rolled_back' && deliveredAt === null;
  return isAlive && isBack && secretOf(key, oldNumber)?.state === 'current';
}

async function beginAnew(
  engine: Engine,
  act: Act,
  { keys, input }: { readonly keys: readonly KeyRecord[]; readonly input: RotateInput },
): Promise<ReadonlyMap<string, EmergencyItem>> {
  if (keys.length === 0) return new Map();
  const call = { operation: 'keys.rotate', input };
  const waved = await rotateWave(engine, act, { keys, input, call, nextCursor: null });
  const items = waved.kind === 'waved' ? waved.items : waved.before.items;
  return new Map(items.map((item) => [item.key, item]));
}

/** A key that was rotated anew is told of by the rotation that did it. */
async function asItStands(
  { lifecycle, rights }: Act,
  item: EmergencyItem,
  { key, rotation }: Place = { key: undefined, rotation: undefined },
): Promise<EmergencyItem> {
  if (rotation === undefined) return item;
  if (key === undefined || rotation.state !== 'rolled_back') {
    return { ...item, state: rotation.state };
  }
  const within = rights.within;
  const newest = { within, keyId: key.id, limit: 1, after: null };
  const [latest = rotation] = await lifecycle.store.listRotations(newest);
  return { ...item, rotation: latest.id, state: latest.state };
}

/** Issues the secrets of those that stopped half-way, as soon as nobody works on them. */
async function takeUp(
  engine: Engine,
  act: Act,
  items: readonly EmergencyItem[],
): Promise<ReadonlyMap<string, Answer>> {
  const { clock, timers } = engine.lifecycle.ports;
  const startedAt = clock.monotonicMs();
  const answers = new Map<string, Answer>();
  let waiting = items.flatMap(({ rotation }) => (rotation === null ? [] : [rotation]));
  for (;;) {
    const found = await takeEach(engine, act, waiting);
    const given = await handOverAll(engine, act, found.held);
    found.held.forEach(({ id }, index) => {
      const answer = given[index];
      if (answer !== undefined) answers.set(id, answer);
    });
    waiting = found.busy;
    // An instance that died holds them for as long as a lease: then they are for the next repeat.
    if (waiting.length === 0 || clock.monotonicMs() - startedAt > PATIENCE_MS) break;
    await timers.sleep(TRY_AGAIN_MS);
  }
  for (const id of waiting) answers.set(id, busy());
  return answers;
}

interface Found {
  readonly held: { readonly id: string; readonly lease: Lease }[];
  readonly busy: string[];
}

async function takeEach(engine: Engine, act: Act, ids: readonly string[]): Promise<Found> {
  const found: Found = { held: [], busy: [] };
  for (const text of ids) {
    const id = rotationIdFrom(text);
    const rotation = id && (await engine.lifecycle.store.getRotation(id, act.rights.within));
    if (rotation === undefined || !isHalfWay(rotation)) continue;
    const [leased] = await lease(engine, { id: rotation.id, limit: 1 });
    if (leased?.rotation.step === 'issue') found.held.push({ id: text, lease: leased.lease });
    else found.busy.push(text);
    // Nobody holds its secret any more: what was issued is taken back.
    if (leased !== undefined && leased.rotation.step !== 'issue')
      await drive(engine, act, [leased]);
  }
  return found;
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
