import type { Actor, EventType } from '../audit/event.js';
import { ForbiddenError, StateConflictError, UnprocessableError } from '../errors.js';
import { formatDuration, formatTime, parseDuration, parseTime } from '../keys/duration.js';
import { requireReason } from '../lifecycle/change-key.js';
import { isNamed, nobodyNamed } from '../named-consumer.js';
import type { RotationVerb } from '../rotation-views.js';
import { actionsOf } from './actions.js';
import { aborted, backTo } from './back-out.js';
import { broughtBack } from './brought-back.js';
import { cutOffAt } from './brownout-course.js';
import { type ClaimLink, requireLink } from './claim-link.js';
import { isDelivered, waitingIn } from './delivery.js';
import { type BaselineConsumer, type Details, isEndedByClock } from './details.js';
import { impossible } from './impossible.js';
import type { IsKin } from './kin.js';
import { isRetriedAnew } from './loss.js';
import { pinnedAgain, skippedPlace } from './places.js';
import { skippedProbe } from './probed.js';
import { withRefusedBefore } from './refused-in-grace.js';
import { relinked } from './relinked.js';
import { look } from './sight.js';
import { type Decision, inState, type StepContext, secretOf } from './step.js';
import { startedOver } from './steps/lost.js';
import { endOld, stayUntil } from './steps/observe.js';
import { MAX_EMERGENCY_OVERLAP_MS } from './terms.js';
import { reclaimed } from './unclaimed.js';

/** What a person says beside the verb. */
export interface VerbInput {
  readonly reason?: string | undefined;
  /** `extend`: the new deadline, as a time or a duration from now. */
  readonly until?: string | undefined;
  /** `waive`: a consumer's id, its label or a whole part of it; `*` stands for any text. */
  readonly consumer?: string | undefined;
}

/** Who says it, and the link that a `retry` of a claim gives out. */
interface Speaker {
  readonly by: Actor;
  readonly link: ClaimLink | null;
  /** When it was said. */
  readonly askedAt: number;
  /** Who is one person with whom. */
  readonly isKin: IsKin;
}

type Decide = (
  context: StepContext,
  input: VerbInput,
  speaker: Speaker,
) => Decision | Promise<Decision>;

/**
 * What a person's word comes to.
 * @throws {StateConflictError} it is not possible where the rotation is.
 * @throws {UnprocessableError} what was said with it cannot be.
 */
export async function decideVerb(
  verb: RotationVerb,
  context: StepContext,
  { input, ...speaker }: Speaker & { readonly input: VerbInput },
): Promise<{ readonly outcome: Decision; readonly type: EventType }> {
  requireReason(input.reason ?? null);
  const possible = actionsOf(context.rotation, context.details).map(({ name }) => name);
  if (!possible.includes(verb)) throw impossible(verb, context, possible);
  requireWhy(verb, context, input);
  const outcome = await DECISIONS[verb](context, input, speaker);
  const type =
    outcome.kind === 'close' ? (`rotation.${outcome.state}` as const) : 'rotation.changed';
  return { outcome, type };
}

