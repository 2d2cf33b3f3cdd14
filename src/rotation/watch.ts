import { formatTime } from '../keys/duration.js';
import type { KeyId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import { perform } from '../lifecycle/change.js';
import type { Act } from '../lifecycle/context.js';
import { recordFact } from '../lifecycle/key-events.js';
import type { Write } from '../store/change.js';
import type { LateCounts, LateUse, LateUser, WeighedUse } from '../store/late-use.js';
import type { RotationRecord } from '../store/rotation.js';
import { detailsOf } from './details.js';
import { discardedAt } from './discarded.js';
import { secretOf } from './step.js';
import { type Ending, endingOf, lateUserOf } from './straggler.js';
import { lateNotices } from './use-notices.js';

const MAX_USES = 200; // Of one reading; each that is new may be an event.
const MAX_READINGS = 20; // Of one look: a flood waits, and nothing else waits for it.
const MAX_ROTATIONS = 200; // Of one key, the newest.
/** Of each kind so many consumers of a secret are told of one by one … */
const TOLD = 20;

/**
 * Looks at who has used a secret after its rotation ended it, and tells of each once, as an event. It
 * reads what was refused since it has looked last, and no rotation but of those keys.
 */
export async function watchEnded(act: Act): Promise<void> {
  const { store } = act.lifecycle;
  for (let reading = 0; reading < MAX_READINGS; reading += 1) {
    const uses = await store.unwatchedUses(MAX_USES);
    const weighed: WeighedUse[] = [];
    for (const [keyId, some] of byKey(uses)) weighed.push(...(await weighKey(act, keyId, some)));
    await store.weighUses(weighed);
    if (uses.length < MAX_USES) return;
  }
}

/** A secret's end, and whether it was a new one that was taken back. */
interface Watched extends Ending {
  readonly isDiscarded: boolean;
}

function byKey(uses: readonly LateUse[]): ReadonlyMap<KeyId, readonly LateUse[]> {
  const keys = new Map<KeyId, LateUse[]>();
  for (const use of uses) keys.set(use.keyId, [...(keys.get(use.keyId) ?? []), use]);
  return keys;
}

async function weighKey(
  act: Act,
  keyId: KeyId,
  uses: readonly LateUse[],
): Promise<readonly WeighedUse[]> {
  const { store } = act.lifecycle;
  const key = await store.getKey(keyId, 'all');
  const filter = { within: 'all', keyId, limit: MAX_ROTATIONS, after: null } as const;
  const rotations = key === undefined ? [] : await store.listRotations(filter);
  const counts = new Map<number, Counter>();
  const weighed: WeighedUse[] = [];
  for (const use of uses) {
    const { secretNumber } = use;
    const ending = key && endingIn(key, rotations, secretNumber);
    const lateAs =
      ending && use.lastAt > ending.endedAt ? lateUserOf(ending.details, use.consumer) : null;
    weighed.push(weighedAs(use, lateAs));
    if (key === undefined || ending === undefined || lateAs === null || use.lateAs !== null) {
      continue;
    }
    const counter =
      counts.get(secretNumber) ?? new Counter(await store.countLate(keyId, secretNumber));
    counts.set(secretNumber, counter);
    const number = counter.next(lateAs);
    if (isTold(number)) await tell(act, { key, ending, use, lateAs, number });
  }
  return weighed;
}

/** The rotation that ended the secret, or took it back; undefined: none did. */
function endingIn(
  key: KeyRecord,
  rotations: readonly RotationRecord[],
  secretNumber: number,
): Watched | undefined {
  if (secretOf(key, secretNumber)?.state !== 'revoked') return undefined;
  for (const rotation of rotations) {
    const ending = endingOf(rotation);
    if (ending?.details.oldNumber === secretNumber) return { ...ending, isDiscarded: false };
  }
  for (const rotation of rotations) {
    const details = detailsOf(rotation);
    const endedAt = discardedAt(details, secretNumber);
    if (endedAt !== undefined) return { rotation, details, endedAt, isDiscarded: true };
  }
  return undefined;
}

function weighedAs(
  { keyId, secretNumber, consumer, lastAt }: LateUse,
  lateAs: LateUser | null,
): WeighedUse {
  return { keyId, secretNumber, consumer: consumer.id, lastAt, lateAs };
}

/** Counts on from how many there were. */
class Counter {
  readonly #counts: Record<LateUser, number>;

  constructor(counts: LateCounts) {
    this.#counts = { ...counts };
  }

  next(kind: LateUser): number {
    this.#counts[kind] += 1;
    return this.#counts[kind];
  }
}

/** … and then each power of ten is, so that a flood is told of by its size and floods no trail. */
function isTold(number: number): boolean {
  return number <= TOLD || /^10+$/.test(String(number));
}

interface Told {
  readonly key: KeyRecord;
  readonly ending: Watched;
  readonly use: LateUse;
  readonly lateAs: LateUser;
  /** It is this many of its kind that have used the secret. */
  readonly number: number;
}

/** Writes the event and marks the consumer in one change. Where another was first, it has told. */
async function tell(act: Act, { key, ending, use, lateAs, number }: Told): Promise<void> {
  const { rotation, isDiscarded } = ending;
  const owner = key.owner ?? key.id;
  const { event, personal } = recordFact(act, {
    type: 'secret.used_after_end',
    keyspaceId: rotation.keyspaceId,
    subject: { kind: 'rotation', id: rotation.id },
    before: {},
    after: {
      key: key.id,
      secret: use.secretNumber,
      who: lateAs,
      consumer: use.consumer.id,
      label: use.consumer.label,
      lastUsedAt: formatTime(use.lastAt),
      number,
      ...(isDiscarded ? { discarded: true } : {}),
    },
    // The network and what it says of itself: kept beside the trail, and erased with its owner.
    personal: { fields: ['label'], fromOwnerId: owner, toOwnerId: owner },
  });
  const write = { kind: 'mark_late', use: { ...weighedAs(use, lateAs), lateAs } } as const;
  const notices = await lateNoticesOf(act, { key, ending, use, lateAs });
  const change = { writes: [write, ...notices], events: [event], personal };
  let isFirst = true;
  await perform(act, { operation: 'secret.watch', input: null }, async () => {
    if (!isFirst) return { answer: null };
    isFirst = false;
    return { change, answer: null };
  });
}

async function lateNoticesOf(act: Act, late: Omit<Told, 'number'>): Promise<readonly Write[]> {
  const { key, ending } = late;
  const { terms } = ending.details;
  if ((terms.notify?.channels ?? []).length === 0) return [];
  const keyspaces = await act.lifecycle.store.listKeyspaces();
  const keyspace = keyspaces.find(({ id }) => id === key.keyspaceId);
  return keyspace === undefined ? [] : lateNotices(act, { key, keyspace, terms }, late);
}
