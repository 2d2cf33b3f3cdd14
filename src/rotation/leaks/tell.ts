import { perform } from '../../lifecycle/change.js';
import type { Act } from '../../lifecycle/context.js';
import { recordFact } from '../../lifecycle/key-events.js';
import { noticesFor } from '../notice-records.js';
import { onceId } from '../schedule/told-once.js';
import { secretOf } from '../step.js';
import { DAY_MS } from '../terms.js';
import type { Done, Leaked } from './answer.js';
import type { Finding } from './leak-input.js';

const MAX_LOOKED_AT = 50; // Secrets of one key that were reported today: more are told all the same.
const TYPE = 'secret.leaked';
const OUTCOMES = { rotated: 'rotated', revoked: 'revoked', told: 'to_do', none: 'over' } as const;

/**
 * Records a leak and has people told of it: once for each secret and day, whoever reports it, however
 * often and to how many instances.
 * @returns whether it is the first of its day.
 */
export async function tellLeak(
  act: Act,
  { located, number, terms }: Leaked,
  { finding, done }: { readonly finding: Finding; readonly done: Done },
): Promise<boolean> {
  const { key, keyspace } = located;
  const { store, nowMs, ports } = act.lifecycle;
  const dayMs = Math.floor(nowMs() / DAY_MS) * DAY_MS;
  const id = onceId(`${TYPE} ${key.id} ${number}`, dayMs);
  const told = await store.listEvents({
    ...{ within: [key.keyspaceId], subjectId: key.id, type: TYPE },
    ...{ fromMs: dayMs, limit: MAX_LOOKED_AT, order: 'newest' },
  });
  if (told.some((event) => event.id === id)) return false;
  const { hint = '', state = 'revoked' } = secretOf(key, number) ?? {};
  const { action, rotation, problem } = done;
  const { event } = recordFact(act, {
    type: TYPE,
    keyspaceId: key.keyspaceId,
    subject: { kind: 'key', id: key.id },
    before: {},
    after: { secret: number, hint, state, action, rotation, problem, ...finding.origin },
  });
  const reportedAtMs = nowMs();
  const subject = {
    ...{ key, keyspace, hint, nowMs: reportedAtMs },
    channels: terms.notify?.channels ?? [],
    isEmergency: false,
    cycle: `${key.id} ${number} ${dayMs}`,
    change: 0,
  };
  const facts = { secretNumber: number, outcome: OUTCOMES[action], reportedAtMs };
  const writes = noticesFor(ports, subject, [{ kind: 'leaked', stage: 'reported', facts }]);
  // The store knows a repeat by this event's id, and writes nothing of it.
  const change = { writes, events: [{ ...event, id }], personal: [] };
  const call = { operation: `leak.report ${key.id}`, input: null };
  await perform(act, call, async () => ({ change, answer: null }));
  return true;
}
