import { counted } from '../counted.js';
import type { DueOptions, DueReport } from '../due-views.js';
import type { RotationRecord } from '../store/rotation.js';
import { workOnLinks } from './due-links.js';
import { reportOf } from './due-report.js';
import type { Engine } from './engine.js';
import { previewDue } from './schedule/due.js';
import { Scheduler } from './schedule/scheduler.js';
import { watchEnded } from './watch.js';
import { actOf, tell, workOnDue } from './worker.js';

const MAX_ROUNDS = 10_000; // Of 200 keys each.
const SOON_MS = 1_000; // What is looked at again so soon waits for other instances, not for evidence.
const PAUSE_MS = 100;
const MAX_PAUSES = 600; // A minute: longer than any instance may be silent.

/**
 * Plans what was changed, begins what is due, and works on all open rotations until each of them
 * waits for evidence, a person or a time; then tells people: what a server does all the time, once.
 * @public
 */
export async function rotateDue(engine: Engine, options: DueOptions): Promise<DueReport> {
  const { dryRun = false, progress = () => undefined } = options;
  const act = actOf(engine);
  const scheduler = new Scheduler(engine, act);
  progress('Planning …');
  // A plan is no change: it says when, and nothing that anybody sees depends on it.
  await scheduler.plan(MAX_ROUNDS);
  if (dryRun) {
    const due = await previewDue(engine, act);
    const reviewed = await scheduler.previewReview();
    return reportOf(act, { due, reviewed, worked: [], dryRun });
  }
  const due = await scheduler.run(MAX_ROUNDS);
  progress(`Due: ${counted(due.length, 'key')}.`);
  const reviewed = await scheduler.review(MAX_ROUNDS);
  const worked = await workUntilStill(engine);
  progress(`Worked on: ${counted(worked.length, 'rotation')}.`);
  await watchEnded(act);
  const retryMs = act.lifecycle.nowMs();
  await tellAll(engine, retryMs);
  const linked = await workOnLinks(engine, act);
  if (linked.length > 0) await tellAll(engine, retryMs);
  return reportOf(act, { due, reviewed, worked: lastOf([...worked, ...linked]), dryRun });
}

/** What was not taken since then is not tried again. */
async function tellAll(engine: Engine, retryMs: number): Promise<void> {
  const once = { isLast: true, retryMs };
  await tell(engine, { ...once, isUrgentOnly: true });
  await tell(engine, once);
}

/** Each rotation as it was seen last. */
function lastOf(seen: readonly RotationRecord[]): readonly RotationRecord[] {
  return [...new Map(seen.map((rotation) => [rotation.id, rotation])).values()];
}

/** @returns each rotation that was looked at, as it is then. */
async function workUntilStill(engine: Engine): Promise<readonly RotationRecord[]> {
  const { ports, nowMs } = engine.lifecycle;
  let all: readonly RotationRecord[] = [];
  for (let pause = 0; pause < MAX_PAUSES; pause += 1) {
    all = lastOf([...all, ...(await workOnDue(engine))]);
    const soonMs = nowMs() + SOON_MS;
    const isSoon = ({ isOpen, nextAt }: RotationRecord) =>
      isOpen && nextAt !== null && nextAt <= soonMs;
    if (!all.some(isSoon)) break;
    await ports.timers.sleep(PAUSE_MS);
  }
  return all;
}
