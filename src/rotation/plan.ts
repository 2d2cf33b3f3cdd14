import { formatDuration, formatTime } from '../keys/duration.js';
import type { Act } from '../lifecycle/context.js';
import type { RotationPlan } from '../rotation-plan-views.js';
import { headcountOf } from './baseline.js';
import type { BaselineConsumer } from './details.js';
import { eachOnce, endedSecrets, usersByNumber } from './ended-secrets.js';
import { firstDetails } from './first-details.js';
import type { Order } from './order.js';
import { type PlannedEnd, sentenceOf } from './plan-sentence.js';

/** What a rotation would do, for who asks first. */
export async function planOf(act: Act, order: Order): Promise<RotationPlan> {
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
