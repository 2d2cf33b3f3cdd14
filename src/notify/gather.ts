import type { OutboxRecord } from '../store/notices.js';
import type { KeyNoticeKind } from './facts.js';
import { isUrgent, type KeyNotice } from './notice.js';

const MINUTE_MS = 60_000;

/** A matter of days, and found by a review, which takes minutes where there are many keys. */
const OF_REVIEWS: ReadonlySet<KeyNoticeKind> = new Set([
  'due',
  'expiring',
  'past_policy',
  'unused',
]);

/** No notice waits for others of its kind for longer, unless more of them come. */
export const MAX_GATHER_MS = 10 * MINUTE_MS;

/**
 * How long a notice to an owner waits for others of its kind, in milliseconds: what happens to many
 * keys at about the same time is one mail.
 * @public
 */
export function gatherMsOf(kind: KeyNoticeKind): number {
  return OF_REVIEWS.has(kind) ? MAX_GATHER_MS : MINUTE_MS;
}

/** However many more come, the first waits no longer. */
const LONGEST_GATHERS = 10;

/**
 * When the notices of one kind and stage to one owner are sent: a while after the last of them has
 * come. An emergency waits for none, and channels of operators have digests instead.
 */
export function gatheredAtMs(rows: readonly OutboxRecord[], notice: KeyNotice): number {
  if (isUrgent(notice) || rows.some(({ ownerId }) => ownerId === null)) return 0;
  const times = rows.map(({ createdAt }) => createdAt);
  const gatherMs = gatherMsOf(notice.kind);
  return Math.min(Math.max(...times) + gatherMs, Math.min(...times) + LONGEST_GATHERS * gatherMs);
}
