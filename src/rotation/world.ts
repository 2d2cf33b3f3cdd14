import type { DeliveryFailure } from '../deliver/destination.js';
import type { ProbeTerms } from '../deliver/probe.js';
import { KeyturnError } from '../errors.js';
import type { KeyId, KeyspaceId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { type ConsumerUse, OTHERS } from '../store/consumers.js';
import { MAX_BROWNOUTS } from '../store/few-brownouts.js';
import type { RotationRecord } from '../store/rotation.js';
import type { InstanceRow, Store } from '../store/store.js';
import { mintLink } from './claim-link.js';
import type { Opened } from './delivery.js';
import { type BaselineConsumer, type Details, detailsOf } from './details.js';
import type { Engine } from './engine.js';
import { guarded } from './guarded.js';
import { linkMailOf, mailingOf } from './link-mail.js';
import { withoutProbes } from './probed.js';
import type { Scenery, StepContext } from './step.js';

const MAX_CONSUMERS = 2_000; // Of one key that are weighed.
const MAX_ROTATIONS = 50; // Of one key, whose brown-outs are counted.

/** What one round of moves is decided by: read once for all of them. */
export interface World {
  readonly nowMs: number;
  readonly keyspaces: ReadonlyMap<KeyspaceId, KeyspaceRecord>;
  readonly instances: () => Promise<readonly InstanceRow[]>;
  /** Takes one of the brown-outs that a keyspace may have still; false: it has as many as it may. */
  readonly takeBrownout: (keyspaceId: KeyspaceId) => Promise<boolean>;
}

/** Reads it. */
export async function worldOf({ lifecycle, self }: Engine): Promise<World> {
  const keyspaces = await lifecycle.store.listKeyspaces();
  const nowMs = lifecycle.nowMs();
  const instances = once(async () =>
    withSelf(await lifecycle.store.listInstances(), self(), nowMs),
  );
  const byId = new Map(keyspaces.map((one) => [one.id, one]));
  return { nowMs, keyspaces: byId, instances, takeBrownout: brownoutsLeft(lifecycle.store) };
}

/** What one round may begin. Of two instances that count at once, the store refuses the later one. */
function brownoutsLeft(store: Store): World['takeBrownout'] {
  const left = new Map<KeyspaceId, number>();
  return async (keyspaceId) => {
    const count = left.get(keyspaceId) ?? MAX_BROWNOUTS - (await store.countBrownouts(keyspaceId));
    left.set(keyspaceId, count - 1);
    return count > 0;
  };
}

/** This instance is as far as it is, whatever it last told the others. */
function withSelf(
  rows: readonly InstanceRow[],
  self: Omit<InstanceRow, 'seenAt'> | undefined,
  nowMs: number,
): readonly InstanceRow[] {
  if (self === undefined) return rows;
  return [...rows.filter(({ id }) => id !== self.id), { ...self, seenAt: nowMs }];
}

/** What a rotation's step may look at. */
export function contextOf(
  engine: Engine,
  at: {
    readonly rotation: RotationRecord;
    readonly key: KeyRecord;
    readonly keyspace: KeyspaceRecord;
    readonly world: World;
    readonly committed?: number | undefined;
  },
): StepContext {
  const { rotation, key, keyspace, world, committed } = at;
  const { store } = engine.lifecycle;
  const details = detailsOf(rotation);
  const scenery: Scenery = {
    nowMs: world.nowMs,
    plaintext: engine.hand.get(rotation.id),
    sealed: engine.seals.get(rotation.id),
    committed,
    instances: world.instances,
    brownoutsBefore: once(async () => [
      ...(details.brownoutsBefore ?? []),
      ...(await brownoutsOfOthers(store, rotation)),
    ]),
    takeBrownout: () => world.takeBrownout(keyspace.id),
    consumers: once(async () => {
      await world.instances(); // First: what they say to have written out is in what is read after.
      return withoutProbes(await usesOf(store, key.id, details.baseline), details.probed);
    }),
    destinations: once(() => openedOf(engine, key.id)),
    mailing: once(() => mailingOf(engine, { key, terms: details.terms })),
    linkMail: once(() => linkMailOf(store, rotation)),
    mintLink: () => mintLink(engine),
    canSeal: engine.sealKey !== undefined,
    head: async () => (await store.changesSince(0, 0)).head,
    probe: (plaintext) => engine.probe(plaintext, { keyspace, scopes: key.scopes }),
    probeBy: (own) => probeBy(engine, own, { rotation, keyspace }),
  };
  return { rotation, details, key, keyspace, scenery };
}

/** Without the plaintext nothing is tried: who asks has looked for it. */
async function probeBy(
  { prober, hand, lifecycle }: Engine,
  own: ProbeTerms,
  { rotation, keyspace }: Pick<StepContext, 'rotation' | 'keyspace'>,
): ReturnType<Scenery['probeBy']> {
  const plaintext = hand.get(rotation.id);
  const outcome =
    plaintext === undefined
      ? ({ kind: 'busy' } as const)
      : await prober.run(own, plaintext, keyspace.credentials);
  return { outcome, endedAt: lifecycle.nowMs() };
}

/** Each is opened anew, so that what the configuration allows now is what counts. */
export async function openedOf({ lifecycle, destinations }: Engine, keyId: KeyId) {
  const records = await lifecycle.store.automation.destinationsOf(keyId);
  return Promise.all(
    records.map(async (record): Promise<Opened> => {
      try {
        return { record, destination: guarded(await destinations.open(record)) };
      } catch (error) {
        return { record, failure: unopened(error) };
      }
    }),
  );
}

/**
 * Whatever one place's record or kind does, it alone has failed, and nothing beside it. Opening asks
 * nobody far away, so no time mends it: a person is asked at once.
 */
function unopened(error: unknown): DeliveryFailure {
  const message = error instanceof KeyturnError ? error.message : UNOPENED;
  return { kind: 'failed', class: 'target_missing', message };
}

// What was thrown is not told on: it may quote what stands there.
const UNOPENED =
  'Its kind has failed as it was opened: its settings may be damaged. Look at them with destination show, and say all of them anew with destination update, or mend the program of the kind.';

/** Those of the key's rotations before. */
async function brownoutsOfOthers(
  store: Store,
  { id, keyId, keyspaceId }: RotationRecord,
): Promise<Details['brownouts']> {
  const cut = { within: [keyspaceId], keyId, limit: MAX_ROTATIONS, after: null };
  const others = (await store.listRotations(cut)).filter((one) => one.id !== id);
  return others.flatMap((one) => {
    const { brownouts, brownoutsBefore = [] } = detailsOf(one);
    return [...brownoutsBefore, ...brownouts];
  });
}

/**
 * Who was seen last, and whoever is waited for: a flood of others must not push them out of sight.
 */
async function usesOf(
  store: Store,
  keyId: KeyId,
  baseline: readonly BaselineConsumer[],
): Promise<readonly ConsumerUse[]> {
  const last = await store.listConsumers(keyId, MAX_CONSUMERS);
  if (last.length < MAX_CONSUMERS) return last; // All there are.
  const ids = [...baseline.map(({ id }) => id), OTHERS.id];
  const awaited = await store.consumersOf(keyId, ids);
  const known = new Set(ids);
  return [...awaited, ...last.filter(({ consumer }) => !known.has(consumer.id))];
}

/** What is known now, for who looks at one rotation outside the worker. */
export async function lookAt(
  engine: Engine,
  at: Pick<StepContext, 'rotation' | 'key' | 'keyspace'>,
): Promise<StepContext> {
  return contextOf(engine, { ...at, world: await worldOf(engine) });
}

/** The same of a rotation alone; undefined: its key is gone. */
export async function lookAtRotation(
  engine: Engine,
  rotation: RotationRecord,
): Promise<StepContext | undefined> {
  const world = await worldOf(engine);
  const key = await engine.lifecycle.store.getKey(rotation.keyId, 'all');
  const keyspace = world.keyspaces.get(rotation.keyspaceId);
  if (key === undefined || keyspace === undefined) return undefined;
  return contextOf(engine, { rotation, key, keyspace, world });
}

/** Reads when it is first asked for, and never again. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
