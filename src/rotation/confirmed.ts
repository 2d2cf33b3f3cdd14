import type { InstanceRow } from '../store/store.js';
import { type Confirmation, handedOverAt } from './details.js';
import type { StepContext, StepOutcome } from './step.js';

const LAPSE_MARGIN_MS = 1_000;
const LOOK_MS = 100; // Instances say what they have confirmed as soon as a rotation changes.

/** What has been heard of an order that every instance has to confirm. */
interface Heard {
  /** The sequence that has to be confirmed. */
  readonly mustConfirm: number;
  readonly receipt: readonly Confirmation[];
}

/**
 * Whether every instance knows of what was written last: it has confirmed it, or its cache has
 * lapsed since. What was heard so far is kept beside the rotation.
 */
export async function hearInstances(
  context: StepContext,
  sinceMs: number,
): Promise<
  | { readonly isDone: true; readonly receipt: readonly Confirmation[] }
  | { readonly isDone: false; readonly outcome: StepOutcome }
> {
  const { rotation, scenery, keyspace } = context;
  const kept = heardIn(rotation.evidence);
  const mustConfirm = scenery.committed ?? kept?.mustConfirm ?? (await scenery.head());
  const known = kept?.mustConfirm === mustConfirm ? kept.receipt : [];
  const instances = await scenery.instances();
  const lapsedMs = scenery.nowMs - keyspace.stalenessMs - LAPSE_MARGIN_MS;
  const livedFrom = livedFromOf(context, sinceMs);
  const receipt = new Map(known.map((one) => [one.instance, one]));
  let isDone = true;
  for (const instance of instances) {
    if (receipt.has(instance.id)) continue;
    if (instance.confirmedSequence >= mustConfirm) {
      receipt.set(instance.id, confirmation(instance, sinceMs));
    } else if (instance.seenAt >= lapsedMs) isDone = false;
    else if (instance.seenAt >= livedFrom) {
      receipt.set(instance.id, { instance: instance.id, afterMs: null });
    }
  }
  const list = [...receipt.values()];
  if (isDone) return { isDone, receipt: list };
  const seen = JSON.stringify({ mustConfirm, receipt: list } satisfies Heard);
  return { isDone, outcome: { kind: 'wait', untilMs: scenery.nowMs + LOOK_MS, seen } };
}

/** Who was heard of since may have accepted what ends: also who is silent since both were accepted. */
function livedFromOf({ details, keyspace }: StepContext, sinceMs: number): number {
  return Math.min(sinceMs, handedOverAt(details) ?? sinceMs) - keyspace.stalenessMs;
}

function confirmation({ id, seenAt }: InstanceRow, sinceMs: number): Confirmation {
  return { instance: id, afterMs: Math.max(0, seenAt - sinceMs) };
}

function heardIn(evidence: string | null): Heard | undefined {
  if (evidence === null) return undefined;
  const seen: Partial<Heard> = JSON.parse(evidence);
  const { mustConfirm, receipt = [] } = seen;
  return mustConfirm === undefined ? undefined : { mustConfirm, receipt };
}
