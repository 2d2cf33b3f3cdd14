import type { Rotation } from '../rotation-views.js';
import type { Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';

/** Where a rotation waits for a person's word: what for, and the commands that come next. */
export function waitingLines(
  { out, options, path }: Invocation,
  { id, step, asks, deliver, claimExpiresAt, stop }: Rotation,
): readonly string[] {
  if (asks === null) return [];
  // Who agrees is somebody else than who collects, with a key of their own.
  const approve = out.command(`keyturn rotation approve ${id}`);
  const where = path === 'rotation approve' ? '' : whereTyped(options);
  const retry = out.command(`keyturn rotation retry ${id}${where}`);
  const collect =
    deliver === 'claim'
      ? `makes the link: ${retry} --out FILE`
      : `collects the new secret: ${retry} --out FILE`;
  if (step === 'approve' && stop === null) {
    return [asks, `They agree by: ${approve}`, `Then whoever asked for it ${collect}`];
  }
  if (step === 'approve') return [asks, `They agree by: ${approve}`];
  const isCollected = step === 'issue' && stop === null;
  const isUnlinked = step === 'announce' && claimExpiresAt === null;
  if (!isCollected && !isUnlinked) return [asks];
  // Who has approved it is refused.
  if (path === 'rotation approve') return [asks, `Somebody who has not approved it ${collect}`];
  return [asks, `This ${collect}`];
}
