import { hash } from 'node:crypto';
import { type EventId, newEventId } from '../../keys/id.js';
import type { Act } from '../../lifecycle/context.js';
import { recordFact } from '../../lifecycle/key-events.js';
import type { Write } from '../../store/change.js';

type Fact = Parameters<typeof recordFact>[1];

/**
 * The id of an event that several instances may record at once: the same for the same text and moment,
 * in milliseconds UTC.
 * @public
 */
export function onceId(text: string, momentMs: number): EventId {
  const random = { bytes: (count: number) => hash('sha256', text, 'buffer').subarray(0, count) };
  return newEventId({ nowMs: Math.max(0, momentMs), random });
}

/**
 * The id of an event that is recorded once for a subject and a moment.
 * @public
 */
export function onceIdOf(type: Fact['type'], subjectId: string, momentMs: number): EventId {
  return onceId(`${type} ${subjectId} ${momentMs}`, momentMs);
}

/**
 * Records a fact that several instances may find at once, once for a subject and a moment: its
 * event's id is made of them, and by that the store knows a repeat.
 */
export async function tellOnce(
  act: Act,
  fact: Fact,
  { momentMs, writes = [] }: { readonly momentMs: number; readonly writes?: readonly Write[] },
): Promise<void> {
  const id = onceIdOf(fact.type, fact.subject.id, momentMs);
  await recordOnce(act, fact, { id, writes });
}

/**
 * Records a fact under an id of its own, with what belongs to it, unless it is recorded.
 * @public
 */
export async function recordOnce(
  act: Act,
  fact: Fact,
  { id, writes }: { readonly id: EventId; readonly writes: readonly Write[] },
): Promise<void> {
  const { lifecycle } = act;
  const event = { ...recordFact(act, fact).event, id };
  const change = { writes, events: [event], personal: [], caller: null, idempotency: null };
  const result = await lifecycle.store.commit(change);
  if (result.ok) await lifecycle.committed(change, result.sequence);
}
