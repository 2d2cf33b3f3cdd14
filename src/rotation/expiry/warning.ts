import { formatTime } from '../../keys/duration.js';
import type { EventId, KeyId } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import type { RecordedWarning } from '../../store/automation.js';
import type { Told } from '../../store/notices.js';
import type { Store } from '../../store/store.js';
import { noticeNamesOf, OWNER_MAIL } from '../notice-records.js';
import { onceId } from '../schedule/told-once.js';
import type { Terms } from '../terms.js';
import type { ExpiryTerms } from './expiry-terms.js';
import { type Hearing, hearingOf } from './unheard.js';

/** How the rows of a warning are told from others. */
export const WARNED = { kind: 'unused', stage: 'warned' } as const;

/** That a key's people are warned of its end. Times are milliseconds UTC. */
export interface Warning {
  /** Under what it is recorded: of this want of use, on these terms, to these people. */
  readonly id: EventId;
  /** Null: it is yet to be. */
  readonly recordedAt: number | null;
  /** When its owner was sent it or, where owners are not told, the first of them; null: nobody was. */
  readonly warnedAt: number | null;
  /** Why nobody would hear of it; null: somebody would. */
  readonly unheard: string | null;
  /** Why nobody will hear of it by itself, though it was recorded; null: it is on its way, or was sent. */
  readonly lost: string | null;
}

/** A key that is unused, and since when. */
export interface Idle {
  readonly key: KeyRecord;
  readonly idleAt: number;
}

/** Of keys that are unused: whether their people were warned of that. */
export async function warningsOf(
  store: Store,
  terms: Pick<Terms, 'policy' | 'expiry' | 'notify'>,
  idle: readonly Idle[],
): Promise<ReadonlyMap<KeyId, Warning>> {
  const { expiry = null } = terms;
  if (expiry === null || idle.length === 0) return new Map();
  const hearing = hearingOf(store, terms);
  const channels = terms.notify?.channels ?? [];
  const last = await store.automation.warningsOf(idle.map(({ key }) => key.id));
  const found: Found[] = [];
  for (const one of idle) {
    const heard = await hearing(one.key);
    const text = textOf(one, { policy: terms.policy, expiry, channels, heard });
    const [newest, older] = last.get(one.key.id) ?? [];
    const isOfThese = newest !== undefined && newest.id === warningId(text, one, older);
    const isToOwner = isOwnerTold(channels, heard);
    const awaited = isToOwner ? [OWNER_MAIL] : channels;
    const names = isOfThese ? namesOf(one, newest.id, awaited) : [];
    found.push({ ...one, heard, text, newest, isOfThese, names, isToOwner });
  }
  const told = await store.notices.tellingsOf(found.flatMap(({ names }) => names));
  return new Map(found.map((one) => [one.key.id, warningIn(one, told)]));
}

interface Found extends Idle {
  readonly heard: Hearing;
  readonly text: string;
  readonly newest: RecordedWarning | undefined;
  /** The newest is of this want of use, on these terms, to these people. */
  readonly isOfThese: boolean;
  /** Of the notices that the grace begins with. */
  readonly names: readonly string[];
  /** That is the one to its owner. */
  readonly isToOwner: boolean;
}

const MEND = 'keyturn notice list --state dead says why, keyturn notice retry sends one anew';
const LOST = `none of its warnings could be sent: ${MEND}`;
const LOST_TO_OWNER = `the warning to its owner could not be sent: ${MEND}`;

function warningIn(one: Found, told: ReadonlyMap<string, Told>): Warning {
  const { heard, text, newest, isOfThese, names, isToOwner } = one;
  const { unheard } = heard;
  const rows = names.flatMap((name) => told.get(name) ?? []);
  // What became of it is forgotten: they are warned anew.
  const isForgotten = unheard === null && rows.length === 0;
  if (newest === undefined || !isOfThese || isForgotten) {
    const id = warningId(text, one, newest);
    return { id, recordedAt: null, warnedAt: null, unheard, lost: null };
  }
  const times = rows.flatMap(({ sentAt }) => sentAt ?? []);
  const isLost = rows.length > 0 && rows.every(({ state }) => state === 'dead');
  const lost = isToOwner ? LOST_TO_OWNER : LOST;
  return {
    ...newest,
    warnedAt: times.length === 0 ? null : Math.min(...times),
    unheard,
    lost: isLost ? lost : null,
  };
}

/**
 * One after the other: where terms or people change and change back, what was said of the first
 * does not count for the last.
 */
function warningId(
  text: string,
  { idleAt }: Pick<Idle, 'idleAt'>,
  before: RecordedWarning | undefined,
): EventId {
  return onceId(`${text} after ${before?.recordedAt ?? 'none'}`, idleAt);
}

/** Who was told of other terms, or not at all, is warned anew before anything is disabled. */
function textOf(
  { key, idleAt }: Idle,
  {
    policy,
    expiry: { unusedMs, graceMs, disable, runwayUntil },
    channels,
    heard,
  }: {
    readonly policy: string;
    readonly expiry: ExpiryTerms;
    readonly channels: readonly string[];
    readonly heard: Hearing;
  },
): string {
  const terms = [policy, unusedMs, disable, graceMs, runwayUntil];
  const people = [channels.toSorted(), key.owner, isOwnerTold(channels, heard)];
  return `key.unused ${key.id} ${idleAt} ${JSON.stringify([terms, people])}`;
}

/** Then nobody else hears it in the owner's place. */
function isOwnerTold(channels: readonly string[], { isOwnerReached }: Hearing): boolean {
  return channels.includes(OWNER_MAIL) && isOwnerReached;
}

function namesOf(
  { key, idleAt }: Idle,
  id: EventId,
  channels: readonly string[],
): readonly string[] {
  return noticeNamesOf({ key, channels, cycle: formatTime(idleAt), change: id }, WARNED);
}
