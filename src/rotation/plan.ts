import type { Destination } from '../deliver/destination.js';
import { formatDuration, formatTime } from '../keys/duration.js';
import type { KeyRecord } from '../keys/key.js';
import type { Act } from '../lifecycle/context.js';
import type { RotationPlan } from '../rotation-plan-views.js';
import { headcountOf } from './baseline.js';
import { holdingOf } from './delivery.js';
import type { BaselineConsumer, Details } from './details.js';
import { eachOnce, endedSecrets, usersByNumber } from './ended-secrets.js';
import type { Engine } from './engine.js';
import { firstDetails } from './first-details.js';
import type { Order } from './order.js';
import { type PlannedEnd, sentenceOf } from './plan-sentence.js';
import { openedOf } from './world.js';

/** What a rotation would do, for who asks first. */
export async function planOf(engine: Engine, act: Act, order: Order): Promise<RotationPlan> {
  const { located, terms, overlapMs, open } = order;
  const details = await firstDetails(act, order);
  const nowMs = act.lifecycle.nowMs();
  const ended = endedSecrets(order);
  const numbers = ended.length === 0 ? [details.oldNumber] : ended.map(({ number }) => number);
  const users = await usersByNumber(act, order, numbers);
  const lastUsedOf = (number: number) => located.uses?.get(number) ?? 0;
  const lastUsedMs = Math.max(...numbers.map(lastUsedOf));
  const deadline = formatTime(nowMs + (overlapMs ?? terms.overlap.hardMs));
  const ends: readonly PlannedEnd[] = ended.map((one) => ({
    ...one,
    lastUsedMs: lastUsedOf(one.number),
    consumers: headcountOf(users.get(one.number) ?? []),
  }));
  return {
    key: located.key.id,
    policy: terms.policy,
    deliver: details.deliver,
    destinations: details.deliver === 'destinations' ? await placesOf(engine, order, details) : [],
    probe: details.terms.probe ? await engine.prober.look(details.terms.probe) : null,
    oldSecret: details.oldNumber,
    // Of a claim it counts from when it is opened.
    deadline: details.deliver === 'claim' ? null : deadline,
    atDeadline: details.atDeadline,
    evidence: terms.evidence.require,
    ends: ends.map((one) => ({
      secret: one.number,
      state: one.state,
      after: formatDuration(one.afterMs),
      lastUsedAt: timeOrNull(one.lastUsedMs),
      consumers: one.consumers.count,
      atLeast: one.consumers.isLeast,
    })),
    lastUsedAt: timeOrNull(lastUsedMs),
    consumers: consumersOf(users),
    atLeast: headcountOf(eachOnce(users.values())).isLeast,
    supersedes: open?.id ?? null,
    approvals: details.terms.approvers,
    says: sentenceOf(details, {
      ends,
      deadline,
      lastUsedMs,
      nowMs,
      supersedes: open?.id ?? null,
    }),
  };
}

/** Each place is looked at, as the first step will; nothing is changed there. */
async function placesOf(engine: Engine, { located: { key } }: Order, details: Details) {
  const opened = await openedOf(engine, key.id);
  return Promise.all(
    opened.map(async (one) => {
      const { name } = one.record;
      if ('failure' in one) return { name, place: null, problem: one.failure.message };
      const { destination } = one;
      return {
        name,
        place: destination.place,
        problem: await problemOf(destination, key, details),
      };
    }),
  );
}

async function problemOf(destination: Destination, key: KeyRecord, details: Details) {
  const ready = await destination.preflight();
  if (ready.kind === 'failed') return ready.message;
  const reading = await destination.read();
  if (reading.kind === 'failed') return reading.message;
  const isDrift = holdingOf(reading, key, details) === 'drift';
  return isDrift ? 'It holds a value that is no secret of this key.' : null;
}

function consumersOf(users: ReadonlyMap<number, readonly BaselineConsumer[]>) {
  const secretsOf = (id: string) =>
    [...users].filter(([, list]) => list.some((one) => one.id === id)).map(([number]) => number);
  return eachOnce(users.values()).map(({ id, label, lastAt }) => ({
    label,
    lastUsedAt: formatTime(lastAt),
    secrets: secretsOf(id),
  }));
}

function timeOrNull(timeMs: number): string | null {
  return timeMs === 0 ? null : formatTime(timeMs);
}
