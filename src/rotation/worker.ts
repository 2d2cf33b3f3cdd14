import type { Act } from '../lifecycle/context.js';
import { rightsOf } from '../lifecycle/rights.js';
import type { Look } from '../notify/sender.js';
import type { Ports } from '../ports.js';
import type { RotationRecord } from '../store/rotation.js';
import { drive, type Engine, lease, MAX_BATCH } from './engine.js';
import { Scheduler } from './schedule/scheduler.js';
import { watchEnded } from './watch.js';

const TICK_MS = 1_000; // How soon a rotation that is due is looked at.
const WATCH_MS = 60_000; // How soon a use of a secret that has ended is told of.
const INDEX_BATCH = 100; // Keys: their rows are locked for some milliseconds.
const MAX_ROUNDS = 100; // Of one tick, so that a stop has not to wait for long.

/**
 * Works on what is due: takes it under a lease, moves it as far as it goes, and lets go of it. Any
 * instance may; what one that died held is taken over when its lease has lapsed.
 * @returns the rotations that were looked at, as they are then; one may be there more than once.
 */
export async function workOnDue(engine: Engine): Promise<readonly RotationRecord[]> {
  const act = actOf(engine);
  const all: RotationRecord[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const leased = await lease(engine, { limit: MAX_BATCH });
    if (leased.length === 0) break;
    all.push(...(await drive(engine, act, leased)));
  }
  return all;
}

/**
 * Nobody asked: it acts for itself.
 * @public
 */
export function actOf({ lifecycle, instanceId }: Pick<Engine, 'lifecycle' | 'instanceId'>): Act {
  return { lifecycle, rights: rightsOf({ actor: { kind: 'scheduler', id: instanceId } }) };
}

/** Tells people, where that is this instance's to do. What does so is loaded when it is. */
export async function tell({ sending }: Pick<Engine, 'sending'>, look: Look = {}): Promise<void> {
  if (!sending.isSender) return;
  const { sendDue } = await import('../notify/sender.js');
  await sendDue(sending, look);
}

/**
 * Does so by itself, one run at a time, begins what schedules ask for, and watches over the secrets
 * that have ended.
 * @returns how to stop; it waits for what is under way.
 * @public
 */
export function startWorker(engine: Engine, ports: Ports): () => Promise<void> {
  const { instanceId } = engine;
  const complain = (message: string) => () =>
    ports.log.warn({ room: 'rotation', instanceId, code: 'later' }, message);
  const scheduler = new Scheduler(engine, actOf(engine));
  const stops = [
    oneAtATime(ports, TICK_MS, {
      run: () => scheduler.tick(),
      complain: complain('schedules wait for the store'),
    }),
    oneAtATime(ports, TICK_MS, {
      run: () => workOnDue(engine),
      complain: complain('rotations wait for the store'),
    }),
    // Beside the others: an emergency does not wait for mails that nobody takes.
    oneAtATime(ports, TICK_MS, {
      run: () => tell(engine, { isUrgentOnly: true }),
      complain: complain('urgent notices wait for the store'),
    }),
    oneAtATime(ports, TICK_MS, {
      run: () => tell(engine),
      complain: complain('notices wait for the store'),
    }),
    oneAtATime(ports, TICK_MS, {
      run: () => indexAll(engine),
      complain: complain('changed keys wait to be indexed'),
    }),
    oneAtATime(ports, WATCH_MS, {
      run: () => watchEnded(actOf(engine)),
      complain: complain('the watch over ended secrets waits for the store'),
    }),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** Until keys are found by their words as fast as ever; checks and changes have their turn in between. */
async function indexAll({ lifecycle: { store, ports } }: Engine): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const startedAt = ports.clock.monotonicMs();
    if ((await store.indexKeys(INDEX_BATCH)) < INDEX_BATCH) return;
    await ports.timers.sleep(ports.clock.monotonicMs() - startedAt);
  }
}

/** Again and again, and never beside itself; a fault is told of once, until it goes again. */
function oneAtATime(
  { timers }: Ports,
  everyMs: number,
  { run, complain }: { readonly run: () => Promise<unknown>; readonly complain: () => void },
): () => Promise<void> {
  let running: Promise<unknown> | undefined;
  let isFailing = false;
  const stop = timers.every(everyMs, () => {
    running ??= run()
      .then(() => {
        isFailing = false;
      })
      .catch(() => {
        if (!isFailing) complain();
        isFailing = true;
      })
      .finally(() => {
        running = undefined;
      });
  });
  return async () => {
    stop();
    await running;
  };
}
