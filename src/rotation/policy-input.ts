import { type FieldFault, UnprocessableError } from '../errors.js';
import { formatDuration, parseDuration } from '../keys/duration.js';
import { isPolicyName } from '../keys/policy-name.js';
import type { PolicyPatch, PolicyTerms } from '../policy-views.js';
import { emergencyFaults, readEmergency, viewEmergency } from './emergency-input.js';
import { expiryFaults, readExpiry, viewExpiry } from './expiry/expiry-input.js';
import { notifyFaults, readNotify, viewNotify } from './notify-input.js';
import { probeFaults, readProbe, viewProbe } from './probe-input.js';
import { readSchedule, scheduleFaults, viewSchedule } from './schedule/schedule-input.js';
import { ALL_EVIDENCE, DAY_MS, MAX_BROWNOUT_MS, type Terms } from './terms.js';

const MAX_APPROVERS = 5;
const MAX_BROWNOUTS = 10;
const MAX_REMINDERS = 10;
const MAX_REFERENCE_LENGTH = 500;
const MAX_UNDO_MS = 30 * DAY_MS;

/**
 * Takes what was said of a policy over what it is.
 * @throws {UnprocessableError} every field that cannot be, together.
 */
export function readTerms(before: Terms, patch: PolicyPatch): Terms {
  const faults: FieldFault[] = [];
  const duration = (pointer: string, text: string | undefined, known: number): number => {
    if (text === undefined) return known;
    const durationMs = parseDuration(text);
    if (durationMs !== undefined) return durationMs;
    faults.push({ pointer, message: 'is no duration.', fix: 'Write it like 7d, 12h or 5m.' });
    return known;
  };
  const { overlap = {}, evidence = {} } = patch;
  const said: Terms = {
    policy: before.policy,
    overlap: {
      minMs: duration('/overlap/min', overlap.min, before.overlap.minMs),
      softMs: duration('/overlap/soft', overlap.soft, before.overlap.softMs),
      hardMs: duration('/overlap/hard', overlap.hard, before.overlap.hardMs),
      atHard: overlap.atHard ?? before.overlap.atHard,
    },
    evidence: {
      require: evidence.require ?? before.evidence.require,
      baselineMs: duration('/evidence/baseline', evidence.baseline, before.evidence.baselineMs),
      gapsMs: duration('/evidence/gaps', evidence.gaps, before.evidence.gapsMs),
      undoMs: duration('/evidence/undo', evidence.undo, before.evidence.undoMs),
      group: evidence.group ?? before.evidence.group,
    },
    brownouts: brownoutsOf(before, patch, duration),
    claim: claimOf(before, patch, duration),
    approvers: patch.approval === undefined ? before.approvers : (patch.approval?.approvers ?? 0),
    selfRotation: patch.selfRotation ?? before.selfRotation,
    expiry: readExpiry(before, patch, duration),
    probe: readProbe(before, patch, duration),
    emergency: readEmergency(before, patch, duration),
    notify: readNotify(before, patch, duration),
    reference: patch.reference === undefined ? (before.reference ?? null) : patch.reference,
  };
  faults.push(...probeFaults(patch, said), ...emergencyFaults(said));
  const terms = { ...said, schedule: readSchedule(before, patch, { ...said, faults }) };
  faults.push(...softFaults(patch, said), ...faultsIn(terms));
  if (faults.length > 0) throw new UnprocessableError(faults);
  return terms;
}

/**
 * Whom an old secret would cut off is told at its soft end: before its deadline, then. What was kept
 * so by an earlier version stays until somebody says one of the two.
 */
function softFaults(
  { overlap: { soft, hard } = {} }: PolicyPatch,
  { overlap: { softMs, hardMs } }: Pick<Terms, 'overlap'>,
): readonly FieldFault[] {
  if ((soft === undefined && hard === undefined) || softMs <= hardMs) return [];
  const [softly, hardly] = [formatDuration(softMs), formatDuration(hardMs)];
  if (hard === undefined) {
    const message = `is ${softly}, which is longer than overlap.hard ${hardly}.`;
    return [{ pointer: '/overlap/soft', message, fix: `Give ${hardly} or less.` }];
  }
  const unsaid = soft === undefined ? ', which it is where nothing is said' : '';
  const message = `is ${hardly}, which is shorter than overlap.soft ${softly}${unsaid}.`;
  const fix = `Give ${softly} or more, or ${hardly} or less as overlap.soft.`;
  return [{ pointer: '/overlap/hard', message, fix }];
}

type ReadDuration = (pointer: string, text: string | undefined, known: number) => number;

function brownoutsOf(
  before: Terms,
  { brownouts }: PolicyPatch,
  duration: ReadDuration,
): Terms['brownouts'] {
  if (brownouts === undefined) return before.brownouts;
  if (brownouts === null) return null;
  return {
    afterMs: duration('/brownouts/after', brownouts.after, 0),
    forMs: duration('/brownouts/for', brownouts.for, 1_000),
    shares: brownouts.share.map((percent) => percent / 100),
  };
}