const DECISIONS: Readonly<Record<RotationVerb, Decide>> = {
  approve({ details, scenery }, _input, { by, isKin }) {
    const { requestedBy, approvals } = details;
    if (isSame(by, requestedBy)) {
      // Of a person, whom another session makes nobody else (a program asks as it is).
      if (by.kind === 'admin') {
        throw new ForbiddenError('Nobody approves what they asked for. Another person has to.');
      }
      throw new StateConflictError('Nobody approves what they asked for. Another person has to.');
    }
    if (isKin(by, requestedBy)) {
      throw new ForbiddenError(
        'This key and the one that asked come from one another. Another person has to approve.',
      );
    }
    if (approvals.some((approval) => isSame(approval.by, by))) {
      throw new StateConflictError('You have approved it already. Another person has to.');
    }
    if (approvals.some((approval) => isKin(approval.by, by))) {
      throw new ForbiddenError(
        'This key and one that has approved come from one another. Another person has to.',
      );
    }
    const all = [...approvals, { by, at: scenery.nowMs }];
    if (all.length >= details.terms.approvers) {
      const to = details.deliver === 'claim' ? 'announce' : 'issue';
      return { kind: 'go', to, details: { approvals: all, asks: null } };
    }
    return { kind: 'stay', state: 'waiting', untilMs: null, details: { approvals: all } };
  },

  async retry(context, _input, { link, by, isKin }) {
    requireAnother(context, by, isKin);
    if (context.details.deliver === 'claim') {
      return relinked(context, { link: requireLink(link, ''), by });
    }
    if (isRetriedAnew(context.details)) {
      const anew = startedOver(context);
      return { ...anew, details: { ...anew.details, trouble: null } };
    }
    const { trouble } = context.details;
    // What is another place by now is so because somebody wants it.
    const isChanged = trouble?.class === 'changed';
    if (isChanged && context.details.approvals.length > 0) {
      const end = isDelivered(context.details) ? 'Roll this rotation back' : 'Abort this rotation';
      throw new StateConflictError(
        `What was approved was another place. ${end}, and rotate again.`,
      );
    }
    const pins = isChanged ? await pinnedAgain(context) : {};
    const details = { asks: null, attemptCount: 0, trouble: null, ...pins };
    return { kind: 'stay', state: 'waiting', untilMs: context.scenery.nowMs, details };
  },

  skip(context) {
    const { rotation, details, scenery } = context;
    if (rotation.step === 'probe') return skippedProbe(context);
    if (waitingIn(details).length > 0) return skippedPlace(context);
    const { nowMs: now } = scenery;
    const share = details.terms.brownouts?.shares[details.brownouts.length] ?? 0;
    const passed = { from: now, until: now, share, isStopped: true };
    const brownouts = [...details.brownouts, passed];
    return { kind: 'stay', state: 'waiting', untilMs: now, details: { brownouts } };
  },

  extend(context, { until }) {
    const deadline = untilOf(until, context.scenery.nowMs);
    requireShort(context.details, deadline);
    const known = context.details.deadline;
    if (known === null || deadline >= known) return stayUntil(context, deadline);
    // Its users were told of the later one.
    const message = `is before the deadline, ${formatTime(known)}.`;
    const fix = 'Give a later time; finish ends the old secret now.';
    throw new UnprocessableError([{ pointer: '/until', message, fix }]);
  },

  waive({ details, scenery }, { consumer, reason }, { by }) {
    if (consumer === undefined || consumer.trim() === '') {
      throw missing('/consumer', 'Give the id of a consumer, or its label, or a whole part of it.');
    }
    if (reason === undefined) throw missing('/reason', 'Say why nobody waits for it any more.');
    const named = details.baseline.filter((one) => isNamed(consumer, one));
    if (named.length === 0) throw nobodyNamed();
    const isWaived = (one: BaselineConsumer) =>
      details.waivers.some((waiver) => isNamed(waiver.consumer, one));
    if (named.every(isWaived)) {
      throw new StateConflictError('Nobody waits for it any more: it was waived. Nothing changes.');
    }
    const waivers = [...details.waivers, { consumer, reason, by, at: scenery.nowMs }];
    return { kind: 'stay', state: 'waiting', untilMs: scenery.nowMs, details: { waivers } };
  },

  async finish(context) {
    const { key, details, scenery, rotation } = context;
    if (rotation.step === 'observe') {
      const ended = endOld(context, { end: 'finish', sight: await look(context) });
      return withRefusedBefore(context, ended);
    }
    const old = secretOf(key, details.oldNumber);
    const secrets = old === undefined ? [] : [inState(old, 'revoked')];
    const change = { type: 'secret.revoked', secrets } as const;
    return { kind: 'go', to: 'revoke', details: { revokedAt: scenery.nowMs }, change };
  },

  rollback: (context, _input, { askedAt }) => backTo(context, askedAt),

  abort: (context, _input, { askedAt }) => aborted(context, askedAt),

  undo(context) {
    const { key, details, scenery } = context;
    const { nowMs } = scenery;
    const old = secretOf(key, details.oldNumber);
    requireGrace(details, nowMs);
    if (details.end === 'unclaimed') return reclaimed(context);
    if (old?.state === 'disabled') return broughtBack(details, old, nowMs);
    if (old?.brownout === null || old === undefined) return unwaived(details, nowMs);
    const brownouts = cutOffAt(details.brownouts, nowMs);
    const change = { type: 'secret.browned_out', secrets: [{ ...old, brownout: null }] } as const;
    return { kind: 'stay', state: 'waiting', untilMs: nowMs, details: { brownouts }, change };
  },
};

