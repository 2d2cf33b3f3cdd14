import { counted } from '../counted.js';
import type { DueOptions, DueReport } from '../due-views.js';
import type { RotationRecord } from '../store/rotation.js';
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
  const once = { isLast: true, retryMs: act.lifecycle.nowMs() };
  await tell(engine, { ...once, isUrgentOnly: true });
  await tell(engine, once);
  return reportOf(act, { due, reviewed, worked, dryRun });
}

/** @returns each rotation that was looked at, as it is then. */
async function workUntilStill(engine: Engine): Promise<readonly RotationRecord[]> {
  const { ports, nowMs } = engine.lifecycle;
  const all = new Map<string, RotationRecord>();
  for (let pause = 0; pause < MAX_PAUSES; pause += 1) {
    const worked = await workOnDue(engine);
    for (const rotation of worked) all.set(rotation.id, rotation);
    const soonMs = nowMs() + SOON_MS;
    const isSoon = ({ isOpen, nextAt }: RotationRecord) =>
      isOpen && nextAt !== null && nextAt <= soonMs;
    if (![...all.values()].some(isSoon)) break;
    await ports.timers.sleep(PAUSE_MS);
  }
  return [...all.values()];
}
