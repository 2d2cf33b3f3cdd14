import { Feed } from './fleet/feed.js';
import { Freshness } from './fleet/freshness.js';
import { startHeartbeat } from './fleet/instances.js';
import { newInstanceId } from './keys/id.js';
import type { Lifecycle } from './lifecycle/context.js';
import { initialise } from './lifecycle/initialise.js';
import { StoreLossJournal } from './lifecycle/store-loss.js';
import type { Ports } from './ports.js';
import type { Change, Store } from './store/store.js';
import { Flusher } from './verify/flusher.js';
import { Verifier } from './verify/verifier.js';

const FLUSH_MS = 1_000;
const STORE_LOSS_MS = 1_000; // How soon after the store's return its loss is written down.
const SWEEP_MS = 10 * 60_000;

export interface RuntimeOptions {
  readonly store: Store;
  readonly ports: Ports;
  readonly role: 'server' | 'tool';
  readonly cacheBytes?: number | undefined;
}

/** An open store with everything that runs beside it. */
export interface Runtime {
  readonly store: Store;
  readonly freshness: Freshness;
  readonly verifier: Verifier;
  readonly feed: Feed;
  readonly flusher: Flusher;
  readonly lifecycle: Lifecycle;
  /** Flushes, says goodbye and closes the store. */
  readonly close: () => Promise<void>;
}

/** Wires the rooms together over an open store. @throws {KeyturnError} the store is away. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { store, ports, role } = options;
  const { clock, timers, log } = ports;
  const freshness = new Freshness(clock);
  const verifier = new Verifier({ store, freshness, log, cacheBytes: options.cacheBytes });
  const instanceId = newInstanceId({ nowMs: clock.nowMs(), random: ports.random });
  const boundMs = () => verifier.keyspaces.boundMs;
  const apply = verifier.apply.bind(verifier);
  const feed = new Feed({ store, freshness, clock, timers, log, boundMs, apply });
  const committed = async (change: Change, lastSequence: number) => {
    const isTakenIn = await takeIn({ verifier, freshness, log }, change);
    // What could not be taken in, the feed brings once more.
    if (isTakenIn) feed.passOver({ lastSequence, count: change.events.length });
  };
  const nowMs = () => freshness.nowMs();
  const flusher = new Flusher({ recorder: verifier.recorder, store, log, instanceId, nowMs });
  const seen = verifier.seen.bind(verifier);
  const lifecycle: Lifecycle = { store, ports, nowMs, inFlight: new Set(), committed, seen };
  await initialise(lifecycle);
  await feed.start();
  const take = () => verifier.storeLoss.take();
  const storeLossJournal = new StoreLossJournal({ lifecycle, instanceId, take });
  const isBack = () => freshness.isWithin(boundMs(), nowMs());
  const serving = { store, ports, flusher, nowMs, storeLossJournal, isBack };
  const stops = role === 'server' ? startServing(serving) : [];
  const progress = () => ({ confirmedSequence: feed.sequence, flushedUntil: flusher.flushedUntil });
  const beat = { store, clock, timers, log, id: instanceId, boundMs, progress };
  const sayGoodbye = role === 'server' ? startHeartbeat(beat) : async () => undefined;
  const close = async () => {
    for (const stop of stops) stop();
    feed.stop();
    await verifier.settled(); // What is still looked up is answered, and so counted.
    await flusher.flush().catch(() => {
      log.error({ room: 'verify', instanceId, code: 'usage_lost' }, 'usage could not be flushed');
    });
    await storeLossJournal.write().catch(() => {
      log.error({ room: 'lifecycle', instanceId, code: 'event_lost' }, 'store loss not recorded');
    });
    await sayGoodbye();
    await store.close();
  };
  return { store, freshness, verifier, feed, flusher, lifecycle, close };
}

function startServing(options: {
  readonly store: Store;
  readonly ports: Ports;
  readonly flusher: Flusher;
  readonly nowMs: () => number;
  readonly storeLossJournal: StoreLossJournal;
  /** Whether the store was heard of within the bound. */
  readonly isBack: () => boolean;
}): readonly (() => void)[] {
  const { store, flusher, nowMs, storeLossJournal, isBack } = options;
  const { timers, log } = options.ports;
  const complain = (message: string) => () => log.warn({ room: 'store', code: 'later' }, message);
  return [
    timers.every(FLUSH_MS, () => {
      flusher.flush().catch(complain('usage waits for the store'));
    }),
    timers.every(STORE_LOSS_MS, () => {
      if (isBack()) storeLossJournal.write().catch(complain('store loss waits for the store'));
    }),
    timers.every(SWEEP_MS, () => {
      store.sweep(nowMs()).catch(complain('sweep waits for the store'));
    }),
  ];
}

/**
 * An instance's own change counts at once, before its caller hears that it was made.
 * @returns whether all of it could be taken in.
 */
async function takeIn(
  rooms: Pick<Runtime, 'verifier' | 'freshness'> & { readonly log: Ports['log'] },
  change: Change,
): Promise<boolean> {
  const { verifier, freshness, log } = rooms;
  const subjects = change.events.map(({ subject }) => subject);
  verifier.dropKeys(subjects.map(({ kind, id }) => ({ subjectKind: kind, subjectId: id })));
  let isTakenIn = true;
  if (subjects.some(({ kind }) => kind === 'keyspace')) {
    // The change is made; if it cannot be read back now, nothing older may be answered either.
    await verifier.apply('everything').catch(() => {
      isTakenIn = false;
      freshness.close();
    });
  }
  for (const { type, keyspaceId, subject, actor, requestId } of change.events) {
    const keyId = subject.kind === 'key' ? subject.id : undefined;
    const fields = { room: 'lifecycle', code: type, actorId: actor.id, keyspaceId, keyId };
    log.info({ ...fields, requestId: requestId ?? undefined }, 'changed');
  }
  return isTakenIn;
}
