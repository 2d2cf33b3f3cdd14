import type { FieldFault } from '../errors.js';
import { type Form, type Forms, objectOf, oneOf, text } from '../form.js';
import { formatDuration } from '../keys/duration.js';
import type { PolicyPatch, PolicyTerms } from '../policy-views.js';
import { MAX_EMERGENCY_OVERLAP_MS, type Terms } from './terms.js';

type Said = NonNullable<PolicyPatch['emergency']>;

const emergency: Forms<Said> = {
  overlap: { ...text, wanted: 'a duration like "15m"' },
  onLeakReport: oneOf('rotate', 'revoke', 'tell'),
};

/** What a policy may say of emergencies. */
export const EMERGENCY: Form = objectOf(emergency);

type ReadDuration = (pointer: string, text: string | undefined, known: number) => number;

/** Where nothing is said, the secret before ends at once, and of a leak that is reported people are told. */
export function readEmergency(
  before: Terms,
  { emergency: said = {} }: PolicyPatch,
  duration: ReadDuration,
): NonNullable<Terms['emergency']> {
  const known = before.emergency?.overlapMs ?? 0;
  const overlapMs = duration('/emergency/overlap', said.overlap, known);
  const onLeakReport = said.onLeakReport ?? before.emergency?.onLeakReport;
  return { overlapMs, ...(onLeakReport === undefined ? {} : { onLeakReport }) };
}

export function emergencyFaults({ emergency: read }: Terms): readonly FieldFault[] {
  if ((read?.overlapMs ?? 0) <= MAX_EMERGENCY_OVERLAP_MS) return [];
  const most = formatDuration(MAX_EMERGENCY_OVERLAP_MS);
  const message = `is longer than the ${most} of an emergency.`;
  return [{ pointer: '/emergency/overlap', message, fix: `Give ${most} at most.` }];
}

/** As the faces show it. */
export function viewEmergency({ emergency: read }: Terms): PolicyTerms['emergency'] {
  const overlap = formatDuration(read?.overlapMs ?? 0);
  return { overlap, onLeakReport: read?.onLeakReport ?? 'tell' };
}
