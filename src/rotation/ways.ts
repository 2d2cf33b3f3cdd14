import type { RotationRecord } from '../store/rotation.js';
import { actionsOf } from './actions.js';
import type { DeliveryTrouble } from './delivery.js';
import type { Details } from './details.js';
import { helpAfterLoss } from './loss.js';

/** What a person is asked about what hinders it, with those ways on that there are then. */
export function askAbout(
  { destination, message, tryCount }: DeliveryTrouble,
  rotation: RotationRecord,
  details: Details,
): string {
  const tries = tryCount > 1 ? ` It was tried ${tryCount} times.` : '';
  const what = destination === null ? 'The probe' : `Destination "${destination}"`;
  const possible = actionsOf({ ...rotation, state: 'needs_operator' }, details);
  const isPossible = (verb: string) => possible.some(({ name }) => name === verb);
  const isIssued = details.newNumber !== null;
  const ways = [
    ...(isPossible('skip') ? ['skip passes it over'] : []),
    ...(isPossible('rollback') && isIssued
      ? [`rollback goes back to secret ${details.oldNumber}`]
      : []),
    ...(isPossible('abort') ? ['abort ends the rotation'] : []),
  ];
  if (details.trouble?.isLost === true) {
    // There is nothing to mend.
    const help = [helpAfterLoss(details) ?? [], ways].flat().join('; ');
    return `${what}: ${message} ${help[0]?.toUpperCase() ?? ''}${help.slice(1)}.`;
  }
  return `${what}: ${message}${tries} Mend it, then retry${ways.map((way) => `; ${way}`).join('')}.`;
}
