import type { FieldFault } from '../../errors.js';
import { formatDuration, formatTime } from '../../keys/duration.js';
import type { Expiry, PolicyPatch } from '../../policy-views.js';
import type { Terms } from '../terms.js';
import { DAY_MS } from '../terms.js';
import type { ExpiryTerms } from './expiry-terms.js';

const MAX_MS = 3_660 * DAY_MS; // Ten years, as for a schedule.
const MAX_GRACE_MS = 365 * DAY_MS;
// Shorter than a day, nobody has read the warning.
const MIN_MS = DAY_MS;
const NOTHING: ExpiryTerms = {
  maxAgeMs: null,
  unusedMs: null,
  graceMs: 14 * DAY_MS,
  disable: 'unused',
  runwayUntil: null,
};

type ReadDuration = (pointer: string, text: string | undefined, known: number) => number;

/**
 * Takes what was said of old secrets and unused keys over what it was; null: nothing is.
 * @public
 */
export function readExpiry(
  before: Terms,
  { expiry }: PolicyPatch,
  duration: ReadDuration,
): ExpiryTerms | null {
  if (expiry === undefined) return before.expiry ?? null;
  if (expiry === null) return null;
  const known = before.expiry ?? NOTHING;
  const orNull = (field: 'maxAge' | 'unused', knownMs: number | null): number | null => {
    const text = expiry[field];
    if (text === undefined || text === null) return text === null ? null : knownMs;
    return duration(`/expiry/${field}`, text, MAX_MS); // No further fault of what is no duration.
  };
  const terms = {
    maxAgeMs: orNull('maxAge', known.maxAgeMs),
    unusedMs: orNull('unused', known.unusedMs),
    graceMs: duration('/expiry/grace', expiry.grace, known.graceMs),
    disable: expiry.disable ?? known.disable,
    runwayUntil: known.runwayUntil,
  };
  return terms.maxAgeMs === null && terms.unusedMs === null ? null : terms;
}

/**
 * What does not fit together, with the sum where it is one.
 * @public
 */
export function expiryFaults(terms: Terms): readonly FieldFault[] {
  const { expiry } = terms;
  if (expiry === undefined || expiry === null) return [];
  const rules = [...ageRules(terms, expiry), ...unusedRules(terms, expiry)];
  return rules
    .filter(([, holds]) => !holds)
    .map(([field, , message, fix]) => ({ pointer: `/expiry/${field}`, message, fix }));
}

/** A field, whether it is as it has to be, and what to say if not. */
type Rule = readonly [field: string, holds: boolean, message: string, fix: string];

function ageRules(terms: Terms, { maxAgeMs }: ExpiryTerms): readonly Rule[] {
  if (maxAgeMs === null) return [];
  const [neededMs, sum] = longestLife(terms);
  const needed = formatDuration(neededMs);
  const isInRange = maxAgeMs >= MIN_MS && maxAgeMs <= MAX_MS;
  return [
    ['maxAge', isInRange, 'is too short or too long.', 'Give 1d to 3660d.'],
    [
      'maxAge',
      !isInRange || maxAgeMs >= neededMs,
      `is ${formatDuration(maxAgeMs)}, and by its schedule a secret may be accepted for ${sum}.`,
      `Give ${needed} or more, or rotate more often.`,
    ],
  ];
}

/** How long a secret is accepted at most where its schedule is kept, and of what that is made up. */
function longestLife({ schedule, overlap, evidence, claim }: Terms): readonly [number, string] {
  if (schedule === undefined || schedule === null) return [0, ''];
  const { mode, deliver, everyMs, leadMs, spreadMs } = schedule;
  const every = ['schedule.every', everyMs] as const;
  const spread = ['schedule.spread', spreadMs] as const;
  const hard = ['overlap.hard', overlap.hardMs] as const;
  const undo = ['evidence.undo', evidence.undoMs] as const;
  if (deliver === 'notice') return summed([every, spread]);
  // One that was made early is due to be out of use by the time of the one after it.
  if (mode === 'before') return summed([every, ['schedule.lead', leadMs]]);
  // The new secret is issued as the link is opened, which may be in its last hour.
  const close = ['claim.close', deliver === 'claim' ? claim.closeMs : 0] as const;
  return summed([every, spread, close, hard, undo]);
}

function summed(parts: readonly (readonly [string, number])[]): readonly [number, string] {
  const [first, ...others] = parts;
  const some = first === undefined ? [] : [first, ...others.filter(([, ms]) => ms > 0)];
  const sumMs = some.reduce((sum, [, ms]) => sum + ms, 0);
  const text = some.map(([name, ms]) => `${name} ${formatDuration(ms)}`).join(' + ');
  return [sumMs, some.length < 2 ? text : `${text} = ${formatDuration(sumMs)}`];
}

function unusedRules({ evidence }: Terms, { unusedMs, graceMs }: ExpiryTerms): readonly Rule[] {
  const isGrace = graceMs >= MIN_MS && graceMs <= MAX_GRACE_MS;
  const grace: Rule = ['grace', isGrace, 'is too short or too long.', 'Give 1d to 365d.'];
  if (unusedMs === null) return [grace];
  const isInRange = unusedMs >= MIN_MS && unusedMs <= MAX_MS;
  const baseline = formatDuration(evidence.baselineMs);
  return [
    grace,
    ['unused', isInRange, 'is too short or too long.', 'Give 1d to 3660d.'],
    [
      'unused',
      !isInRange || unusedMs >= evidence.baselineMs,
      `is ${formatDuration(unusedMs)}, and who has used a key in the last ${baseline} counts as its user (evidence.baseline).`,
      `Give ${baseline} or more.`,
    ],
  ];
}

/**
 * It as the faces show it.
 * @public
 */
export function viewExpiry({ expiry }: Terms): Expiry | null {
  if (expiry === undefined || expiry === null) return null;
  const { maxAgeMs, unusedMs, graceMs, disable, runwayUntil } = expiry;
  return {
    maxAge: maxAgeMs === null ? null : formatDuration(maxAgeMs),
    unused: unusedMs === null ? null : formatDuration(unusedMs),
    grace: formatDuration(graceMs),
    disable,
    runwayUntil: runwayUntil === null ? null : formatTime(runwayUntil),
  };
}
