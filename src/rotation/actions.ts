import { formatDuration, formatTime } from '../keys/duration.js';
import type { RotationAction, RotationVerb } from '../rotation-views.js';
import type { RotationRecord, RotationStep } from '../store/rotation.js';
import { isUnderWay } from './brownout-course.js';
import {
  isDelivered,
  isOffered,
  isPassable,
  type PinnedDestination,
  waitingIn,
} from './delivery.js';
import { type Details, isEndedByClock, isTurned } from './details.js';
import { retriedAfterLoss } from './loss.js';
import { unknownAt } from './places.js';

type At = Pick<RotationRecord, 'step' | 'state' | 'isOpen' | 'updatedAt'>;

interface Act {
  readonly name: RotationVerb;
  readonly isPossible: (at: At, details: Details) => boolean;
  readonly does: (details: Details, at: At) => string;
}

const BEFORE_DELIVERY: readonly RotationStep[] = [
  'preflight',
  'approve',
  'announce',
  'issue',
  'activate',
  'probe',
];

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
    isPossible: ({ step, state }, details) =>
      step === 'observe'
        ? isRelinkable(details) || isTakenBackFrom(details)
        : step === 'announce' ||
          (step === 'issue' && details.deliver === 'answer') ||
          state === 'needs_operator',
    does: (details) =>
      details.deliver === 'claim'
        ? 'Makes a new link; the one before, and a secret that nobody has used, are gone.'
        : isTakenBackFrom(details)
          ? `Reads again what stands in ${namesOf(waitingIn(details))}: what holds secret ${details.newNumber} is waited for no more.`
          : details.deliver === 'destinations'
            ? (retriedAfterLoss(details) ?? 'Goes on where it stopped.')
            : 'Issues the new secret and answers it, once.',
  },
  {
    name: 'skip',
    isPossible: ({ step }, details) =>
      (step === 'probe' && details.trouble?.destination === null) ||
      (step === 'deliver' && isPassable(details)) ||
      (step === 'observe' && (isTakenBackFrom(details) || hasBrownoutLeft(details))),
    does: (details) =>
      details.trouble?.destination === null
        ? "Passes over the policy's probe: what gets the new secret is the first to try it."
        : (passedOver(details) ?? 'Passes over the next brown-out that the policy has.'),
  },
  {
    name: 'extend',
    isPossible: ({ step }) => step === 'observe',
    does: extended,
  },
  {
    name: 'waive',
    isPossible: ({ step }, details) =>
      step === 'observe' && details.baseline.length > 0 && !isEndedByClock(details),
    does: () =>
      'Waits no more for a consumer, or for those that a text names. Needs a reason; undo takes it back while both secrets are accepted.',
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
    isPossible: ({ step }, details) =>
      step === 'observe' ||
      (step === 'deliver' && details.revokedAt === null) ||
      isBeforeDelivery(step, details),
    does: (details) => `${takenBackBy(details)}${leaked(details)}`,
  },
  {
    name: 'abort',
    isPossible: ({ step }, details) => isBeforeDelivery(step, details),
    does: (details) => `${closedBy(details)}${leaked(details)}`,
  },
  {
    name: 'undo',
    isPossible: (at, details) =>
      at.step === 'disable' ||
      (at.step === 'observe' && (isBrownedOut(at, details) || hasWaiver(details))),
    does: (details, at) => {
      if (details.disabledAt === null) return takenBackIn(at, details);
      return details.end === 'unclaimed'
        ? `Accepts secret ${details.oldNumber} again; the claim waits for a new link.`
        : acceptedAgain(details);
    },
  },
];

/** What an undo does while both are accepted: what is in the way of somebody comes first. */
function takenBackIn(at: At, details: Details): string {
  const latest = details.waivers.at(-1);
  if (isBrownedOut(at, details) || latest === undefined) {
    return 'Ends the brown-out that is under way.';
  }
  return `Takes the last waiver back: ${latest.consumer} is waited for again, as before ${formatTime(latest.at)}.`;
}

function isBrownedOut({ updatedAt }: At, { brownouts }: Details): boolean {
  return brownouts.some((one) => isUnderWay(one, updatedAt));
}

function hasWaiver(details: Details): boolean {
  return details.waivers.length > 0 && !isEndedByClock(details);
}

/** What an undo does in the grace. */
function acceptedAgain(details: Details): string {
  const { oldNumber, isCompromised, deadline } = details;
  const own =
    isCompromised && deadline !== null ? `, until ${formatTime(deadline)} if that is to come` : '';
  const anew = own === '' ? 'It' : 'Else it';
  return `Accepts secret ${oldNumber} again${own}. ${anew} is observed anew, and ends only when a person or the evidence says so.${leaked(details)}`;
}

const AT_DEADLINE: Readonly<Record<Details['atDeadline'], string>> = {
  hold: 'Then the old secret is accepted still, until the evidence or a person ends it.',
  extend: 'Then it moves on by itself, until the evidence is in.',
  revoke: 'Then the old secret is refused; a person is asked where nobody has used the new one.',
};

