import { isAhead } from '../ahead.js';
import { toldLate } from '../baseline.js';
import { dueBrownout, endedBrownout } from '../brownout.js';
import { cutOffAt, plannedBrownout } from '../brownout-course.js';
import { type Details, handedOverAt, isEndedByClock } from '../details.js';
import type { Sight } from '../evidence.js';
import { givenBack } from '../given-back.js';
import { withRefusedBefore } from '../refused-in-grace.js';
import { look } from '../sight.js';
import type { Decision, Step, StepContext, StepOutcome } from '../step.js';
import { endedOutside, inState, secretOf } from '../step.js';
import { haveTold, isUsed } from '../untold.js';

const LOOKS = 60; // In the time since it began: often at first, and later once a minute.
const [SHORTEST_MS, LONGEST_MS] = [1_000, 60_000];
const FAR_MS = 3_600_000;

/**
 * Both are accepted: waits for the evidence, or for the deadline.
 * @public
 */
export const observe: Step = async (context) => {
  const outcome = await withRefusedBefore(context, await observed(context));
  const asks = outcome.kind === 'stay' ? { ...context.details, ...outcome.details }.asks : null;
  // What else changes meanwhile answers no question.
  return outcome.kind === 'stay' && asks !== null && outcome.state === 'waiting'
    ? { ...outcome, state: 'needs_operator' }
    : outcome;
};

async function observed(context: StepContext): Promise<StepOutcome> {
  const ended = endedOutside(context) ?? endedByHand(context);
  if (ended !== undefined) return ended;
  await context.scenery.instances(); // Before the uses: see look.
  const late = await completedBaseline(context);
  if (late !== undefined) return late;
  const back = await givenBack(context);
  if (back !== undefined) return back;
  const unused = await takenBackUnused(context);
  if (unused !== undefined) return unused;
  const sight = await look(context);
  return (
    endedBrownout(context) ??
    byEvidence(context, sight) ??
    byDeadline(context, sight) ??
    bySoftEnd(context, sight) ??
    (await dueBrownout(context, sight)) ??
    later(context, sight)
  );
}

async function completedBaseline({
  details,
  scenery,
}: StepContext): Promise<StepOutcome | undefined> {
  const late = toldLate(details, await scenery.consumers());
  if (late.length === 0) return undefined;
  const baseline = [...details.baseline, ...late];
  return { kind: 'stay', state: 'waiting', untilMs: scenery.nowMs, details: { baseline } };
}

/**
 * It was rolled back before it was known whether somebody had moved. Now every instance has told
 * that nobody had: the secret that was new ends at once.
 */
async function takenBackUnused(context: StepContext): Promise<StepOutcome | undefined> {
  const { key, details, keyspace, scenery } = context;
  const { takenBackAt: untilMs = null, oldNumber } = details;
  const sinceMs = handedOverAt(details);
  if (untilMs === null || sinceMs === null) return undefined;
  const instances = await scenery.instances();
  if (!haveTold({ instances, sinceMs, untilMs, boundMs: keyspace.stalenessMs })) return undefined;
  const retiring = secretOf(key, oldNumber);
  if (retiring?.state !== 'retiring' || isUsed(await scenery.consumers(), oldNumber)) {
    return undefined;
  }
  const change = { type: 'secret.revoked', secrets: [inState(retiring, 'revoked')] } as const;
  return { kind: 'close', state: 'rolled_back', change };
}

function endedByHand({ key, details, scenery }: StepContext): StepOutcome | undefined {
  if (secretOf(key, details.oldNumber)?.state !== 'revoked') return undefined;
  return {
    kind: 'go',
    to: 'revoke',
    details: { end: 'revoked_by_hand', revokedAt: scenery.nowMs },
  };
}

function byEvidence(context: StepContext, sight: Sight): StepOutcome | undefined {
  const { details, scenery } = context;
  const { terms, keepsOld, deliveredAt } = details;
  if (!sight.isEnough || keepsOld || isEndedByClock(details)) return undefined;
  // By a clock that was ahead nobody had used the old one lately: its baseline proves nothing.
  if (isAhead(details.frozenAt, scenery.nowMs)) return undefined;
  if (scenery.nowMs < (deliveredAt ?? Infinity) + terms.overlap.minMs) return undefined;
  return endOld(context, { end: 'evidence', sight });
}

function byDeadline(context: StepContext, sight: Sight): StepOutcome | undefined {
  const { details, scenery } = context;
  const { deadline, atDeadline, terms, lateSince } = details;
  if (deadline === null || scenery.nowMs < deadline) return undefined;
  if (atDeadline === 'revoke' && (details.isCompromised || !isUnused(sight))) {
    return endOld(context, { end: details.isCompromised ? 'emergency' : 'deadline', sight });
  }
  if (atDeadline === 'extend') {
    const later = scenery.nowMs + Math.max(terms.overlap.softMs, SHORTEST_MS);
    return stayUntil(context, later);
  }
  if (lateSince !== null) return undefined;
  const asks = atDeadline === 'revoke' ? UNUSED : (asksOfStrangers(sight) ?? details.asks);
  return {
    kind: 'stay',
    state: asks === null ? 'waiting' : 'needs_operator',
    untilMs: scenery.nowMs,
    details: { lateSince: deadline, asks },
    seen: JSON.stringify(sight),
  };
}

