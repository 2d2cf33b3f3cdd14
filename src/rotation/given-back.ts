import type { DeliveryFailure, Destination } from '../deliver/destination.js';
import type { RotationRecord } from '../store/rotation.js';
import { holdingOf, type Opened, type PinnedDestination, waitingIn } from './delivery.js';
import { type Details, detailsOf } from './details.js';
import type { StepContext, StepOutcome } from './step.js';
import { WRITTEN_MS } from './written.js';

type Found = { readonly isBack: true } | { readonly isBack: false; readonly what: string };

/** Whether places may have to be read. Most rotations have none: theirs are not parsed for that. */
export function isTakenBack(rotation: RotationRecord): boolean {
  const { step, state, details } = rotation;
  if (step !== 'observe' || state === 'needs_operator' || !details.includes('"destinations":[{')) {
    return false;
  }
  return waitingIn(detailsOf(rotation)).length > 0;
}

/**
 * After a rollback: reads the places that may hold the secret that ends now. What holds the other one
 * is waited for no more; of the rest a person is asked, who has it.
 */
export async function givenBack(context: StepContext): Promise<StepOutcome | undefined> {
  const { details, rotation, scenery } = context;
  const left = waitingIn(details);
  if (left.length === 0 || rotation.state === 'needs_operator') return undefined;
  const ripeAt = left.some(({ state }) => state === 'writing') ? details.frozenAt + WRITTEN_MS : 0;
  if (scenery.nowMs < ripeAt) return { kind: 'wait', untilMs: ripeAt, seen: null };
  const opened = await scenery.destinations();
  const found = new Map(
    await Promise.all(
      left.map(async (one) => [one.id, await lookAt(context, one, opened)] as const),
    ),
  );
  const destinations = (details.destinations ?? []).map((one): PinnedDestination => {
    const seen = found.get(one.id);
    if (seen === undefined) return one;
    return seen.isBack
      ? { ...one, state: 'delivered', isConfirmed: true, at: scenery.nowMs }
      : { ...one, state: 'waiting' };
  });
  const told = [...found.values()].flatMap((one) => (one.isBack ? [] : [one.what]));
  const asks = told.length === 0 ? null : asksFor(details, told);
  const state = asks === null ? 'waiting' : 'needs_operator';
  return { kind: 'stay', state, untilMs: scenery.nowMs, details: { destinations, asks } };
}

function asksFor({ oldNumber, newNumber }: Details, told: readonly string[]): string {
  return [
    `Secret ${oldNumber} ends once nobody uses it and no place holds it.`,
    ...told,
    `Put secret ${newNumber} there, which Keyturn does not have; then retry reads it again, and skip takes your word for it.`,
    `Who has not kept secret ${newNumber} rolls back once more; finish ends secret ${oldNumber} now.`,
  ].join(' ');
}

async function lookAt(
  { key, details }: StepContext,
  { id, name, version, place }: PinnedDestination,
  opened: readonly Opened[],
): Promise<Found> {
  const other = (what: string): Found => ({ isBack: false, what: `"${name}", ${place}, ${what}.` });
  const one = opened.find(({ record }) => record.id === id);
  const { oldNumber } = details;
  if (one === undefined) {
    return other(
      `is gone since the rotation began: whether it holds secret ${oldNumber} is not known`,
    );
  }
  if ('failure' in one) return other(unread(one.failure));
  if (one.record.version !== version || one.destination.place !== place) {
    return other(
      `is another destination by now: whether it holds secret ${oldNumber} is not known`,
    );
  }
  return readAt(one.destination);

  async function readAt(destination: Destination): Promise<Found> {
    const reading = await destination.read();
    if (reading.kind === 'failed') return other(unread(reading));
    if (reading.kind === 'unreadable') {
      return other(`tells nobody what it holds, which may be secret ${oldNumber}`);
    }
    if (reading.kind === 'absent') return other('holds nothing');
    if (holdingOf(reading, key, details) === 'new') return { isBack: true };
    const turned = { newNumber: oldNumber, oldNumber };
    return holdingOf(reading, key, turned) === 'new'
      ? other(`holds secret ${oldNumber}`)
      : other('holds another value');
  }
}

function unread({ message }: DeliveryFailure): string {
  return `cannot be read: ${message.replace(/\.$/, '')}`;
}