/** Where nothing is said of reminders, those stay that are left before the link closes. */
function claimOf(
  before: Terms,
  { claim = {} }: PolicyPatch,
  duration: ReadDuration,
): Terms['claim'] {
  const closeMs = duration('/claim/close', claim.close, before.claim.closeMs);
  const { remindMs: known = [], unclaimed = 'hold' } = before.claim;
  const said = claim.remind?.map((text, index) => duration(`/claim/remind/${index}`, text, 1));
  const remindMs = said ?? known.filter((afterMs) => afterMs < closeMs);
  return { closeMs, remindMs, unclaimed: claim.unclaimed ?? unclaimed };
}

function claimFaults({ closeMs, remindMs = [] }: Terms['claim']): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (remindMs.length > MAX_REMINDERS) {
    const fix = `Give ${MAX_REMINDERS} at most.`;
    faults.push({ pointer: '/claim/remind', message: 'is too long.', fix });
  }
  for (const [index, afterMs] of remindMs.entries()) {
    const isLater = afterMs > (remindMs[index - 1] ?? 0);
    if (isLater && afterMs < closeMs) continue;
    const message = isLater
      ? 'is not shorter than claim.close.'
      : 'is not longer than the one before.';
    const fix = 'Give them in ascending order, each shorter than claim.close.';
    faults.push({ pointer: `/claim/remind/${index}`, message, fix });
  }
  return faults;
}

/** What does not fit together, or is more than may be. */
function faultsIn(terms: Terms): readonly FieldFault[] {
  const { policy, overlap, evidence, brownouts, approvers } = terms;
  const faults: FieldFault[] = [];
  const refuse = (pointer: string, message: string, fix: string) => {
    faults.push({ pointer, message, fix });
  };
  if (!isPolicyName(policy)) refuse('/name', 'is no name.', 'Use a-z, 0-9 and -, 63 at most.');
  if (overlap.minMs > overlap.hardMs) {
    refuse('/overlap/min', 'is longer than overlap.hard.', 'Give a shorter one.');
  }
  if (evidence.undoMs > MAX_UNDO_MS) refuse('/evidence/undo', 'is too long.', 'Give 30d at most.');
  if (!evidence.require.every((id) => ALL_EVIDENCE.includes(id))) {
    refuse('/evidence/require', 'names no evidence.', `Known are ${ALL_EVIDENCE.join(', ')}.`);
  }
  if (!Number.isInteger(approvers) || approvers < 0 || approvers > MAX_APPROVERS) {
    refuse('/approval/approvers', 'is no number of people.', `Give 0 to ${MAX_APPROVERS}.`);
  }
  if ((terms.reference ?? '').length > MAX_REFERENCE_LENGTH) {
    refuse('/reference', 'is too long.', `Give ${MAX_REFERENCE_LENGTH} characters at most.`);
  }
  const others = [...claimFaults(terms.claim), ...brownoutFaults(brownouts)];
  const timed = [...scheduleFaults(terms), ...expiryFaults(terms)];
  return [...faults, ...others, ...notifyFaults(terms), ...timed];
}

function brownoutFaults(brownouts: Terms['brownouts']): readonly FieldFault[] {
  if (brownouts === null) return [];
  const faults: FieldFault[] = [];
  if (brownouts.forMs > MAX_BROWNOUT_MS || brownouts.forMs < 1_000) {
    const fix = 'Give 1s to 5m.';
    faults.push({ pointer: '/brownouts/for', message: 'is too long or too short.', fix });
  }
  const areParts = brownouts.shares.every((share) => share > 0 && share <= 1);
  if (!areParts || brownouts.shares.length > MAX_BROWNOUTS || brownouts.shares.length === 0) {
    const fix = `Give 1 to ${MAX_BROWNOUTS} numbers above 0, at most 100.`;
    faults.push({ pointer: '/brownouts/share', message: 'is no list of percentages.', fix });
  }
  return faults;
}

/** Terms as the faces show them. */
export function viewTerms(terms: Terms): PolicyTerms {
  const { overlap, evidence, brownouts, claim, approvers, selfRotation } = terms;
  return {
    overlap: {
      min: formatDuration(overlap.minMs),
      soft: formatDuration(overlap.softMs),
      hard: formatDuration(overlap.hardMs),
      atHard: overlap.atHard,
    },
    evidence: {
      require: evidence.require,
      baseline: formatDuration(evidence.baselineMs),
      gaps: formatDuration(evidence.gapsMs),
      undo: formatDuration(evidence.undoMs),
      group: evidence.group,
    },
    brownouts:
      brownouts === null
        ? null
        : {
            after: formatDuration(brownouts.afterMs),
            for: formatDuration(brownouts.forMs),
            share: brownouts.shares.map((share) => share * 100),
          },
    claim: {
      close: formatDuration(claim.closeMs),
      remind: (claim.remindMs ?? []).map(formatDuration),
      unclaimed: claim.unclaimed ?? 'hold',
    },
    approval: approvers === 0 ? null : { before: 'issue', approvers },
    selfRotation,
    probe: viewProbe(terms.probe),
    emergency: viewEmergency(terms),
    schedule: viewSchedule(terms.schedule),
    expiry: viewExpiry(terms),
    notify: viewNotify(terms),
    reference: terms.reference ?? null,
  };
}
