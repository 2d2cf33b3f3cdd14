import { placeOf } from '../deliver/probe.js';
import { formatDuration, formatTime } from '../keys/duration.js';
import type { Rotation, RotationConsumer, RotationEvidence } from '../rotation-views.js';
import type { RotationRecord } from '../store/rotation.js';
import { actionsOf } from './actions.js';
import { asksOf } from './asks.js';
import { brownoutState, plannedBrownout } from './brownout-course.js';
import type { Details } from './details.js';
import { detailsOf } from './details.js';
import type { Evidence, Sight } from './evidence.js';
import { phaseOf } from './phase.js';
import { probeStateOf } from './probed.js';
import { remindersOf } from './reminders.js';
import { lastSightOf } from './sight.js';
import { stopOf } from './stop.js';
import type { EvidenceId } from './terms.js';

const TITLES: Readonly<Record<EvidenceId, string>> = {
  E1: 'the new secret is in use',
  E2: 'everyone has moved',
  E3: 'the old secret is silent',
  E4: 'the record is whole',
  E5: 'every destination has the new secret',
};

/** A rotation as the three faces show it; `sight` is what was seen now, or last. */
export function viewRotation(
  rotation: RotationRecord,
  keyspaceName: string,
  seen?: Sight | undefined,
): Rotation {
  const details = detailsOf(rotation);
  const sight = details.sight ?? seen ?? lastSightOf(rotation.evidence);
  return {
    id: rotation.id,
    key: rotation.keyId,
    keyspace: keyspaceName,
    phase: phaseOf(rotation),
    step: rotation.step,
    state: rotation.state,
    deliver: details.deliver,
    destinations: (details.destinations ?? []).map(
      ({ id, name, place, state, isConfirmed, at }) => ({
        id,
        name,
        place,
        state,
        readBack: isConfirmed,
        at: timeOrNull(at),
      }),
    ),
    probe: probeShown(details),
    trouble: troubleShown(details),
    policy: details.terms.policy,
    reason: details.reason,
    compromised: details.isCompromised,
    keep: details.keepsOld,
    requestedBy: details.requestedBy,
    oldSecret: details.oldNumber,
    newSecret: details.newNumber,
    ...timesOf(rotation, details),
    reminders: reminders(rotation, details),
    atDeadline: details.atDeadline,
    end: details.end,
    asks: asksOf(rotation, details),
    stop: stopOf(rotation.keyId, details),
    evidence: evidenceOf(details, sight),
    consumers: consumersOf(details, sight),
    strangers: sight?.strangers ?? [],
    strangerCount: sight?.strangerCount ?? sight?.strangers.length ?? 0,
    waivers: details.waivers.map((one) => ({ ...one, at: formatTime(one.at) })),
    approvals: details.approvals.map((one) => ({ ...one, at: formatTime(one.at) })),
    ...brownoutsOf(rotation, details),
    receipt: details.receipt,
    refusedInGrace: null,
    usedAfterEnd: null,
    actions: actionsOf(rotation, { ...details, sight: sight ?? null }),
    version: rotation.version,
  };
}

function brownoutsOf({ step, isOpen, updatedAt }: RotationRecord, details: Details) {
  const next = isOpen && step === 'observe' ? plannedBrownout(details) : undefined;
  return {
    brownouts: details.brownouts.map((one) => ({
      from: formatTime(one.from),
      until: formatTime(one.until),
      share: one.share,
      state: brownoutState(one, updatedAt),
    })),
    nextBrownout:
      next === undefined
        ? null
        : { at: formatTime(next.dueAt), for: formatDuration(next.forMs), share: next.share },
  };
}

function timesOf(rotation: RotationRecord, details: Details) {
  return {
    createdAt: formatTime(rotation.createdAt),
    updatedAt: formatTime(rotation.updatedAt),
    claimExpiresAt: timeOrNull(details.claimClosesAt),
    deliveredAt: timeOrNull(details.deliveredAt),
    deadline: timeOrNull(details.deadline),
    lateSince: timeOrNull(details.lateSince),
    disabledAt: timeOrNull(details.disabledAt),
    undoUntil: timeOrNull(details.undoUntil),
    revokedAt: timeOrNull(details.revokedAt),
    closedAt: timeOrNull(rotation.closedAt),
  };
}

function reminders({ step, isOpen, updatedAt }: RotationRecord, details: Details) {
  const found = isOpen && step === 'announce' ? remindersOf(details, updatedAt) : undefined;
  if (found === undefined) return null;
  const { sentCount: sent, totalCount: total, nextAt } = found;
  return { sent, total, nextAt: timeOrNull(nextAt) };
}

function evidenceOf({ terms }: Details, sight: Sight | undefined): readonly RotationEvidence[] {
  return (sight?.evidence ?? []).map((one) => ({
    ...one,
    figures: shownFigures(one.figures),
    title: TITLES[one.id],
    required: terms.evidence.require.includes(one.id),
  }));
}

/** Times among them; durations say their unit in their name. */
const TIMES = ['firstAt', 'lastUseAt', 'completeUntil'];

function shownFigures(figures: Evidence['figures']): Evidence['figures'] {
  const shown = Object.entries(figures).map(([name, figure]) => {
    const isTime = typeof figure === 'number' && TIMES.includes(name);
    return [name, isTime ? formatTime(figure) : figure] as const;
  });
  return Object.fromEntries(shown);
}

/** Before anything was seen, nobody has moved. */
function consumersOf({ baseline }: Details, sight: Sight | undefined): readonly RotationConsumer[] {
  if (sight === undefined) {
    return baseline.map(({ id, label, lastAt }) => ({
      id,
      label,
      where: 'not_moved' as const,
      lastUsedOldAt: formatTime(lastAt),
      lastUsedNewAt: null,
      brownoutRefusals: 0,
    }));
  }
  return sight.consumers.map(({ consumer, where, lastOldAt, lastNewAt }) => ({
    id: consumer.id,
    label: consumer.label,
    where,
    lastUsedOldAt: timeOrNull(lastOldAt ?? consumer.lastAt),
    lastUsedNewAt: timeOrNull(lastNewAt),
    brownoutRefusals: sight.refused?.[consumer.id] ?? 0,
  }));
}

function probeShown(details: Details): Rotation['probe'] {
  const state = probeStateOf(details);
  const { probe } = details.terms;
  return state === null || !probe ? null : { place: placeOf(probe), state };
}

function troubleShown({ trouble }: Details): Rotation['trouble'] {
  if (trouble === null || trouble === undefined) return null;
  const { destination, message, tryCount, nextAt } = trouble;
  return {
    destination,
    class: trouble.class,
    message,
    tries: tryCount,
    retryAt: timeOrNull(nextAt),
  };
}

function timeOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : formatTime(timeMs);
}
