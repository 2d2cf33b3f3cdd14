import { counted } from '../counted.js';
import { KeyturnError } from '../errors.js';
import { formatDuration, formatTime } from '../keys/duration.js';
import type { KeyRecord } from '../keys/key.js';
import type { Act } from '../lifecycle/context.js';
import type { EmergencyPlan } from '../rotation-plan-views.js';
import type { KeyFilter } from '../store/store.js';
import { type Headcount, headcountOf } from './baseline.js';
import { type EndedSecret, eachOnce, endedSecrets, usersByNumber } from './ended-secrets.js';
import { lastUsedText } from './last-used.js';
import { emergencyOverlapBy } from './order.js';
import { policiesOnce } from './policies-once.js';
import { BUILT_IN, type Terms } from './terms.js';

const PAGE = 200;
const MAX_NAMED = 20; // Keys that stand in the plan, of however many.
const MAX_EXAMINED = 2_000; // Keys whose consumers and rotations are read: a few seconds' work.

/** A key that it would hit. */
interface Hit {
  readonly key: KeyRecord;
  readonly lastUsedMs: number;
  readonly ends: readonly EndedSecret[];
  /** How long its current secret is accepted still. */
  readonly overlapMs: number;
  /** Its new secret would be written to them; of a key that was not examined, that was not read. */
  readonly hasDestinations: boolean;
  /** Ids of who used it lately; null: that was not read. */
  readonly consumers: readonly string[] | null;
  readonly open: string | undefined;
}

interface Tally {
  keyCount: number;
  examinedCount: number;
  /** Keys with an earlier secret, which the overlap does not keep. */
  earlierCount: number;
  openCount: number;
  deliveredCount: number;
  lastUsedMs: number;
  own: string | null;
  readonly consumers: Set<string>;
  /** What their overlaps are, in milliseconds. */
  readonly overlaps: Set<number>;
  named: readonly Hit[];
}

/** What an emergency would hit, and how much that is in use. */
export async function planMany(
  act: Act,
  of: {
    readonly filter: Omit<KeyFilter, 'limit' | 'after'>;
    /** Null: each key's policy says it. */
    readonly overlapMs: number | null;
    /** New secrets go to the destinations of keys that have some. */
    readonly isDelivered: boolean;
    readonly isToRotate: (key: KeyRecord) => boolean;
  },
): Promise<EmergencyPlan> {
  const { filter, overlapMs, isDelivered, isToRotate } = of;
  const { store } = act.lifecycle;
  const tally: Tally = {
    keyCount: 0,
    examinedCount: 0,
    earlierCount: 0,
    openCount: 0,
    deliveredCount: 0,
    lastUsedMs: 0,
    own: null,
    consumers: new Set(),
    overlaps: new Set(),
    named: [],
  };
  const termsOf = policiesOnce(act);
  for (let after: string | null = null; ; ) {
    const keys: readonly KeyRecord[] = await store.listKeys({ ...filter, limit: PAGE, after });
    const isExamined = tally.examinedCount < MAX_EXAMINED;
    const page = { keys: keys.filter(isToRotate), overlapMs, termsOf, isExamined, isDelivered };
    count(tally, act, { hits: await hitsOf(act, page), isExamined });
    if (keys.length < PAGE) break;
    after = keys.at(-1)?.id ?? null;
  }
  return viewOf(act, tally);
}

async function hitsOf(
  act: Act,
  page: {
    readonly keys: readonly KeyRecord[];
    readonly overlapMs: number | null;
    readonly termsOf: (key: KeyRecord) => Promise<Terms>;
    readonly isExamined: boolean;
    readonly isDelivered: boolean;
  },
): Promise<readonly Hit[]> {
  const { keys, overlapMs, termsOf, isExamined } = page;
  const { store } = act.lifecycle;
  const uses = await store.lastUses(keys.map(({ id }) => id));
  return Promise.all(
    keys.map(async (key): Promise<Hit> => {
      const located = { key };
      const terms = await termsOf(key).catch(builtInInstead);
      const own = overlapMs ?? emergencyOverlapBy(terms);
      const ends = endedSecrets({ located, overlapMs: own, input: { compromised: true } });
      const numbers = ends.map(({ number }) => number);
      const lastUsedMs = Math.max(0, ...numbers.map((one) => uses.get(key.id)?.get(one) ?? 0));
      const hit = { key, ends, lastUsedMs, overlapMs: own };
      if (!isExamined) return { ...hit, consumers: null, open: undefined, hasDestinations: false };
      const users = await usersByNumber(act, { located, terms }, numbers);
      const open = (await store.openRotationOf(key.id))?.id;
      const places = page.isDelivered ? await store.automation.destinationsOf(key.id) : [];
      const consumers = eachOnce(users.values()).map(({ id }) => id);
      return { ...hit, consumers, open, hasDestinations: places.length > 0 };
    }),
  );
}

