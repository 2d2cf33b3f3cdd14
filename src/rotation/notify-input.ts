import type { FieldFault } from '../errors.js';
import { formatDuration } from '../keys/duration.js';
import type { PolicyPatch, PolicyTerms } from '../policy-views.js';
import type { Terms } from './terms.js';

const MAX_STAGES = 10;
const MAX_CHANNELS = 10;
const CHANNEL_NAME = /^[a-z][a-z0-9-]{0,62}$/;

type ReadDuration = (pointer: string, text: string | undefined, known: number) => number;
type NotifyTerms = NonNullable<Terms['notify']>;

const NOBODY: NotifyTerms = { dueMs: [], channels: [] };

/** Takes what was said of who is told over what it is. */
export function readNotify(
  before: Terms,
  { notify }: PolicyPatch,
  duration: ReadDuration,
): NotifyTerms {
  const known = before.notify ?? NOBODY;
  if (notify === undefined) return known;
  if (notify === null) return NOBODY;
  const due = notify.due?.map((text, index) => duration(`/notify/due/${index}`, text, 1));
  return { dueMs: due ?? known.dueMs, channels: notify.channels ?? known.channels };
}

export function notifyFaults({ notify = NOBODY }: Terms): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  const { dueMs, channels } = notify;
  if (dueMs.length > MAX_STAGES) {
    const fix = `Give ${MAX_STAGES} at most.`;
    faults.push({ pointer: '/notify/due', message: 'is too long.', fix });
  }
  for (const [index, beforeMs] of dueMs.entries()) {
    if (beforeMs > 0 && beforeMs < (dueMs[index - 1] ?? Infinity)) continue;
    const message = 'is not shorter than the one before.';
    const fix = 'Give them in descending order, like 30d, 7d, 1d.';
    faults.push({ pointer: `/notify/due/${index}`, message, fix });
  }
  if (channels.length > MAX_CHANNELS) {
    const fix = `Give ${MAX_CHANNELS} at most.`;
    faults.push({ pointer: '/notify/channels', message: 'is too long.', fix });
  }
  for (const [index, name] of channels.entries()) {
    if (CHANNEL_NAME.test(name) && channels.indexOf(name) === index) continue;
    const fix = 'Name each channel once, and "owner-mail" for a mail to the owner.';
    faults.push({ pointer: `/notify/channels/${index}`, message: 'names no channel.', fix });
  }
  return faults;
}

/** Who is told, as the faces show it. */
export function viewNotify({ notify = NOBODY }: Terms): PolicyTerms['notify'] {
  return { due: notify.dueMs.map(formatDuration), channels: notify.channels };
}
