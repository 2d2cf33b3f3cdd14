import { formatTime } from '../../keys/duration.js';
import { newKeyId } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import type { Act } from '../../lifecycle/context.js';
import { requireScope } from '../../lifecycle/rights.js';
import type { DueTime, PolicyFile, PolicyTrial, PolicyTrials } from '../../policy-file-views.js';
import type { Engine } from '../engine.js';
import { expiryTimes } from '../expiry/times.js';
import { followersOf, MAX_FOLLOWERS } from '../policy-followers.js';
import { slotsOf } from '../schedule/foreseen.js';
import { plannableOf } from '../schedule/key-plan.js';
import type { Scheduled, ScheduleTerms, Slot } from '../schedule/schedule.js';
import { appliedOf, type Stated, statedIn } from './apply.js';

const MAX_DUE = 10;

/**
 * What the policies of a file would do, and to whom. It changes nothing.
 * @public
 */
export async function testPolicies(
  { prober, sending }: Engine,
  act: Act,
  input: PolicyFile,
): Promise<PolicyTrials> {
  requireScope(act.rights, 'policies:read');
  const policies: PolicyTrial[] = [];
  for (const stated of await statedIn(act, input)) {
    const { probe: own } = stated.terms;
    const probe = own ? await prober.look(own) : null;
    const applied = await appliedOf(act, stated, sending);
    const [due, expiry] = [await dueTimes(act, stated), await expiryTimes(act, stated)];
    policies.push({ ...applied, due, expiry, probe });
  }
  return { policies };
}

async function dueTimes(act: Act, { keyspace, terms }: Stated): Promise<readonly DueTime[]> {
  const { schedule } = terms;
  if (schedule === null || schedule === undefined) return [];
  const { store } = act.lifecycle;
  const nowMs = act.lifecycle.nowMs();
  const named = { keyspaceId: keyspace.id, name: terms.policy };
  let due: readonly DueSlot[] = [];
  let batch: KeyRecord[] = [];
  const weigh = async () => {
    const plannable = await plannableOf(store, batch, nowMs);
    for (const key of batch) {
      const known = plannable.get(key.id);
      if (known === undefined) continue;
      // Of most keys nothing is among the first ten.
      const untilMs = due.length < MAX_DUE ? undefined : due.at(-1)?.startAt;
      const asked = { nowMs, limit: MAX_DUE, planned: known.planned, untilMs };
      const slots = slotsOf(schedule, await known.of(schedule), asked);
      if (slots.length > 0) due = soonest([...due, ...slots.map((slot) => ({ ...slot, key }))]);
    }
    batch = [];
  };
  let count = 0;
  for await (const key of followersOf(store, named, nowMs)) {
    batch.push(key);
    if (batch.length === BATCH_SIZE) await weigh();
    count += 1;
    if (count === MAX_FOLLOWERS) break;
  }
  await weigh();
  return due.length > 0 ? due.map(viewSlot) : ofNewKey(act, schedule);
}

const BATCH_SIZE = 200;

interface DueSlot extends Slot {
  /** Null: one that would be made now. */
  readonly key: KeyRecord | null;
}

/** Where no key follows the policy yet. */
function ofNewKey({ lifecycle }: Act, schedule: ScheduleTerms): readonly DueTime[] {
  const nowMs = lifecycle.nowMs();
  const id = newKeyId({ nowMs, random: lifecycle.ports.random });
  const bare = { owner: null, isImported: false, rotatedAt: null, usedDueAt: null };
  const key: Scheduled = { ...bare, id, bornAt: nowMs };
  return slotsOf(schedule, key, { nowMs, limit: MAX_DUE }).map((slot) =>
    viewSlot({ ...slot, key: null }),
  );
}

function viewSlot({ dueAt, startAt, reasons, key }: DueSlot): DueTime {
  const named = key === null ? null : { id: key.id, name: key.name };
  return { dueAt: formatTime(dueAt), startAt: formatTime(startAt), reasons, key: named };
}

/** Of the same moment by their ids: asked again it says the same. */
function soonest(slots: readonly DueSlot[]): readonly DueSlot[] {
  const idOf = ({ key }: DueSlot) => key?.id ?? '';
  return slots
    .toSorted((a, b) => a.startAt - b.startAt || (idOf(a) < idOf(b) ? -1 : 1))
    .slice(0, MAX_DUE);
}
