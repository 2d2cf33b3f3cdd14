import type { InstanceId, KeyspaceId } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Ports } from '../ports.js';
import type { NoticeOutcome, OutboxRecord } from '../store/notices.js';
import type { Store } from '../store/store.js';
import type { SendOutcome } from './channel.js';
import { settleFlood } from './flood.js';
import { gatheredAtMs, MAX_GATHER_MS } from './gather.js';
import { isUrgent, type KeyNotice, type Notice } from './notice.js';
import { outcomesOf, waiting } from './outcomes.js';
import { idempotencyKeyOf } from './plan.js';
import type { QuietHours } from './quiet-hours.js';
import { firstQuietEndMs, sendAtMs } from './quiet-hours.js';
import { type Places, type Recipient, recipientOf } from './recipient.js';
import {
  byRecipient,
  byUrgency,
  groupedBy,
  groupNameOf,
  groupOf,
  noticeIn,
  type Rows,
  URGENT_KINDS,
  urgentFirst,
} from './rows.js';
import { type OpenSealed, openLinks } from './sealed-links.js';
import { unreachableOwner } from './unreachable.js';

/** Longer than a few slow mails take; what who died held waits for so long. */
const LEASE_MS = 300_000;
const MAX_LEASED = 200;
/** Recipients: one who does not answer keeps not all the others waiting. */
const MAX_AT_ONCE = 5;
/** An hour and more after the first. Operators are told once of each mail. */
const TOLD_AFTER_TRIES = 6;
const MAX_ROUNDS = 20; // Of one look, so that a stop has not to wait for long.
/** What is more becomes a digest. Of each recipient: an owner, or a channel. */
const FLOOD = { count: 20, windowMs: 3_600_000 } as const;

/**
 * What notices are sent with, in one process.
 * @public
 */
export interface SenderMeans {
  readonly store: Store;
  readonly ports: Pick<Ports, 'clock' | 'random'>;
  readonly nowMs: () => number;
  readonly instanceId: InstanceId;
  readonly places: Places;
  readonly quietHours: QuietHours | null;
  /** For the links of claims. */
  readonly openSealed: OpenSealed;
}

/**
 * Which notices a look is at, and how far ahead.
 * @public
 */
export interface Look {
  /** All that was to be done is done: then no notice waits for more of its kind. */
  readonly isLast?: boolean;
  /** Nothing but what somebody may have to act on at once: it waits behind no other mail. */
  readonly isUrgentOnly?: boolean;
  /** What failed since then, ms UTC, is left to a later look. Absent: since this one began. */
  readonly retryMs?: number;
}

/**
 * Sends what is due: at least once, and under a key that is decided and written before, so that who
 * gets it again can tell. Any instance may.
 * @public
 */
export async function sendDue(
  means: SenderMeans,
  { isLast = false, isUrgentOnly = false, retryMs = means.nowMs() }: Look = {},
): Promise<void> {
  const { store, instanceId, ports } = means;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const startedAt = ports.clock.monotonicMs();
    const nowMs = means.nowMs();
    const dueMs = nowMs + (isLast ? MAX_GATHER_MS : 0);
    const urgentKinds = isUrgentOnly ? URGENT_KINDS : undefined;
    const due = { nowMs, dueMs, retryMs, urgentKinds, limit: MAX_LEASED };
    const leased = await store.notices.leaseNotices({
      ...due,
      owner: instanceId,
      leaseMs: LEASE_MS,
    });
    if (leased.length === 0) return;
    const keyspaces = new Map((await store.listKeyspaces()).map((one) => [one.id, one]));
    const isHeld = () => ports.clock.monotonicMs() - startedAt <= LEASE_MS / 2;
    const recipients = byRecipient(leased).toSorted(urgentFirst).values();
    const left: OutboxRecord[] = [];
    const sendOn = async () => {
      for (const rows of recipients) {
        if (isHeld()) await sendTo({ ...means, isLast, isHeld }, keyspaces, rows);
        else left.push(...rows);
      }
    };
    const all = Array.from({ length: MAX_AT_ONCE }, sendOn);
    await Promise.allSettled(all); // A stop waits for all of them.
    await Promise.all(all);
    await letGo(means, left);
    if (!isHeld()) return;
  }
}

