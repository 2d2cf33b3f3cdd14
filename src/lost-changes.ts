import type { EventType } from './audit/event.js';
import { type EndedKey, endsOf } from './ends.js';
import { formatTime } from './keys/duration.js';
import { type KeyId, keyIdFrom } from './keys/id.js';
import type { Store, StoredEvent } from './store/store.js';

const PAGE = 500;
/** Keys that are listed by name; the counts are of all. */
const MAX_LISTED = 200;

/** A key that is another one in the older data. */
interface LostKey {
  readonly id: string;
  /** Null where it was deleted since. */
  readonly name: string | null;
  readonly owner: string | null;
  /** What happened to it since, in order, each once. */
  readonly types: readonly EventType[];
}

/** What a database holds that an older copy of it lacks. */
export interface LostChanges {
  readonly count: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** How many changes of each type. */
  readonly types: Readonly<Partial<Record<EventType, number>>>;
  /** Keys that changed, the first 200. */
  readonly keys: readonly LostKey[];
  readonly keyCount: number;
}

/** Reads what `newer` holds beyond what both have. */
export async function lostChanges(older: Store, newer: Store): Promise<LostChanges> {
  const types: Partial<Record<EventType, number>> = {};
  const byKey = new Map<KeyId, Set<EventType>>();
  let count = 0;
  let first: StoredEvent | undefined;
  let last: StoredEvent | undefined;
  for await (const event of eventsAfter(newer, await commonSequence(older, newer))) {
    count += 1;
    first ??= event;
    last = event;
    types[event.type] = (types[event.type] ?? 0) + 1;
    const keyId = keyOf(event);
    if (keyId !== undefined) byKey.set(keyId, (byKey.get(keyId) ?? new Set()).add(event.type));
  }
  const listed = [...byKey].slice(0, MAX_LISTED);
  return {
    count,
    firstAt: first === undefined ? null : formatTime(first.at),
    lastAt: last === undefined ? null : formatTime(last.at),
    types,
    keys: await Promise.all(listed.map(([id, seen]) => lostKey(newer, id, [...seen]))),
    keyCount: byKey.size,
  };
}

async function lostKey(newer: Store, id: KeyId, types: readonly EventType[]): Promise<LostKey> {
  const key = await newer.getKey(id, 'all');
  return { id, name: key?.name ?? null, owner: key?.owner ?? null, types };
}

/** The keys and secrets that ended in the newer data since: revoked, deleted or disabled. */
export async function endsSince(older: Store, newer: Store): Promise<readonly EndedKey[]> {
  const ids = new Set<KeyId>();
  for await (const event of eventsAfter(newer, await commonSequence(older, newer))) {
    const keyId = keyOf(event);
    if (keyId !== undefined) ids.add(keyId);
  }
  return endsOf(newer, ids);
}

/**
 * The last change that both have: they were one database until then. Halving, because up to there
 * they agree, and after it nowhere.
 */
async function commonSequence(older: Store, newer: Store): Promise<number> {
  let same = 0;
  let different = Math.min(await headOf(older), await headOf(newer)) + 1;
  while (different - same > 1) {
    const middle = Math.floor((same + different) / 2);
    const [one, other] = [await eventIdAt(older, middle), await eventIdAt(newer, middle)];
    if (one === other) same = middle;
    else different = middle;
  }
  return same;
}

/** A database's last change. */
export async function headOf(store: Store): Promise<number> {
  return (await store.changesSince(0, 0)).head;
}

/** The id of a database's change; undefined: it has none there. */
export async function eventIdAt(store: Store, sequence: number): Promise<string | undefined> {
  const filter = { within: 'all', order: 'oldest', limit: 1 } as const;
  return (await store.listEvents({ ...filter, afterSequence: sequence - 1 }))[0]?.id;
}

async function* eventsAfter(store: Store, sequence: number): AsyncGenerator<StoredEvent> {
  for (let after = sequence; ; ) {
    const filter = { within: 'all', order: 'oldest', limit: PAGE } as const;
    const page = await store.listEvents({ ...filter, afterSequence: after });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.sequence;
  }
}

function keyOf({ subject }: StoredEvent): KeyId | undefined {
  return subject.kind === 'key' ? keyIdFrom(subject.id) : undefined;
}