function asksOfStrangers({ consumers, strangers }: Sight): string | null {
  const isAsked = consumers.every(({ where }) => where === 'moved' || where === 'waived');
  return isAsked && strangers.length > 0 ? ONLY_STRANGERS : null;
}

/** Somebody works with the old one, and nobody with the new one: its answer may have been lost. */
function isUnused({ evidence }: Sight): boolean {
  return evidence.some(({ id, state }) => id === 'E1' && state === 'unmet');
}

const UNUSED =
  'Nobody has used the new secret, and the old one is in use: its deadline is over, so it ends as soon as somebody uses the new one. Extend gives it longer, finish ends it now.';
const ONLY_STRANGERS =
  'Only consumers that are not of the baseline use the old secret: finish ends it, extend waits.';

/**
 * A new deadline, told to who still uses the old secret.
 * @public
 */
export function stayUntil({ key, details, scenery }: StepContext, deadline: number): Decision {
  const old = secretOf(key, details.oldNumber);
  const change =
    old === undefined
      ? {}
      : { change: { type: 'secret.retiring', secrets: [{ ...old, deadline }] } as const };
  // A link that somebody else has opened is asked about until a person decides.
  const asks = details.disownedAt === undefined ? null : details.asks;
  const rest = { deadline, lateSince: null, asks };
  // The evidence may be there long before: it is looked for as before.
  const state = asks === null ? 'waiting' : 'needs_operator';
  return { kind: 'stay', state, untilMs: scenery.nowMs, details: rest, ...change };
}

/**
 * The old secret is refused from now on: for the grace it can be brought back.
 * @public
 */
export function endOld(
  { key, details, scenery }: StepContext,
  {
    end,
    sight,
  }: {
    readonly end: Exclude<NonNullable<Details['end']>, 'revoked_by_hand'>;
    readonly sight: Sight;
  },
): Decision {
  const old = secretOf(key, details.oldNumber);
  const { nowMs } = scenery;
  const isFinal = end === 'emergency';
  const brownouts = cutOffAt(details.brownouts, nowMs);
  const ended = { end, sight, asks: null, brownouts };
  const secrets = old === undefined ? [] : [inState(old, isFinal ? 'revoked' : 'disabled')];
  if (isFinal) {
    const change = { type: 'secret.revoked', secrets } as const;
    return { kind: 'go', to: 'revoke', details: { ...ended, revokedAt: nowMs }, change };
  }
  const undoUntil = nowMs + details.terms.evidence.undoMs;
  const change = { type: 'secret.disabled', secrets } as const;
  return { kind: 'go', to: 'disable', details: { ...ended, disabledAt: nowMs, undoUntil }, change };
}

/** Once, and only where somebody is to be told: who still uses the old secret. */
function bySoftEnd({ details, scenery }: StepContext, sight: Sight): StepOutcome | undefined {
  const { terms, deliveredAt, softAt = null, lateSince } = details;
  const { nowMs } = scenery;
  const isTold = softAt !== null || lateSince !== null;
  const isToTell = (terms.notify?.channels ?? []).length > 0 && !isTold;
  if (!isToTell || nowMs < (deliveredAt ?? Infinity) + terms.overlap.softMs) return undefined;
  const seen = JSON.stringify(sight);
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details: { softAt: nowMs }, seen };
}

function later({ key, details, keyspace, scenery }: StepContext, sight: Sight): StepOutcome {
  const { nowMs } = scenery;
  const sinceMs = nowMs - (details.observedFrom ?? nowMs);
  const paceMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, sinceMs / LOOKS));
  // By then every instance that lives has told whom it saw before.
  const toldMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, keyspace.stalenessMs));
  const farMs = sight.at < details.frozenAt ? toldMs : LONGEST_MS;
  const brownoutAt = plannedBrownout(details)?.dueAt ?? null;
  // It waits for somebody who moves, and that may be now.
  const isBrownoutDue = brownoutAt !== null && brownoutAt <= nowMs;
  const pauseMs = isFarOff(details, sight) && !isBrownoutDue ? farMs : paceMs;
  // A deadline, or the begin or the end of a brown-out, may come sooner.
  const brownedUntil = secretOf(key, details.oldNumber)?.brownout?.until ?? null;
  const times = [details.deadline, brownedUntil, brownoutAt];
  const ends = times.filter((at) => at !== null && at > nowMs);
  const untilMs = Math.min(Math.floor(nowMs + pauseMs), ...ends.map((at) => at ?? Infinity));
  return { kind: 'wait', untilMs, seen: JSON.stringify(sight) };
}

/** Whether the evidence cannot be there soon: who only looks sees what is then, in any case. */
function isFarOff(details: Details, { at, evidence }: Sight): boolean {
  const { terms, takenBackAt = null } = details;
  if (takenBackAt !== null && at < takenBackAt) return false; // It is soon known who uses it.
  if (isEndedByClock(details)) return true;
  const silence = evidence.find(({ id }) => id === 'E3')?.figures;
  const lackMs = Number(silence?.['neededMs'] ?? 0) - Number(silence?.['silentMs'] ?? 0);
  return terms.evidence.require.includes('E3') && lackMs > FAR_MS;
}
