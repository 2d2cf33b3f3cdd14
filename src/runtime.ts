import type { DestinationOpener } from './deliver/opener.js';
import type { Prober } from './deliver/probe.js';
import { unseal } from './deliver/seal.js';
import { EpochWatch } from './epoch.js';
import type { EpochFile } from './epoch-file.js';
import { Feed } from './fleet/feed.js';
import { Freshness } from './fleet/freshness.js';
import { type Heartbeat, startHeartbeat } from './fleet/instances.js';
import { newInstanceId } from './keys/id.js';
import type { PasswordCost } from './keys/password-cost.js';
import type { Plaintext } from './keys/plaintext.js';
import { needsPackage, type SecretScheme } from './keys/scheme.js';
import { Changes } from './lifecycle/changes.js';
import type { Act, Lifecycle } from './lifecycle/context.js';
import { initialise } from './lifecycle/initialise.js';
import { StoreLossJournal } from './lifecycle/store-loss.js';
import type { SenderMeans } from './notify/sender.js';
import type { Ports } from './ports.js';
import type { Engine, Notifying } from './rotation/engine.js';
import { NewNetworks } from './rotation/new-networks.js';
import { RotationTally } from './rotation/tally.js';
import { actOf, startWorker } from './rotation/worker.js';
import type { Change } from './store/change.js';
import { EVER_WRITTEN, type FeedChange, type Store } from './store/store.js';
import { Comparer } from './verify/comparer.js';
import { Flusher, type FlusherOptions } from './verify/flusher.js';
import { hasHashPackage } from './verify/hash-engine.js';
import { probeSecret } from './verify/probe.js';
import { Verifier } from './verify/verifier.js';

const FLUSH_MS = 1_000;
const WHOLE_FLUSH_MS = 10_000; // Of who uses secrets as ever.
const STORE_LOSS_MS = 1_000; // How soon after the store's return its loss is written down.
const SWEEP_MS = 10 * 60_000;
const COUNT_MS = 15_000; // As often as metrics are commonly asked for.
const EPOCH_MS = 1_000; // How soon what others have changed is remembered here, too.

export interface RuntimeOptions {
  readonly store: Store;
  readonly ports: Ports;
  readonly role: 'server' | 'tool';
  readonly cacheBytes?: number | undefined;
  /** Its checks are written down before they are answered. */
  readonly isWriteThrough: boolean;
  /** Remembers the last change outside the database. */
  readonly epochFile?: EpochFile | undefined;
  /** Where new secrets are delivered to. */
  readonly destinations: DestinationOpener;
  /** Tries them as policies say. */
  readonly prober: Prober;
  /** Seals what is on its way to several places. */
  readonly sealKey?: Plaintext | undefined;
  /** Where people are told, and whether this instance does so. */
  readonly notices: Notifying;
  /** What links begin with; undefined: nobody has said. */
  readonly publicBase: () => string | undefined;
  /** What passwords cost to check; absent: as much as they should. */
  readonly passwordCost?: PasswordCost | undefined;
}

/** An open store with everything that runs beside it. */
export interface Runtime {
  readonly store: Store;
  readonly freshness: Freshness;
  readonly verifier: Verifier;
  readonly feed: Feed;
  readonly flusher: Flusher;
  readonly comparer: Comparer;
  readonly lifecycle: Lifecycle;
  readonly engine: Engine;
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
  let heartbeat: Heartbeat | undefined;
  const news = new Changes();
  const apply = async (changes: readonly FeedChange[] | 'everything') => {
    await verifier.apply(changes);
    news.wake();
    if (changes !== 'everything' && !changes.some(isOfRotation)) return;
    flusher.requireWhole();
    heartbeat?.soon(); // A rotation waits until every instance knows.
  };
  const feed = new Feed({ store, freshness, clock, timers, log, boundMs, apply });
  const tally = new RotationTally(store);
  const committed = async (change: Change, lastSequence: number) => {
    tally.committed(change);
    const isTakenIn = await takeIn({ verifier, freshness, log }, change);
    news.wake();
    if (change.events.some(({ subject }) => subject.kind === 'rotation')) flusher.requireWhole();
    // What could not be taken in, the feed brings once more.
    if (isTakenIn) feed.passOver({ lastSequence, count: change.events.length });
    if (feed.standing.mode !== 'quarantined') await epoch?.committed(change, lastSequence);
  };
  let epoch: EpochWatch | undefined;
  const nowMs = () => freshness.nowMs();
  const comparer = new Comparer(verifier, log);
  const counted = { recorder: verifier.recorder, comparisons: comparer.tally };
  const acting = { store, ports, nowMs, committed, passwordCost: options.passwordCost };
  const shared = { ...acting, inFlight: new Set<string>(), changes: news };
  const lifecycle: Lifecycle = { ...shared, ...knownBy(verifier) };
  const heard = hearingOf(actOf({ lifecycle, instanceId }));
  const flusher = new Flusher({ ...counted, store, log, instanceId, freshness, heard });
  await initialise(lifecycle);
  if (options.epochFile !== undefined) epoch = await EpochWatch.start(lifecycle, options.epochFile);
  await feed.start();
  const take = () => verifier.storeLoss.take();
  const storeLossJournal = new StoreLossJournal({ lifecycle, instanceId, take });
  const isBack = () => freshness.isWithin(boundMs(), nowMs());
  const remember = () => follow(epoch, feed);
  const serving = { store, ports, flusher, tally, nowMs, storeLossJournal, isBack, remember };
  const stops = role === 'server' ? await startServing(serving) : [];
  const progress = () => progressOf(feed, flusher, options.isWriteThrough);
  const self = () => (role === 'server' ? { id: instanceId, ...progress() } : undefined);
  const { publicBase, destinations, prober, sealKey, notices } = options;
  const given = { lifecycle, instanceId, publicBase, destinations, prober, sealKey, self, tally };
  const sending = { store, ports, nowMs, instanceId, ...notices, openSealed: openerOf(sealKey) };
  const engine = engineOf({ ...given, sending, flusher, verifier });
  const stopWorker = workingOf(role, engine);
  const beat = { store, clock, timers, log, id: instanceId, boundMs, progress };
  heartbeat = role === 'server' ? startHeartbeat(beat) : undefined;
  const running = { store, verifier, feed, flusher, storeLossJournal, log, instanceId };
  const close = async () => {
    news.close();
    for (const stop of stops) stop();
    await stopWorker();
    await closed(running, () => heartbeat?.goodbye());
  };
  return { store, freshness, verifier, feed, flusher, comparer, lifecycle, engine, close };
}