/** The last waiver is taken back; the ones before it are the next to be. */
function unwaived({ waivers }: Details, nowMs: number): Decision {
  if (waivers.length === 0) throw new StateConflictError('No brown-out is under way.');
  const details = { waivers: waivers.slice(0, -1) };
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details };
}

/** What lets a secret that was reported as leaked live on is not said by the way. */
function requireWhy(verb: RotationVerb, at: StepContext, { reason }: VerbInput): void {
  const { isCompromised, oldNumber, revokedAt } = at.details;
  if (!isCompromised || revokedAt !== null || reason !== undefined) return;
  const isUndone = verb === 'undo' && at.rotation.step === 'disable';
  if (verb !== 'rollback' && verb !== 'abort' && !isUndone) return;
  const fix = `Say why secret ${oldNumber}, which was reported as leaked, is to be accepted on.`;
  throw missing('/reason', fix);
}

/** Where a retry shows the secret, or a link to it: two people agree to it, and one of them gets it. */
function requireAnother({ details, rotation }: StepContext, by: Actor, isKin: IsKin): void {
  const { deliver, approvals, requestedBy } = details;
  const isShown = deliver === 'claim' || (deliver === 'answer' && rotation.step === 'issue');
  if (!isShown) return;
  const what = deliver === 'claim' ? 'a link to the secret' : 'the secret';
  const who =
    requestedBy.kind === 'scheduler'
      ? 'Another person'
      : 'Whoever asked for it, or a third person,';
  if (!approvals.some((approval) => isSame(approval.by, by))) {
    if (!approvals.some((approval) => isKin(approval.by, by))) return;
    throw new ForbiddenError(
      `This key and one that has approved come from one another, and who approves is not shown ${what}. ${who} has to retry.`,
    );
  }
  throw new StateConflictError(
    `You have approved it, and who approves is not shown ${what}. ${who} has to retry.`,
  );
}

/** What was ended can be brought back for so long, also where nobody has looked at it since. */
function requireGrace({ undoUntil }: Details, nowMs: number): void {
  if (undoUntil === null || nowMs < undoUntil) return;
  throw new StateConflictError(
    `The old secret could be brought back until ${formatTime(undoUntil)}, and ends for ever now.`,
  );
}

/** A secret that leaked lives no longer for being extended than it could from the start. */
function requireShort(details: Details, deadline: number): void {
  // What was brought back has as long again, from then.
  const fromMs = isEndedByClock(details) ? details.deliveredAt : details.observedFrom;
  if (!details.isCompromised || fromMs === null) return;
  const latest = fromMs + MAX_EMERGENCY_OVERLAP_MS;
  if (deadline <= latest) return;
  const sum = `${formatTime(fromMs)} + ${formatDuration(MAX_EMERGENCY_OVERLAP_MS)} = ${formatTime(latest)}`;
  const message = `is later than an emergency allows: ${sum}.`;
  const fix = 'Give a time up to then. A secret that leaked may not live longer.';
  throw new UnprocessableError([{ pointer: '/until', message, fix }]);
}

function untilOf(until: string | undefined, nowMs: number): number {
  const pointer = '/until';
  const fix = 'Give a later time, like 7d or 2027-01-31T09:00:00Z.';
  if (until === undefined) throw missing(pointer, fix);
  const durationMs = parseDuration(until);
  const untilMs = durationMs === undefined ? parseTime(until) : nowMs + durationMs;
  if (untilMs === undefined) {
    throw new UnprocessableError([{ pointer, message: 'is no time.', fix }]);
  }
  if (untilMs > nowMs) return untilMs;
  throw new UnprocessableError([{ pointer, message: 'is in the past.', fix }]);
}

function missing(pointer: string, fix: string): UnprocessableError {
  return new UnprocessableError([{ pointer, message: 'is needed.', fix }]);
}

function isSame(left: Actor, right: Actor): boolean {
  return left.kind === right.kind && left.id === right.id;
}