/** What an extension does, and what comes at its end. */
function extended(details: Details): string {
  const { deadline, atDeadline, keepsOld } = details;
  const moved =
    deadline === null ? 'Sets a deadline' : `Moves the deadline, ${formatTime(deadline)}`;
  if (isEndedByClock(details)) return `${moved}. Then the old secret is refused, whoever uses it.`;
  const before = keepsOld ? '' : '; the evidence may end the old secret before it';
  return `${moved}${before}. ${AT_DEADLINE[atDeadline]}${longestOf(details)}`;
}

/** A person may go beyond what the policy allows, and is told where that is. */
function longestOf({ terms, deliveredAt, isCompromised }: Details): string {
  if (deliveredAt === null || isCompromised) return '';
  const { policy, overlap } = terms;
  const latest = formatTime(deliveredAt + overlap.hardMs);
  return ` The policy "${policy}" allows ${formatDuration(overlap.hardMs)} from the delivery, up to ${latest}: what is later than that is by your word alone.`;
}

/** A claim whose secret was handed over, and is not known to be in use: another link may open it. */
function isRelinkable(details: Details): boolean {
  const { deliver, deliveredAt, sight } = details;
  const isHandedOver = deliver === 'claim' && deliveredAt !== null;
  return isHandedOver && !isTurned(details) && sight?.isNewUsed !== true;
}

/** It was rolled back, and places may hold the secret that ends now. */
function isTakenBackFrom(details: Details): boolean {
  return details.observedFrom !== null && waitingIn(details).length > 0;
}

function hasBrownoutLeft(details: Details): boolean {
  const { terms, brownouts } = details;
  return !isEndedByClock(details) && (terms.brownouts?.shares.length ?? 0) > brownouts.length;
}

/** What becomes of the next place; undefined: none waits. */
function passedOver(details: Details): string | undefined {
  const [next, ...others] = waitingIn(details);
  if (next === undefined) return undefined;
  const { newNumber, oldNumber } = details;
  const over = `Passes over the destination "${next.name}"`;
  if (isTakenBackFrom(details)) {
    return `${over}: you see to it that ${next.place} holds secret ${newNumber}, and not secret ${oldNumber}.`;
  }
  if (next.state !== 'writing') {
    return `${over}: you see to it that ${next.place} gets the new secret.`;
  }
  const isOnly = others.length === 0 && (details.destinations ?? []).every(isNoOther(next));
  const rest = isOnly
    ? `No other place has secret ${newNumber}: secret ${oldNumber} is not ended by evidence before a consumer has used it.`
    : 'You see to it that it gets the new secret.';
  return `${over}. ${unknownAt(details, next)} ${rest}`;
}

function isNoOther(next: PinnedDestination) {
  return ({ id, state }: PinnedDestination): boolean => id === next.id || state !== 'delivered';
}

/** What is said of a rollback before it is done. */
function takenBackBy(details: Details): string {
  const { newNumber, oldNumber, destinations = [] } = details;
  if (newNumber === null) return 'Closes the rotation; nothing was issued.';
  const back = `Makes secret ${oldNumber} the current one again. Secret ${newNumber}`;
  const isObserved = details.observedFrom !== null;
  if (!isObserved && !isOffered(details)) return `${back} ends at once: nobody has it.`;
  if (!(isObserved ? destinations.length > 0 : isDelivered(details))) {
    return `${back} ends as soon as every instance has told that no consumer has used it, and else by its own evidence.`;
  }
  return `${back} stays accepted, for places have it or may have it (${namesOf(destinations)}), and ends by its own evidence: a person gives them secret ${oldNumber}, which Keyturn does not have.`;
}

/** What is said of an abort before it is done. */
function closedBy(details: Details): string {
  const { newNumber, revokedAt } = details;
  if (isOffered(details)) {
    return `Closes the rotation and ends secret ${newNumber}, which a place was sent and has refused; where a consumer has used it, it is refused, and nothing changes.`;
  }
  const stays = revokedAt === null ? '; the key stays as it is' : '';
  return `Closes the rotation before anybody has the new secret${stays}.`;
}

function namesOf(places: readonly PinnedDestination[]): string {
  return places.map(({ name }) => `"${name}"`).join(', ');
}

/** Nobody has the new secret; a place to which it was being written may have. */
function isBeforeDelivery(step: RotationStep, { destinations = [] }: Details): boolean {
  if (BEFORE_DELIVERY.includes(step)) return true;
  const isUntouched = destinations.every(({ state }) => state === 'waiting' || state === 'skipped');
  return step === 'deliver' && isUntouched;
}

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
    does: act.does(details, at),
    undoableFor: undoableFor(act, details),
  }));
}

/** Ending the old secret can be undone for the grace. */
function undoableFor({ name }: Act, { disabledAt, terms }: Details): string | null {
  if (name !== 'finish' || disabledAt !== null) return null;
  return formatDuration(terms.evidence.undoMs);
}