/**
 * As they were taken, where there is no time for them. They do not wait until they lapse: what comes
 * meanwhile for the same people would go without them.
 */
async function letGo(
  { store, instanceId }: SenderMeans,
  rows: readonly OutboxRecord[],
): Promise<void> {
  if (rows.length === 0) return;
  const asBefore = rows.map((row) => waiting(row, { nextAt: row.nextAt }));
  await store.notices.settleNotices(instanceId, asBefore);
}

interface Sending extends SenderMeans {
  readonly isLast: boolean;
  /** Whether what was taken is held for long enough yet to be sent. */
  readonly isHeld: () => boolean;
}

async function sendTo(
  means: Sending,
  keyspaces: ReadonlyMap<KeyspaceId, KeyspaceRecord>,
  rows: Rows,
): Promise<void> {
  const [first] = rows;
  const { store, instanceId } = means;
  const keyspace = keyspaces.get(first.keyspaceId);
  const recipient = await recipientOf(means, keyspace, first);
  if ('kind' in recipient) return settle(means, rows, recipient);
  const planned = await plan(means, recipient, rows);
  await store.notices.settleNotices(instanceId, planned.settled);
  for (const [index, { notice, rows: sent }] of planned.deliveries.entries()) {
    if (!means.isHeld()) return letGo(means, asTaken(rows, planned.deliveries.slice(index)));
    const idempotencyKey = sent[0].sentAs ?? '';
    const opened = openLinks(means.openSealed, sent);
    const outcome: SendOutcome =
      opened.kind === 'lost'
        ? { kind: 'failed', class: 'rejected', message: opened.message }
        : await recipient.send(notice, { idempotencyKey, links: opened.links });
    await settle(means, sent, outcome);
  }
}

/** What has yet to be sent, as it was taken: what was bound since then is free again. */
function asTaken(taken: Rows, deliveries: readonly Delivery[]): readonly OutboxRecord[] {
  const left = new Set(deliveries.flatMap(({ rows }) => rows.map(({ id }) => id)));
  return taken.filter(({ id }) => left.has(id));
}

/** Given up, or not taken for longer than an hour. */
function isToBeTold(outcome: NoticeOutcome | undefined): boolean {
  if (outcome?.state === 'sent') return false; // Some of its addresses have it.
  return outcome?.state === 'dead' || outcome?.tryCount === TOLD_AFTER_TRIES;
}

/** What became of them; operators are told of a mail to an owner that is not taken. */
async function settle(means: SenderMeans, rows: Rows, outcome: SendOutcome): Promise<void> {
  const { store, instanceId, ports } = means;
  const outcomes = outcomesOf(means, rows, outcome);
  const nowMs = means.nowMs();
  const told = rows.flatMap((row, index) =>
    outcome.kind === 'failed' && isToBeTold(outcomes[index])
      ? unreachableOwner(ports, { row, failure: outcome, nowMs })
      : [],
  );
  await store.notices.settleNotices(instanceId, outcomes, told);
}

/** One thing that is sent, and what it tells. */
interface Delivery {
  readonly notice: Notice;
  readonly rows: Rows;
}

