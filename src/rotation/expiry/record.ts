import type { EventId } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import type { Act } from '../../lifecycle/context.js';
import { gatherMsOf } from '../../notify/gather.js';
import type { Write } from '../../store/change.js';
import { noticesFor, type Telling } from '../notice-records.js';
import { recordOnce } from '../schedule/told-once.js';
import type { Terms } from '../terms.js';
import type { Finding } from './findings.js';

/** What is told of a key that is in no rotation. */
interface Told {
  readonly key: KeyRecord;
  readonly keyspace: Pick<KeyspaceRecord, 'id' | 'name'>;
  readonly terms: Terms;
  readonly telling: Telling;
  readonly cycle: string;
  /** What tells it from others of its kind, stage and cycle. */
  readonly change: number | EventId;
}

/**
 * The outbox's rows of it: none, where the policy names no channel.
 * @public
 */
export function noticesOfKey({ lifecycle }: Act, told: Told): readonly Write[] {
  const { key, keyspace, terms, telling, cycle, change } = told;
  const current = key.secrets.findLast(({ state }) => state === 'current') ?? key.secrets.at(-1);
  const subject = {
    key,
    keyspace,
    hint: current?.hint ?? '',
    channels: terms.notify?.channels ?? [],
    isEmergency: false,
    cycle,
    change,
    nowMs: lifecycle.nowMs(),
  };
  return noticesFor(lifecycle.ports, subject, [telling]).map((write) => gathered(write, telling));
}

/** Operators are told of what one review finds at once, too. */
function gathered(write: Write, telling: Telling): Write {
  if (write.kind !== 'insert_notices') return write;
  const { notices: all } = write;
  const notices = all.map((one) => ({ ...one, nextAt: one.createdAt + gatherMsOf(telling.kind) }));
  return { ...write, notices };
}

/** How a new secret gets there: where its policy says nothing and it has no destination, by claim. */
async function withWay(
  { lifecycle }: Act,
  { id }: KeyRecord,
  { telling, terms }: Pick<Told, 'telling' | 'terms'>,
): Promise<Telling> {
  const isSaid = (terms.schedule?.deliver ?? null) !== null;
  if (telling.kind !== 'due' || isSaid) return telling;
  const { length } = await lifecycle.store.automation.destinationsOf(id);
  return length > 0 ? telling : { ...telling, facts: { ...telling.facts, how: 'by_claim' } };
}

/** Records it with its notices in one change, unless somebody has. */
export async function recordFinding(
  act: Act,
  { key, id, type, after, reason, telling, cycle }: Finding,
  { keyspace, terms }: Pick<Told, 'keyspace' | 'terms'>,
): Promise<void> {
  const subject = { kind: 'key', id: key.id } as const;
  const told = await withWay(act, key, { telling, terms });
  const fact = { type, keyspaceId: key.keyspaceId, subject, before: {}, after, reason };
  const writes = noticesOfKey(act, { key, keyspace, terms, telling: told, cycle, change: id });
  await recordOnce(act, fact, { id, writes });
}
