import { createHash } from 'node:crypto';
import { type Digest, type DigestPart, isUrgent, type KeyNotice, type Notice } from './notice.js';
import { idempotencyKeyOf } from './plan.js';

/** At most so many notices of a channel in a window; what is more becomes one. */
export interface FloodBound {
  readonly count: number;
  readonly windowMs: number;
}

/** What a channel has been sent of late. */
export interface SentBefore {
  readonly atMs: number;
  readonly isDigest: boolean;
}

/** What waits for one channel: what is sent now, and what waits on, until when. */
export interface Settled {
  readonly send: readonly Notice[];
  readonly hold: readonly KeyNotice[];
  /** When `hold` is looked at again; null where it is empty. */
  readonly untilMs: number | null;
}

const MAX_KEYS_OF_PART = 10;

/**
 * Makes a digest instead of a flood. In a window a channel gets `count` notices and one digest;
 * what comes after it waits for the window's end. Urgent notices never wait: where they are too
 * many, they are one digest of their own, sent at once. The link of a claim is in no digest.
 */
export function settleFlood(
  waiting: readonly KeyNotice[],
  sent: readonly SentBefore[],
  { nowMs, bound }: { readonly nowMs: number; readonly bound: FloodBound },
): Settled {
  const alone = waiting.filter(({ kind }) => kind === 'claim_link');
  const others = waiting.filter(({ kind }) => kind !== 'claim_link');
  const urgent = others.filter(isUrgent);
  const rest = others.filter((notice) => !isUrgent(notice));
  const recent = sent.filter(({ atMs }) => atMs > nowMs - bound.windowMs);
  const room = Math.max(bound.count - recent.length, 0);
  const now = [...alone, ...(urgent.length > bound.count ? digestsOf(urgent) : urgent)];
  if (rest.length <= room) return { send: [...now, ...rest], hold: [], untilMs: null };
  if (!recent.some(({ isDigest }) => isDigest)) {
    return { send: [...now, ...digestsOf(rest)], hold: [], untilMs: null };
  }
  const oldestMs = Math.min(...recent.map(({ atMs }) => atMs));
  return { send: now, hold: rest, untilMs: oldestMs + bound.windowMs };
}

/** One digest for each keyspace; a notice that is alone stays what it is. */
function digestsOf(notices: readonly KeyNotice[]): readonly Notice[] {
  return groupsBy(notices, ({ keyspace }) => keyspace.id).map(([first, ...more]) =>
    more.length === 0 ? first : digestOf(first, [first, ...more]),
  );
}

function digestOf({ keyspace }: KeyNotice, notices: readonly KeyNotice[]): Digest {
  const identities = notices.map((notice) => idempotencyKeyOf(notice, '')).toSorted();
  return {
    kind: 'digest',
    keyspace,
    isEmergency: notices.some(({ isEmergency }) => isEmergency),
    cycle: createHash('sha256').update(identities.join()).digest('hex').slice(0, 32),
    parts: groupsBy(notices, ({ kind }) => kind).map(partOf),
  };
}

function partOf(notices: Group): DigestPart {
  const keys = notices.flatMap(({ items }) =>
    items.map(({ id, name, hint }) => ({ id, name, hint })),
  );
  return {
    kind: notices[0].kind,
    noticeCount: notices.length,
    keyCount: keys.length,
    firstKeys: keys.slice(0, MAX_KEYS_OF_PART),
  };
}

type Group = readonly [KeyNotice, ...KeyNotice[]];

/** In the order of their first notices. */
function groupsBy(
  notices: readonly KeyNotice[],
  nameOf: (notice: KeyNotice) => string,
): readonly Group[] {
  const groups = new Map<string, [KeyNotice, ...KeyNotice[]]>();
  for (const notice of notices) {
    const group = groups.get(nameOf(notice));
    if (group === undefined) groups.set(nameOf(notice), [notice]);
    else group.push(notice);
  }
  return [...groups.values()];
}
