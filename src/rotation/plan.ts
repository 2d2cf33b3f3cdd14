import { counted } from '../counted.js';
import { formatDuration, formatTime } from '../keys/duration.js';
import type { Act } from '../lifecycle/context.js';
import type { RotationPlan } from '../rotation-views.js';
import type { Details } from './details.js';
import { firstDetails } from './first-details.js';
import type { Order } from './order.js';

/** What a rotation would do, for who asks first. */
export async function planOf(act: Act, order: Order): Promise<RotationPlan> {
  const { located, terms, overlapMs, open } = order;
  const details = await firstDetails(act, order);
  const nowMs = act.lifecycle.nowMs();
  const { key, uses } = located;
  const lastUsedMs = Math.max(0, ...(uses?.values() ?? []));
  const deadline = formatTime(nowMs + (overlapMs ?? terms.overlap.hardMs));
  return {
    key: key.id,
    policy: terms.policy,
    deliver: details.deliver,
    oldSecret: details.oldNumber,
    // Of a claim it counts from when it is opened.
    deadline: details.deliver === 'claim' ? null : deadline,
    atDeadline: details.atDeadline,
    evidence: terms.evidence.require,
    lastUsedAt: lastUsedMs === 0 ? null : formatTime(lastUsedMs),
    consumers: details.baseline.map(({ label, lastAt }) => ({
      label,
      lastUsedAt: formatTime(lastAt),
    })),
    supersedes: open?.id ?? null,
    approvals: details.terms.approvers,
    says: sentenceOf(details, { deadline, lastUsedMs, nowMs }),
  };
}

function sentenceOf(
  { isCompromised, overlapMs, oldNumber, baseline, atDeadline, deliver, terms }: Details,
  at: { readonly deadline: string; readonly lastUsedMs: number; readonly nowMs: number },
): string {
  const used =
    at.lastUsedMs === 0
      ? 'It was never used.'
      : `It was last used ${Math.max(0, Math.round((at.nowMs - at.lastUsedMs) / 1_000))} s ago, by ${counted(baseline.length, 'consumer')} in all.`;
  if (isCompromised && deliver === 'claim') {
    const closes = formatDuration(terms.claim.closeMs);
    return `Ends secret ${oldNumber} and every earlier one at once, for ever, and makes a link that opens once, within ${closes}. Until it is opened the key has no secret. ${used}`;
  }
  if (isCompromised && overlapMs === 0) {
    return `Ends secret ${oldNumber} and every earlier one at once, for ever. ${used}`;
  }
  if (deliver === 'claim') {
    const unclaimed =
      terms.claim.unclaimed === 'disable'
        ? ` If nobody opens it, secret ${oldNumber} is disabled, unless it is in use.`
        : '';
    const [closes, hard] = [terms.claim.closeMs, overlapMs ?? terms.overlap.hardMs];
    return `Makes a link that opens once, within ${formatDuration(closes)}. The new secret is issued then; secret ${oldNumber} works until all have moved, and its deadline, ${formatDuration(hard)}, counts from then.${unclaimed} ${used}`;
  }
  const end = { hold: 'both stay accepted', extend: 'it is extended', revoke: 'it ends' };
  return `Issues a new secret; secret ${oldNumber} works until all have moved. At ${at.deadline} ${end[atDeadline]}. ${used}`;
}
