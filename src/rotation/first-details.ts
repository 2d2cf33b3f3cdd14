import type { KeyRecord } from '../keys/key.js';
import type { Act } from '../lifecycle/context.js';
import type { Details } from './details.js';
import { eachOnce, endedSecrets, usersByNumber } from './ended-secrets.js';
import type { Order } from './order.js';
import { probedBefore } from './probed.js';

/** What a rotation keeps from its start; who used what it ends is frozen in it. */
export async function firstDetails(act: Act, order: Order): Promise<Details> {
  const { located, terms, input, overlapMs } = order;
  const { key } = located;
  const isCompromised = input.compromised === true;
  const oldNumber = currentNumber(key);
  // Whoever an emergency cuts off is to be seen, also on a secret that was retiring.
  const numbers = new Set([oldNumber, ...endedSecrets(order).map(({ number }) => number)]);
  const users = await usersByNumber(act, order, [...numbers]);
  return {
    // In an emergency nobody is waited for: what leaked ends in any case.
    terms: isCompromised ? { ...terms, approvers: 0, probe: null } : terms,
    deliver: order.deliver,
    oldNumber,
    newNumber: null,
    requestedBy: act.rights.actor,
    reason: input.reason ?? null,
    isCompromised,
    keepsOld: input.keep === true,
    overlapMs,
    approvals: [],
    baseline: eachOnce(users.values()),
    frozenAt: act.lifecycle.nowMs(),
    newSince: null,
    waivers: [],
    claimClosesAt: null,
    deliveredAt: null,
    observedFrom: null,
    deadline: null,
    // Who names the overlap has announced its end.
    atDeadline: overlapMs === null ? terms.overlap.atHard : 'revoke',
    lateSince: null,
    brownouts: [],
    end: null,
    disabledAt: null,
    undoUntil: null,
    revokedAt: null,
    receipt: [],
    sight: null,
    isOfSelf: false,
    sealed: null,
    sealedUntil: null,
    asks: null,
    attemptCount: 0,
    probed: await probedBefore(act.lifecycle.store, key),
  };
}

/** The secret that is replaced: the current one or, where it was revoked, the last. */
function currentNumber({ secrets }: KeyRecord): number {
  const current = secrets.find(({ state }) => state === 'current');
  return current?.number ?? Math.max(...secrets.map(({ number }) => number));
}
