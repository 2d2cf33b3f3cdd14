import { formatDuration, formatTime } from '../keys/duration.js';
import type { RotationAction, RotationVerb } from '../rotation-views.js';
import type { RotationRecord } from '../store/rotation.js';
import { isUnderWay } from './brownout-course.js';
import type { Details } from './details.js';

type At = Pick<RotationRecord, 'step' | 'state' | 'isOpen' | 'updatedAt'>;

interface Act {
  readonly name: RotationVerb;
  readonly isPossible: (at: At, details: Details) => boolean;
  readonly does: (details: Details) => string;
}

const BEFORE_DELIVERY = ['preflight', 'approve', 'announce', 'issue', 'activate', 'probe'];

const NO_SECRET = ' The key has no secret then, until it is rotated again.';

/** What a person may do, in the order in which it is offered. Each says what it will do. */
const ACTS: readonly Act[] = [
  {
    name: 'approve',
    isPossible: ({ step }) => step === 'approve',
    does: ({ terms, approvals }) =>
      `Agrees that the secret is replaced: ${approvals.length + 1} of ${terms.approvers}. Nobody approves what they asked for.`,
  },
  {
    name: 'retry',
    isPossible: ({ step, state }, { deliver, deliveredAt }) =>
      step === 'announce' ||
      (step === 'observe' && deliver === 'claim' && deliveredAt !== null) ||
      (step === 'issue' && deliver === 'answer') ||
      state === 'needs_operator',
    does: ({ deliver }) =>
      deliver === 'claim'
        ? 'Makes a new link; the one before, and a secret that nobody has used, are gone.'
        : 'Issues the new secret and answers it, once.',
  },
  {
    name: 'skip',
    isPossible: ({ step }, { terms, brownouts }) =>
      step === 'observe' && (terms.brownouts?.shares.length ?? 0) > brownouts.length,
    does: () => 'Passes over the next brown-out that the policy has.',
  },
  {
    name: 'extend',
    isPossible: ({ step }) => step === 'observe',
    does: ({ deadline }) =>
      `Moves the deadline${deadline === null ? '' : `, ${formatTime(deadline)} now`}: the old secret works until then.`,
  },
  {
    name: 'waive',
    isPossible: ({ step }, { baseline }) => step === 'observe' && baseline.length > 0,
    does: () =>
      'Waits no more for a consumer, or for those whose label has a text. Needs a reason.',
  },
  {
    name: 'finish',
    isPossible: ({ step }) => step === 'observe' || step === 'disable',
    does: ({ oldNumber, disabledAt }) =>
      disabledAt === null
        ? `Refuses secret ${oldNumber} from now on, whatever the evidence; whoever still uses it is cut off.`
        : `Revokes secret ${oldNumber} now, for ever.`,
  },
  {
    name: 'rollback',
    isPossible: ({ step }) => step === 'observe' || BEFORE_DELIVERY.includes(step),
    does: (details) =>
      details.newNumber === null
        ? `Closes the rotation; nothing was issued.${leaked(details)}`
        : `Makes secret ${details.oldNumber} the current one again. Secret ${details.newNumber} ends as soon as every instance has told that no consumer has used it, and else by its own evidence.${leaked(details)}`,
  },
  {
    name: 'abort',
    isPossible: ({ step }) => BEFORE_DELIVERY.includes(step),
    does: (details) =>
      details.revokedAt === null
        ? `Closes the rotation before anybody has the new secret; the key stays as it is.${leaked(details)}`
        : `Closes the rotation before anybody has the new secret.${leaked(details)}`,
  },
  {
    name: 'undo',
    isPossible: ({ step, updatedAt }, { brownouts }) =>
      step === 'disable' ||
      (step === 'observe' && brownouts.some((one) => isUnderWay(one, updatedAt))),
    does: (details) =>
      details.disabledAt === null
        ? 'Ends the brown-out that is under way.'
        : details.end === 'unclaimed'
          ? `Accepts secret ${details.oldNumber} again; the claim waits for a new link.`
          : `Accepts secret ${details.oldNumber} again. It is observed anew, and ends only when a person or the evidence says so.${leaked(details)}`,
  },
];

/** What is not to be overlooked in an emergency. */
function leaked({ isCompromised, oldNumber, revokedAt }: Details): string {
  if (!isCompromised) return '';
  if (revokedAt !== null) return NO_SECRET;
  return ` Secret ${oldNumber} was reported as leaked, and goes on being accepted: a reason is needed.`;
}

/** What a person may do with this rotation now. */
export function actionsOf(at: At, details: Details): readonly RotationAction[] {
  if (!at.isOpen) return [];
  return ACTS.filter(({ isPossible }) => isPossible(at, details)).map((act) => ({
    name: act.name,
    does: act.does(details),
    undoableFor: undoableFor(act, details),
  }));
}

/** Ending the old secret can be undone for the grace. */
function undoableFor({ name }: Act, { disabledAt, terms }: Details): string | null {
  if (name !== 'finish' || disabledAt !== null) return null;
  return formatDuration(terms.evidence.undoMs);
}
