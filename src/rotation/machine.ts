import type { EventType } from '../audit/event.js';
import { formatTime } from '../keys/duration.js';
import type { KeyRecord } from '../keys/key.js';
import type { JsonValue } from '../keys/metadata.js';
import type { Act } from '../lifecycle/context.js';
import { recordFact, recordKey } from '../lifecycle/key-events.js';
import type { Change, Write } from '../store/change.js';
import type { Lease, RotationRecord, RotationStep, Sighting } from '../store/rotation.js';
import { MOST_PAUSE_MS } from './ahead.js';
import { COURSE } from './course.js';
import type { Details } from './details.js';
import { withDiscarded } from './discarded.js';
import { noticesOf } from './notices.js';
import { probeStateOf } from './probed.js';
import type { Decision, Step, StepContext } from './step.js';
import { activate } from './steps/activate.js';
import { announce } from './steps/announce.js';
import { approve } from './steps/approve.js';
import { deliver } from './steps/deliver.js';
import { disable } from './steps/disable.js';
import { issue } from './steps/issue.js';
import { observe } from './steps/observe.js';
import { preflight } from './steps/preflight.js';
import { probe } from './steps/probe.js';
import { revoke } from './steps/revoke.js';

/** Every step that is run; what has no entry is passed over, to the next one. */
const STEPS: Readonly<Partial<Record<RotationStep, Step>>> = {
  preflight,
  approve,
  announce,
  issue,
  activate,
  probe,
  deliver,
  observe,
  disable,
  revoke,
};

/** Steps at which it waits: for evidence, a time or a person. */
const WAITS: readonly RotationStep[] = ['approve', 'announce', 'observe', 'disable'];

/** A rotation's move: what is written, and what it is afterwards. */
export interface Transition {
  readonly kind: 'transition';
  readonly rotation: RotationRecord;
  readonly details: Details;
  readonly key: KeyRecord;
  readonly change: Pick<Change, 'writes' | 'events' | 'personal'>;
}

/** It stays where it is until a time, or until a person acts. */
export interface Pause {
  readonly kind: 'pause';
  readonly nextAt: number | null;
  readonly evidence: string | null;
}

/** Runs the step that a rotation is at, and says what is to be written. It writes nothing. */
export async function advance(
  act: Act,
  context: StepContext,
  lease: Lease | null,
): Promise<Transition | Pause> {
  const step = STEPS[context.rotation.step];
  // A step of a later version: its own instances take it.
  if (step === undefined) return { kind: 'pause', nextAt: null, evidence: null };
  const outcome = await step(context);
  if (outcome.kind !== 'wait') return transitionOf(act, context, { outcome, lease });
  const erased = erasedNow(context);
  if (erased !== undefined) return transitionOf(act, context, { outcome: erased, lease });
  const evidence = outcome.seen ?? context.rotation.evidence;
  const untilMs = noLaterThanErased(outcome.untilMs, context.details);
  const mostMs = context.scenery.nowMs + MOST_PAUSE_MS;
  return { kind: 'pause', nextAt: untilMs === null ? null : Math.min(untilMs, mostMs), evidence };
}

/**
 * What was kept for an answer that was lost is erased by any move after its time, and so by one that
 * does nothing else, at whichever step it waits.
 */
function erasedNow({ rotation, details, scenery }: StepContext): Decision | undefined {
  const { sealed, sealedUntil } = details;
  if (!sealed || scenery.nowMs < (sealedUntil ?? 0)) return undefined;
  const state = rotation.state === 'needs_operator' ? 'needs_operator' : 'waiting';
  // Who was asked is not asked again.
  const type = 'rotation.changed';
  return { kind: 'stay', state, untilMs: scenery.nowMs, details: {}, type };
}

function noLaterThanErased(
  untilMs: number | null,
  { sealed, sealedUntil }: Details,
): number | null {
  if (!sealed || sealedUntil === null) return untilMs;
  return Math.min(untilMs ?? sealedUntil, sealedUntil);
}

/** What an outcome changes, as one change with its events. */
export function transitionOf(
  act: Act,
  context: StepContext,
  {
    outcome,
    lease,
    type,
    reason,
  }: {
    readonly outcome: Decision;
    readonly lease: Lease | null;
    readonly type?: EventType;
    /** Why a person wants it. Absent: it goes on for the reason for which it was begun. */
    readonly reason?: string | undefined;
  },
): Transition {
  const { rotation: before, scenery } = context;
  requireOnCourse(before.step, outcome);
  const merged = withDiscarded({ ...context.details, ...outcome.details }, outcome, context);
  const details = unsealed(merged, outcome, scenery.nowMs);
  const rotation: RotationRecord = {
    ...before,
    ...placeOf(before, outcome, scenery.nowMs),
    details: JSON.stringify(details),
    lateAt: details.lateSince,
    updatedAt: scenery.nowMs,
    version: before.version + 1,
  };
  const edited = editedKey(context, outcome);
  const why = reason ?? details.reason;
  const rotationEvent = recordFact(act, {
    type: type ?? typeOf(outcome),
    keyspaceId: before.keyspaceId,
    subject: { kind: 'rotation', id: before.id },
    reason: why,
    before: factsOf(before, context.details),
    after: factsOf(rotation, details),
  });
  const update: Write = {
    kind: 'update_rotation',
    rotation,
    expectedVersion: before.version,
    lease,
  };
  const key = edited?.keys.after ?? context.key;
  const link = outcome.kind === 'go' ? outcome.link : undefined;
  const notices = noticesOf(act, context, { rotation, details, key, link });
  const writes = [...(edited === undefined ? [] : [edited.write]), update, ...notices];
  const recorded =
    edited === undefined ? [] : [recordKey(act, edited.type, { ...edited.keys, reason: why })];
  return {
    kind: 'transition',
    rotation,
    details,
    key,
    change: {
      writes,
      events: [...recorded.map(({ event }) => event), rotationEvent.event],
      personal: recorded.flatMap(({ personal }) => personal),
    },
  };
}

