import { formatTime } from '../../keys/duration.js';
import { newKeyId } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import type { Act } from '../../lifecycle/context.js';
import { requireScope } from '../../lifecycle/rights.js';
import type { DueTime, PolicyFile, PolicyTrial, PolicyTrials } from '../../policy-file-views.js';
import type { Engine } from '../engine.js';
import { expiryTimes } from '../expiry/times.js';
import { followersOf, MAX_FOLLOWERS } from '../policy-followers.js';
import { type Scheduled, type ScheduleTerms, type Slot, slotsOf } from '../schedule/schedule.js';
import { scheduledOf } from '../schedule/scheduled.js';
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
  let due: DueTime[] = [];
  let batch: KeyRecord[] = [];
  const weigh = async () => {
    const scheduled = await scheduledOf(store, batch, nowMs);
    const times = batch.flatMap((key) =>
      timesOf(schedule, { key, of: scheduled.get(key.id), nowMs }),
    );
    due = soonest([...due, ...times]);
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
  return due.length > 0 ? due : ofNewKey(act, schedule);
}

const BATCH_SIZE = 200;

function timesOf(
  schedule: ScheduleTerms,
  {
    key,
    of,
    nowMs,
  }: { readonly key: KeyRecord; readonly of: Scheduled | undefined; readonly nowMs: number },
): readonly DueTime[] {
  if (of === undefined) return [];
  const { id, name } = key;
  return slotsOf(schedule, of, { nowMs, limit: MAX_DUE }).map((slot) =>
    viewSlot(slot, { id, name }),
  );
}

/** Where no key follows the policy yet. */
function ofNewKey({ lifecycle }: Act, schedule: ScheduleTerms): readonly DueTime[] {
  const nowMs = lifecycle.nowMs();
  const id = newKeyId({ nowMs, random: lifecycle.ports.random });
  const bare = { owner: null, isImported: false, rotatedAt: null, usedDueAt: null };
  const key: Scheduled = { ...bare, id, bornAt: nowMs };
  return slotsOf(schedule, key, { nowMs, limit: MAX_DUE }).map((slot) => viewSlot(slot, null));
}

function viewSlot({ dueAt, startAt, reasons }: Slot, key: DueTime['key']): DueTime {
  return { dueAt: formatTime(dueAt), startAt: formatTime(startAt), reasons, key };
}

function soonest(times: readonly DueTime[]): DueTime[] {
  return times.toSorted((one, other) => (one.startAt < other.startAt ? -1 : 1)).slice(0, MAX_DUE);
}
