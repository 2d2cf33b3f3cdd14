import { formatTime } from '../../keys/duration.js';
import type { KeyId } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import { coversAll } from '../../keys/scopes.js';
import { type Act, keyspaceOf, visibleKeyspaces } from '../../lifecycle/context.js';
import { requireScope } from '../../lifecycle/rights.js';
import type { AgeBucket, Few, Overview, OverviewQuery } from '../../overview-views.js';
import type { Within } from '../../store/within.js';
import type { Engine } from '../engine.js';
import { Census } from './census.js';
import { SHOWN } from './first-few.js';
import { AGES } from './key-census.js';

const MOST_COUNTED = 200;
const censuses = new WeakMap<Engine, Census>();

/** What needs a person now, as far as the caller may see it. */
export async function overview(
  engine: Engine,
  act: Act,
  { keyspace }: OverviewQuery,
): Promise<Overview> {
  requireScope(act.rights, 'keyspaces:read');
  const named = keyspace === undefined ? undefined : await keyspaceOf(act, keyspace);
  const within = named === undefined ? act.rights.within : [named.id];
  const census = censuses.get(engine) ?? new Census(engine.lifecycle);
  censuses.set(engine, census);
  const names = await namesOf(act);
  const sight = { act, census, within, names };
  const may = (scope: string) => coversAll(act.rights.scopes, [scope]);
  return {
    keyspace: named?.name ?? null,
    at: formatTime(act.lifecycle.nowMs()),
    rotations: may('rotations:read') ? await rotationsIn(sight) : null,
    keys: may('keys:read') ? await keysIn(sight) : null,
    notices: may('channels:read') ? await noticesIn(sight) : null,
    checks: may('usage:read') ? { hours: await census.hours.of(act.lifecycle, within) } : null,
  };
}

interface Sight {
  readonly act: Act;
  readonly census: Census;
  readonly within: Within;
  /** Of keyspaces, by id. */
  readonly names: ReadonlyMap<string, string>;
}

async function namesOf(act: Act): Promise<ReadonlyMap<string, string>> {
  return new Map((await visibleKeyspaces(act)).map(({ id, name }) => [id, name]));
}

async function rotationsIn(sight: Sight): Promise<Overview['rotations']> {
  const counted = await sight.census.rotations.look();
  if (counted === undefined) return null;
  const { waiting, lagging, hindered, stages } = counted.value;
  const { within } = sight;
  const sum = (stage: Parameters<typeof stages.of>[0]) => stages.of(stage, within);
  const named = { told: sum('told'), opened: sum('opened'), used: sum('used') };
  return {
    countedAt: formatTime(counted.atMs),
    open: sum('open'),
    waiting: await fewOf(
      sight,
      waiting.within(within),
      ({ rotationId, step, state, why, atMs }) => ({
        rotation: rotationId,
        step,
        state,
        why,
        since: formatTime(atMs),
      }),
    ),
    stragglers: await fewOf(sight, lagging.within(within), (one) => ({
      rotation: one.rotationId,
      consumerCount: one.consumerCount,
      consumers: one.labels,
      deadline: one.deadline === null ? null : formatTime(one.deadline),
      since: formatTime(one.atMs),
    })),
    deliveries: await fewOf(sight, hindered.within(within), ({ rotationId, trouble, atMs }) => ({
      rotation: rotationId,
      destination: trouble.destination,
      class: trouble.class,
      message: trouble.message,
      tries: trouble.tryCount,
      retryAt: trouble.nextAt === null ? null : formatTime(trouble.nextAt),
      since: formatTime(atMs),
    })),
    cohort: { ...named, silent: sum('silent') },
  };
}

async function keysIn(sight: Sight): Promise<Overview['keys']> {
  const counted = await sight.census.keys.look();
  if (counted === undefined) return null;
  const { expiring, pastPolicy, ages } = counted.value;
  const { within } = sight;
  return {
    countedAt: formatTime(counted.atMs),
    expiring: await fewOf(sight, expiring.within(within), ({ atMs }) => ({
      expiresAt: formatTime(atMs),
    })),
    pastPolicy: await fewOf(sight, pastPolicy.within(within), ({ atMs }) => ({
      since: formatTime(atMs),
    })),
    secretAges: AGES.map((from, index): AgeBucket => {
      const to = AGES[index + 1];
      const toDays = to === undefined ? null : Number(to);
      return { fromDays: Number(from), toDays, count: ages.of(from, within) };
    }),
  };
}

interface OfKey {
  readonly keyId: KeyId;
}

interface Named {
  readonly key: string;
  readonly name: string;
  readonly keyspace: string;
}

/** Names are read now: what was deleted since is left out of those that are named. */
async function fewOf<T extends OfKey, Shown extends object>(
  { act, within, names }: Sight,
  { count, first }: { readonly count: number; readonly first: readonly T[] },
  show: (one: T) => Shown,
): Promise<Few<Named & Shown>> {
  const { store } = act.lifecycle;
  const keys = await Promise.all(first.map(({ keyId }) => store.getKey(keyId, within)));
  const items = first.flatMap((one, index) => {
    const key: KeyRecord | undefined = keys[index];
    if (key === undefined) return [];
    const keyspace = names.get(key.keyspaceId) ?? key.keyspaceId;
    return [{ key: key.id, name: key.name, keyspace, ...show(one) }];
  });
  return { count, isAtLeast: false, items };
}

async function noticesIn({ act, within, names }: Sight): Promise<Overview['notices']> {
  const { notices } = act.lifecycle.store;
  const limit = MOST_COUNTED + 1;
  const dead = await notices.listNotices({ within, state: 'dead', after: null, limit });
  const items = dead
    .slice(0, SHOWN)
    .map(({ id, keyspaceId, kind, recipient, failure, createdAt }) => ({
      notice: id,
      keyspace: names.get(keyspaceId) ?? keyspaceId,
      kind,
      recipient,
      message: failure?.message ?? null,
      since: formatTime(createdAt),
    }));
  const count = Math.min(dead.length, MOST_COUNTED);
  return { dead: { count, isAtLeast: dead.length > MOST_COUNTED, items } };
}