/** @throws {Error} a step or a verb leads where the course has no way: a fault of ours. */
function requireOnCourse(step: RotationStep, decision: Decision): void {
  if (decision.kind === 'stay') return;
  const to = decision.kind === 'go' ? decision.to : decision.state;
  if (COURSE[step].some((way) => way.to === to)) return;
  throw new Error(`A rotation has no way from "${step}" to "${to}".`);
}

/** A sighting of a rotation that pauses. */
export function sightingOf(rotation: RotationRecord, lease: Lease, pause: Pause): Sighting {
  const { nextAt, evidence } = pause;
  return { id: rotation.id, lease, version: rotation.version, nextAt, evidence };
}

/** What was kept for an answer that was lost is erased by its time, or with the rotation. */
function unsealed(details: Details, { kind }: Decision, nowMs: number): Details {
  const { sealed, sealedUntil, sealedForDelivery } = details;
  if (kind === 'close' && (sealed ?? sealedForDelivery ?? null) !== null) {
    return { ...details, sealed: null, sealedUntil: null, sealedForDelivery: null };
  }
  if (sealed === null || (kind !== 'close' && nowMs < (sealedUntil ?? 0))) return details;
  return { ...details, sealed: null, sealedUntil: null };
}

type Place = Pick<
  RotationRecord,
  'state' | 'step' | 'isOpen' | 'nextAt' | 'closedAt' | 'evidence' | 'claimDigest'
>;

function placeOf(
  { step, claimDigest, evidence }: RotationRecord,
  outcome: Decision,
  nowMs: number,
): Place {
  if (outcome.kind === 'close') {
    // A token that has opened the link opens nothing, and by it somebody can still say who did not.
    const opened = step === 'announce' ? null : claimDigest;
    const closed = { isOpen: false, closedAt: nowMs, evidence, claimDigest: opened };
    return { ...closed, state: outcome.state, step, nextAt: null };
  }
  const open = { isOpen: true, closedAt: null, claimDigest };
  if (outcome.kind === 'go') {
    // What was approved waits for who asked.
    const isWaiting = WAITS.includes(outcome.to) || step === 'approve';
    const state = isWaiting ? 'waiting' : 'running';
    const link = outcome.claimDigest === undefined ? {} : { claimDigest: outcome.claimDigest };
    return { ...open, ...link, evidence: null, state, step: outcome.to, nextAt: nowMs };
  }
  const seen = outcome.seen ?? evidence;
  return { ...open, evidence: seen, state: outcome.state, step, nextAt: outcome.untilMs };
}

function typeOf(outcome: Decision): EventType {
  if (outcome.kind === 'close') return `rotation.${outcome.state}`;
  if (outcome.kind === 'go') return 'rotation.advanced';
  if (outcome.type !== undefined) return outcome.type;
  return outcome.state === 'needs_operator' ? 'rotation.needs_operator' : 'rotation.changed';
}

/** The guarded update of the key whose secrets change. */
function editedKey({ key: before, scenery }: StepContext, { change }: Decision) {
  if (change === undefined || change.secrets.length === 0) return undefined;
  const changed = new Map(change.secrets.map((secret) => [secret.number, secret]));
  const kept = before.secrets.map((secret) => changed.get(secret.number) ?? secret);
  const known = new Set(before.secrets.map(({ number }) => number));
  const added = change.secrets.filter(({ number }) => !known.has(number));
  const after: KeyRecord = {
    ...before,
    secrets: [...kept, ...added],
    updatedAt: scenery.nowMs,
    version: before.version + 1,
  };
  const write: Write = {
    kind: 'update_key',
    key: after,
    expectedVersion: before.version,
    changedSecrets: change.secrets,
  };
  return { write, type: change.type, keys: { before, after } };
}

function factsOf(
  { state, step }: RotationRecord,
  details: Details,
): Readonly<Record<string, JsonValue>> {
  const { deadline, end, undoUntil, asks, newNumber, oldNumber, receipt, sight } = details;
  return {
    state,
    step,
    oldSecret: oldNumber,
    newSecret: newNumber,
    deadline: deadline === null ? null : formatTime(deadline),
    undoUntil: undoUntil === null ? null : formatTime(undoUntil),
    reminders: details.remindedCount ?? 0,
    end,
    asks,
    evidence:
      sight === null ? null : sight.evidence.map(({ id, state: found }) => `${id} ${found}`),
    waivers: details.waivers.map(({ consumer, reason }) => ({ consumer, reason })),
    approvals: details.approvals.map(({ by }) => ({ ...by })),
    brownouts: details.brownouts.map((one) => ({ ...one })),
    receipt: receipt.map((one) => ({ ...one })),
    destinations: (details.destinations ?? []).map(({ name, state }) => `${name} ${state}`),
    probe: probeStateOf(details),
  };
}