/** Writes what was counted, says goodbye and lets go of the store. */
async function closed(
  running: Pick<Runtime, 'store' | 'verifier' | 'feed' | 'flusher'> & {
    readonly storeLossJournal: StoreLossJournal;
    readonly log: Ports['log'];
    readonly instanceId: string;
  },
  goodbye: () => Promise<void> | undefined,
): Promise<void> {
  const { store, verifier, feed, flusher, storeLossJournal, log, instanceId } = running;
  feed.stop();
  await verifier.settled(); // What is still looked up is answered, and so counted.
  await verifier.close();
  await flusher.flush().catch(() => {
    log.error({ room: 'verify', instanceId, code: 'usage_lost' }, 'usage could not be flushed');
  });
  await storeLossJournal.write().catch(() => {
    log.error({ room: 'lifecycle', instanceId, code: 'event_lost' }, 'store loss not recorded');
  });
  await goodbye();
  await store.close();
}

/** Tells of new networks before their first uses are written. */
function hearingOf(act: Act): FlusherOptions['heard'] {
  const networks = new NewNetworks(act);
  return (uses) => networks.look(uses);
}

/** Opens what was sealed with this key, and nothing without one. */
function openerOf(sealKey: Plaintext | undefined): SenderMeans['openSealed'] {
  return (noticeId, sealed) => sealKey && unseal(sealKey, noticeId, sealed);
}

/** Only a server works by itself. */
function workingOf(role: RuntimeOptions['role'], engine: Engine): () => Promise<void> {
  if (role !== 'server') return async () => undefined;
  return startWorker(engine, engine.lifecycle.ports);
}

/** What rotations are worked on with. */
function engineOf({
  flusher,
  verifier,
  ...given
}: Omit<Engine, 'hand' | 'seals' | 'flush' | 'probe'> &
  Pick<Runtime, 'flusher' | 'verifier'>): Engine {
  return {
    ...given,
    hand: new Map(),
    seals: new Map(),
    flush: () => flusher.flush(),
    probe: (plaintext, of) => probeSecret(verifier, plaintext, of),
  };
}

/** What this instance has taken in and written out so far. */
function progressOf(feed: Feed, flusher: Flusher, isWriteThrough: boolean) {
  const isEverWritten = isWriteThrough && !flusher.isBehind;
  const flushedUntil = isEverWritten ? EVER_WRITTEN : flusher.flushedUntil;
  return { confirmedSequence: feed.sequence, flushedUntil };
}

/** Keeps the epoch beside the last change that was taken in. */
async function follow(epoch: EpochWatch | undefined, feed: Feed): Promise<void> {
  if (feed.standing.mode === 'quarantined') epoch?.forget();
  else await epoch?.follow(feed.sequence);
}

/** What checks know, to those who act. */
function knownBy(verifier: Verifier): Pick<Lifecycle, 'seen' | 'foreign'> {
  return { seen: verifier.seen.bind(verifier), foreign: foreignOf(verifier) };
}

function foreignOf(verifier: Verifier): NonNullable<Lifecycle['foreign']> {
  return {
    find: verifier.findForeign.bind(verifier),
    canCheck: (scheme: SecretScheme) => !needsPackage(scheme) || hasHashPackage(),
  };
}

function isOfRotation({ subjectKind }: FeedChange): boolean {
  return subjectKind === 'rotation';
}

async function startServing(options: {
  readonly store: Store;
  readonly ports: Ports;
  readonly flusher: Flusher;
  readonly tally: RotationTally;
  readonly nowMs: () => number;
  readonly storeLossJournal: StoreLossJournal;
  /** Whether the store was heard of within the bound. */
  readonly isBack: () => boolean;
  /** Keeps the epoch beside the last change that was taken in. */
  readonly remember: () => Promise<void>;
}): Promise<readonly (() => void)[]> {
  const { store, flusher, tally, nowMs, storeLossJournal, isBack, remember } = options;
  const { timers, log } = options.ports;
  const complain = (message: string) => () => log.warn({ room: 'store', code: 'later' }, message);
  const recount = () => tally.recount().catch(complain('rotations were not counted'));
  await recount();
  return [
    timers.every(COUNT_MS, recount),
    timers.every(FLUSH_MS, () => {
      flusher.flushNews().catch(complain('usage waits for the store'));
    }),
    timers.every(WHOLE_FLUSH_MS, () => flusher.requireWhole()),
    timers.every(STORE_LOSS_MS, () => {
      if (isBack()) storeLossJournal.write().catch(complain('store loss waits for the store'));
    }),
    timers.every(EPOCH_MS, () => {
      remember().catch(complain('epoch waits for the store'));
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
