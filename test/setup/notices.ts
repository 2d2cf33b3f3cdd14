import { keyIdFrom, keyspaceIdFrom, rotationIdFrom } from '../../src/keys/id.js';
import type { FactsOf, KeyNoticeKind, NoticeKey } from '../../src/notify/facts.js';
import { type KeyNotice, noticeKinds } from '../../src/notify/notice.js';

const ULID = '01k9z6w2r8v4t0q7m3x5b1n9h';
/** Friday, 27 November 2026, 09:30 UTC. */
export const noticedAtMs = Date.parse('2026-11-27T09:30:00Z');
const DAY_MS = 86_400_000;

export const keyspaceId = known(keyspaceIdFrom(`ks_${ULID}a`));
export const rotationId = known(rotationIdFrom(`rot_${ULID}b`));

/** A key; two with the same letter are the same key. */
export function noticeKey(letter = 'c', name = 'Acme CI'): NoticeKey {
  return { id: known(keyIdFrom(`key_${ULID}${letter}`)), name, hint: 'acme_live_a1B2' };
}

/** What each kind says of its key. */
export const facts: FactsOf = {
  due: { dueAtMs: noticedAtMs + 30 * DAY_MS, how: 'by_claim' },
  not_started: { dueAtMs: noticedAtMs - DAY_MS, reason: 'there is no public address' },
  started: { rotationId, deadlineAtMs: noticedAtMs + 21 * DAY_MS, isClaimed: true },
  claim_link: { rotationId, closesAtMs: noticedAtMs + 30 * DAY_MS },
  claim_reminder: {
    rotationId,
    linkedAtMs: noticedAtMs - 3 * DAY_MS,
    closesAtMs: noticedAtMs + 27 * DAY_MS,
  },
  needs_approval: { rotationId, askedBy: 'Maria' },
  needs_operator: { rotationId, step: 'deliver', reason: 'the destination has drifted' },
  stragglers: {
    rotationId,
    deadlineAtMs: noticedAtMs + 2 * DAY_MS,
    atDeadline: 'hold',
    labels: ['192.0.2.0/24 curl', '198.51.100.0/24 python'],
  },
  done: { rotationId, finishedAtMs: noticedAtMs },
  failed: { rotationId, state: 'rolled_back', reason: 'the value was rejected' },
  expiring: { expiresAtMs: noticedAtMs + 7 * DAY_MS },
  past_policy: { policy: 'customers', sinceAtMs: noticedAtMs - DAY_MS },
  unused: { lastUsedAtMs: null, disablesAtMs: noticedAtMs + 14 * DAY_MS },
  new_network: { network: '203.0.113.0/24', seenAtMs: noticedAtMs },
  self_rotation: {
    rotationId,
    rotatedAtMs: noticedAtMs,
    network: '203.0.113.0/24',
    awaitsOwner: true,
  },
  brownout_announced: {
    rotationId,
    startsAtMs: noticedAtMs + DAY_MS,
    lengthMs: 300_000,
    sharePercent: 10,
  },
  used_after_end: {
    rotationId,
    secretNumber: 1,
    who: 'intruder',
    label: '203.0.113.0/24 · curl',
    lastUsedAtMs: noticedAtMs,
  },
  leaked: { secretNumber: 1, outcome: 'to_do', reportedAtMs: noticedAtMs },
  owner_unreachable: { untold: 'done', reason: 'no address', rotationId: null },
};

/** A notice of a kind about these keys. */
export function noticeOf<Kind extends KeyNoticeKind>(
  kind: Kind,
  keys: readonly NoticeKey[] = [noticeKey()],
): KeyNotice<Kind> {
  return {
    kind,
    keyspace: { id: keyspaceId, name: 'Acme Maps' },
    isEmergency: false,
    owner: { id: 'acme', name: 'Acme GmbH' },
    stage: '30d',
    cycle: '2026-12-27',
    items: keys.map((key) => ({ ...key, ...facts[kind] })),
  };
}

export const keyNoticeKinds = noticeKinds.filter((kind) => kind !== 'digest');

function known<Id>(id: Id | undefined): Id {
  if (id === undefined) throw new Error('The id of a sample is none.');
  return id;
}
