import { UnprocessableError } from '../errors.js';
import { keyIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { Act } from '../lifecycle/context.js';
import { keyspaceOf } from '../lifecycle/context.js';
import { badCursor } from '../lifecycle/list.js';
import { requireScope } from '../lifecycle/rights.js';
import type { WriteOptions } from '../public.js';
import type { EmergencyPlan } from '../rotation-plan-views.js';
import type { EmergencyInput, EmergencyPage, RotateInput } from '../rotation-views.js';
import type { KeyFilter } from '../store/store.js';
import { planMany } from './emergency-plan.js';
import type { Engine } from './engine.js';
import { emergencyOverlapOf } from './order.js';
import { tellUses } from './untold.js';
import { rotateWave } from './wave.js';
import { waveAgain } from './wave-again.js';

const DEFAULT_WAVE = 50; // Keys of one call: each is answered with its new secret.

/**
 * Ends every secret of all keys of an owner, a tag or a keyspace, and gives each a new one: a wave
 * of keys a call. A key that cannot be rotated is told of, and the others are.
 * @throws {UnprocessableError} no reason was given, or not one of owner, tag and keyspace.
 */
export async function rotateAll(
  engine: Engine,
  act: Act,
  call: { readonly input: EmergencyInput; readonly options: WriteOptions },
): Promise<EmergencyPage | { readonly plan: EmergencyPlan }> {
  const { input, options } = call;
  requireScope(act.rights, 'keys:rotate');
  const filter = await filterOf(act, input);
  const overlapMs = input.overlap === undefined ? null : emergencyOverlapOf(input.overlap);
  await tellUses(engine); // Once for all of them.
  if (input.dryRun === true) {
    const isDelivered = input.deliver === undefined;
    const of = { filter, overlapMs, isDelivered, isToRotate: isToRotate(act) };
    return { plan: await planMany(act, of) };
  }
  requireScope(act.rights, 'keys:revoke');
  const limit = input.limit ?? DEFAULT_WAVE;
  const { cursor } = input;
  if (cursor !== undefined && keyIdFrom(cursor) === undefined) throw badCursor();
  const after = cursor ?? null;
  const keys = await act.lifecycle.store.listKeys({ ...filter, limit: limit + 1, after });
  const wave = keys.slice(0, limit);
  const last = wave.at(-1);
  const nextCursor = keys.length > limit && last !== undefined ? last.id : null;
  const each = inputOfEach(input);
  const waved = await rotateWave(engine, act, {
    keys: await ownKeyLast(act, { input, filter, isLast: nextCursor === null, keys: wave }),
    input: each,
    call: { operation: 'keys.rotate', input, ...options },
    nextCursor,
  });
  if (waved.kind === 'waved') return { items: waved.items, nextCursor };
  const items = await waveAgain(engine, act, { items: waved.before.items, input: each });
  return { items, nextCursor: waved.before.nextCursor, replayed: true };
}

/** The keys of a wave; the one that the caller holds is in the last of them: without it there is no next. */
async function ownKeyLast(
  act: Act,
  of: {
    readonly input: EmergencyInput;
    readonly filter: Filter;
    readonly isLast: boolean;
    readonly keys: readonly KeyRecord[];
  },
): Promise<readonly KeyRecord[]> {
  const { actor } = act.rights;
  const keys = of.keys.filter(isToRotate(act));
  const ownId = actor.kind === 'management_key' ? keyIdFrom(actor.id) : undefined;
  if (ownId === undefined) return keys;
  const others = keys.filter(({ id }) => id !== ownId);
  if (!of.isLast) return others;
  const own = await act.lifecycle.store.getKey(ownId, of.filter.within);
  return own !== undefined && isMeant(own, of.input) && isToRotate(act)(own)
    ? [...others, own]
    : others;
}

function isMeant(key: KeyRecord, { owner, tag }: EmergencyInput): boolean {
  return (
    (owner === undefined || key.owner === owner) && (tag === undefined || key.tags.includes(tag))
  );
}

/** What is asked for each of the keys. */
function inputOfEach({ reason, overlap, deliver }: EmergencyInput): RotateInput {
  return {
    compromised: true,
    reason,
    ...(overlap === undefined ? {} : { overlap }),
    ...(deliver === undefined ? {} : { deliver }),
  };
}

type Filter = Omit<KeyFilter, 'limit' | 'after'>;

async function filterOf(act: Act, input: EmergencyInput): Promise<Filter> {
  const { owner, tag, keyspace, reason } = input;
  if (reason.trim() === '') {
    const fix = 'Say what happened: it stands in the audit trail.';
    throw new UnprocessableError([{ pointer: '/reason', message: 'is needed.', fix }]);
  }
  const named = [owner, tag, keyspace].filter((one) => one !== undefined);
  if (named.length !== 1) {
    const fix = 'Name one of owner, tag and keyspace.';
    throw new UnprocessableError([{ pointer: '', message: 'does not say which keys.', fix }]);
  }
  const within =
    keyspace === undefined ? act.rights.within : [(await keyspaceOf(act, keyspace)).id];
  return { within, owner, tag, nowMs: act.lifecycle.nowMs() };
}

/** What is revoked has no secret to end; what has expired is refused already. */
function isToRotate({ lifecycle }: Act): (key: KeyRecord) => boolean {
  const nowMs = lifecycle.nowMs();
  return ({ state, expiresAt }) => state !== 'revoked' && (expiresAt ?? Infinity) > nowMs;
}
