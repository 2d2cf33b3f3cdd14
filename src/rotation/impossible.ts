import { StateConflictError } from '../errors.js';
import type { RotationVerb } from '../rotation-views.js';
import type { RotationStep } from '../store/rotation.js';
import type { Details } from './details.js';
import type { StepContext } from './step.js';

/** Why a word cannot be done where the rotation is, and which can. */
export function impossible(
  verb: RotationVerb,
  { rotation, details }: StepContext,
  possible: readonly RotationVerb[],
): StateConflictError {
  if (!rotation.isOpen) {
    return new StateConflictError(
      `This rotation is ${rotation.state.replaceAll('_', ' ')}: there is nothing to ${verb}.`,
    );
  }
  const why = whyNot(verb, rotation.step, details) ?? `there is nothing to ${verb}.`;
  const ways = possible.length === 0 ? 'It ends by itself' : `Possible are: ${possible.join(', ')}`;
  return new StateConflictError(`At the step "${rotation.step}" ${why} ${ways}.`);
}

/** What is in the way, and what works instead; undefined: it is just not the time. */
function whyNot(
  verb: RotationVerb,
  step: RotationStep,
  { oldNumber, newNumber }: Details,
): string | undefined {
  const isEnded = `secret ${oldNumber} is revoked, and that is for ever: there is no way back to it.`;
  if (verb === 'retry' && step === 'observe') {
    return 'nothing is tried: both secrets are accepted, and it waits for the evidence or a person.';
  }
  if (verb !== 'rollback') return undefined;
  if (step === 'disable') {
    return `secret ${oldNumber} is refused already: undo accepts it again, and then rollback works.`;
  }
  return step === 'deliver' ? `${isEnded} A place may hold secret ${newNumber}.` : isEnded;
}