/** Its policy is gone: that is told when it cannot be rotated. */
function builtInInstead(error: unknown): Terms {
  if (error instanceof KeyturnError) return BUILT_IN;
  throw error;
}

function count(
  tally: Tally,
  { rights }: Act,
  { hits, isExamined }: { readonly hits: readonly Hit[]; readonly isExamined: boolean },
): void {
  tally.keyCount += hits.length;
  tally.deliveredCount += hits.filter(({ hasDestinations }) => hasDestinations).length;
  if (isExamined) tally.examinedCount += hits.length;
  for (const { key, ends, lastUsedMs, overlapMs, consumers, open } of hits) {
    tally.overlaps.add(overlapMs);
    if (ends.some(({ state }) => state !== 'current')) tally.earlierCount += 1;
    if (open !== undefined) tally.openCount += 1;
    if (key.id === rights.actor.id) tally.own = key.id;
    tally.lastUsedMs = Math.max(tally.lastUsedMs, lastUsedMs);
    for (const id of consumers ?? []) tally.consumers.add(id);
  }
  tally.named = [...tally.named, ...hits]
    .sort((left, right) => right.lastUsedMs - left.lastUsedMs)
    .slice(0, MAX_NAMED);
}

function viewOf(act: Act, tally: Tally): EmergencyPlan {
  return {
    keys: tally.keyCount,
    lastUsedAt: timeOrNull(tally.lastUsedMs),
    consumers: consumersIn(tally).count,
    atLeast: consumersIn(tally).isLeast,
    supersedes: tally.openCount,
    delivered: tally.deliveredCount,
    examined: tally.examinedCount,
    own: tally.own,
    items: tally.named.map(({ key, lastUsedMs, consumers, open, hasDestinations }) => ({
      key: key.id,
      name: key.name,
      lastUsedAt: timeOrNull(lastUsedMs),
      ...headcountOrNull(consumers),
      supersedes: open ?? null,
      deliver: hasDestinations ? 'destinations' : 'answer',
    })),
    says: sentenceOf(tally, act.lifecycle.nowMs()),
  };
}

/** Whose keys were not examined are not among them. */
function consumersIn({ consumers, keyCount, examinedCount }: Tally): Headcount {
  const { count, isLeast } = headcountOf([...consumers].map((id) => ({ id })));
  return { count, isLeast: isLeast || examinedCount < keyCount };
}

function headcountOrNull(consumers: readonly string[] | null) {
  if (consumers === null) return { consumers: null, atLeast: false };
  const { count, isLeast } = headcountOf(consumers.map((id) => ({ id })));
  return { consumers: count, atLeast: isLeast };
}

function sentenceOf(tally: Tally, nowMs: number): string {
  const { keyCount, examinedCount, lastUsedMs, openCount, own } = tally;
  if (keyCount === 0) return 'No key is meant that has a secret to end: nothing would be done.';
  const used = lastUsedText({
    lastUsedMs,
    nowMs,
    consumers: consumersIn(tally),
    baselineMs: BUILT_IN.evidence.baselineMs,
  });
  const open = openCount === 0 ? '' : ` Supersedes ${counted(openCount, 'open rotation')}.`;
  const least =
    examinedCount < keyCount
      ? ` Consumers, destinations and open rotations are those of ${counted(examinedCount, 'key')}: there may be more.`
      : '';
  const warning =
    own === null ? '' : ` Your own key is among them, ${own}: what you call with ends, too.`;
  return `${endsText(tally)}, for ever, and issues each a new one${placesText(tally)}. In all they were ${used}.${open}${least}${warning}`;
}

function placesText({ deliveredCount, keyCount }: Tally): string {
  if (deliveredCount === 0) return '';
  if (deliveredCount === keyCount) return ', which goes to its destinations';
  return `, which of ${deliveredCount} of them goes to its destinations`;
}

function endsText({ keyCount, earlierCount, overlaps }: Tally): string {
  const keys = counted(keyCount, 'key');
  const longestMs = Math.max(0, ...overlaps);
  if (longestMs === 0) return `Ends every secret of ${keys} at once`;
  const when = overlaps.size > 1 ? ' at the most, as their policies say' : '';
  const current = `Ends the current secret of ${keys} in ${formatDuration(longestMs)}${when}`;
  if (earlierCount === 0) return current;
  return `${current} and, of ${earlierCount} of them, every earlier one at once`;
}

function timeOrNull(timeMs: number): string | null {
  return timeMs === 0 ? null : formatTime(timeMs);
}
