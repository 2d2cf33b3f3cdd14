import type { Act } from '../lifecycle/context.js';
import type { LeasedRotation, RotationRecord } from '../store/rotation.js';
import { detailsOf } from './details.js';
import { noticesIn, openIn } from './due-pages.js';
import { drive, type Engine, lease, MAX_BATCH } from './engine.js';
import { claimsIn } from './link-mail.js';

/**
 * After the mails of a run: claims whose link was given up by it ask for a person at once, and those
 * whose link has left after all ask for nobody any more. Nothing else may run before the next time.
 * @returns those that were looked at, as they are then.
 */
export async function workOnLinks(engine: Engine, act: Act): Promise<readonly RotationRecord[]> {
  const changed = await changedLinks(act);
  const all: RotationRecord[] = [];
  for (let start = 0; start < changed.length; start += MAX_BATCH) {
    const leased: LeasedRotation[] = [];
    for (const { id } of changed.slice(start, start + MAX_BATCH)) {
      leased.push(...(await lease(engine, { id, limit: 1 })));
    }
    all.push(...(await drive(engine, act, leased)));
  }
  return all;
}

/** Where it is not asked what is to be: by who is given up, and who asks. */
async function changedLinks(act: Act): Promise<readonly RotationRecord[]> {
  const givenUp = new Set<string>();
  for await (const notice of noticesIn(act, 'dead')) {
    for (const { rotationId } of claimsIn(notice)) givenUp.add(rotationId);
  }
  const changed: RotationRecord[] = [];
  for await (const rotation of openIn(act)) {
    if (rotation.step !== 'announce') continue;
    const { isLinkShown = false, isLinkGivenUp = false } = detailsOf(rotation);
    if (!isLinkShown && isLinkGivenUp !== givenUp.has(rotation.id)) changed.push(rotation);
  }
  return changed;
}