/** What is sent now, and what is to be written before: it has a key then, or waits on. */
async function plan(
  means: Sending,
  { timezone }: Recipient,
  rows: Rows,
): Promise<{
  readonly deliveries: readonly Delivery[];
  readonly settled: readonly NoticeOutcome[];
}> {
  const { store } = means;
  const [{ keyspaceId, recipient, ownerId }] = rows;
  const timeMs = means.nowMs();
  const fresh = rows.filter(({ sentAs }) => sentAs === null);
  const { groups, held } = readyOf(means, fresh, { timezone, timeMs });
  // Whoever began to send these was stopped: they are sent as they were to be.
  const begun = groupedBy(
    rows.filter(({ sentAs }) => sentAs !== null),
    ({ sentAs }) => sentAs ?? '',
  ).map((some) => ({ notice: noticeOf(some), rows: some }));
  const sinceMs = timeMs - FLOOD.windowMs;
  const to = { keyspaceId, recipient, ownerId, sinceMs, limit: FLOOD.count + 2 };
  const sent = groups.size === 0 ? [] : await store.notices.sentSince(to);
  const before = sent.map(({ sentAt: atMs, isDigest }) => ({ atMs, isDigest }));
  const settled = settleFlood([...groups.keys()], before, { nowMs: timeMs, bound: FLOOD });
  for (const notice of settled.hold) {
    for (const row of groups.get(notice) ?? []) {
      held.push(waiting(row, { nextAt: settled.untilMs ?? timeMs }));
    }
  }
  const deliveries = deliveriesOf(settled.send, settled.hold, groups).map(keyed);
  const bound = deliveries.flatMap(({ rows: some }) =>
    some.map((row) => ({
      ...waiting(row, { nextAt: timeMs }),
      isHeldOn: true,
    })),
  );
  return {
    deliveries: [...begun, ...deliveries].toSorted(byUrgency),
    settled: [...held, ...bound],
  };
}

/** What need not wait for the end of a night, nor for more of its kind. */
function readyOf(
  { quietHours, isLast }: Pick<Sending, 'quietHours' | 'isLast'>,
  rows: readonly OutboxRecord[],
  { timezone, timeMs }: Pick<Recipient, 'timezone'> & { readonly timeMs: number },
) {
  const groups = new Map<KeyNotice, Rows>();
  const held: NoticeOutcome[] = [];
  for (const some of groupedBy(rows, groupNameOf)) {
    const notice = groupOf(some);
    const sleeper = { quietHours, timezone };
    // Who runs once a day, and in the night, would hold it for ever: one night is enough.
    const isOverdue = (row: OutboxRecord) => firstQuietEndMs(row.createdAt, sleeper) <= timeMs;
    const isSlept = isLast && some.some(isOverdue);
    const quietUntil = isSlept ? timeMs : sendAtMs(notice, timeMs, sleeper);
    const nextAt = Math.max(quietUntil, isLast ? 0 : gatheredAtMs(some, notice));
    if (nextAt > timeMs) held.push(...some.map((row) => waiting(row, { nextAt })));
    else groups.set(notice, some);
  }
  return { groups, held };
}

function deliveriesOf(
  send: readonly Notice[],
  hold: readonly KeyNotice[],
  groups: ReadonlyMap<KeyNotice, Rows>,
): readonly Delivery[] {
  const alone = new Set<Notice>([...send, ...hold]);
  const inDigest = [...groups].filter(([notice]) => !alone.has(notice));
  return send.flatMap((notice) => {
    const rows =
      notice.kind === 'digest'
        ? inDigest.filter(([one]) => isPartOf(one, notice)).flatMap(([, some]) => some)
        : (groups.get(notice) ?? []);
    const [first, ...rest] = rows;
    return first === undefined ? [] : [{ notice, rows: [first, ...rest] as const }];
  });
}

/** Two digests at most: of what is urgent, and of all else. */
function isPartOf(notice: KeyNotice, digest: Notice): boolean {
  return isUrgent(notice) === isUrgent(digest);
}

/** The key stands in the rows before it is sent. */
function keyed({ notice, rows }: Delivery): Delivery {
  const [first, ...rest] = rows;
  const sentAs = idempotencyKeyOf(notice, first.ownerId ?? first.recipient);
  const bound = { sentAs, isDigest: notice.kind === 'digest' };
  return { notice, rows: [{ ...first, ...bound }, ...rest.map((row) => ({ ...row, ...bound }))] };
}

/** What rows that were bound together tell: one notice, or a digest of them. */
function noticeOf(rows: Rows): Notice {
  const groups = groupedBy(rows, groupNameOf).map(groupOf);
  const [first] = groups;
  if (groups.length === 1 && first !== undefined) return first;
  const all = { nowMs: 0, bound: { count: 0, windowMs: 0 } };
  const [digest] = settleFlood(groups, [], all).send;
  return digest ?? noticeIn(rows[0]);
}
