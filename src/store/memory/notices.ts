import type { ChannelId, InstanceId, KeyId, KeyspaceId, NoticeId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import {
  type ChannelFilter,
  EMERGENCY_FIELD,
  MAX_COMPANIONS,
  type NoticeFilter,
  type NoticeOutcome,
  type NoticeStore,
  type OutboxRecord,
  type SentRow,
} from '../notices.js';
import { requireWritable } from '../standing.js';
import type { Within } from '../within.js';
import type { Journal } from './journal.js';
import { isWithin } from './lists.js';
import { listConsumers } from './rotations.js';
import { frozen, type HeldNotice, standingOf, type Tables } from './tables.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;

/** The memory's part of `Store.notices`. */
export class MemoryNotices implements NoticeStore {
  readonly #open: () => Tables;

  constructor(open: () => Tables) {
    this.#open = open;
  }

  async getChannel(id: ChannelId, within: Within) {
    const found = this.#open().channels.get(id);
    return found !== undefined && isWithin(within, found.keyspaceId) ? found : undefined;
  }

  async channelNamed(keyspaceId: KeyspaceId, name: string) {
    const all = [...this.#open().channels.values()];
    return all.find((one) => one.keyspaceId === keyspaceId && one.name === name);
  }

  async listChannels({ within, after, limit }: ChannelFilter) {
    return [...this.#open().channels.values()]
      .filter((one) => isWithin(within, one.keyspaceId) && (after === null || one.id > after))
      .sort(byId)
      .slice(0, limit);
  }

  async getNotice(id: NoticeId, within: Within) {
    const found = this.#open().outbox.get(id);
    return found !== undefined && isWithin(within, found.keyspaceId) ? recordOf(found) : undefined;
  }

  async listNotices({ within, state, after, limit }: NoticeFilter) {
    return [...this.#open().outbox.values()]
      .filter(
        (one) =>
          isWithin(within, one.keyspaceId) &&
          (state === undefined || one.state === state) &&
          (after === null || one.id < after),
      )
      .sort((left, right) => byId(right, left))
      .slice(0, limit)
      .map(recordOf);
  }

  async leaseNotices({
    owner,
    nowMs,
    dueMs,
    retryMs,
    urgentKinds,
    leaseMs,
    limit,
  }: Parameters<NoticeStore['leaseNotices']>[0]): Promise<readonly OutboxRecord[]> {
    const { outbox } = this.#open();
    const isMeant = ({ kind, notice }: HeldNotice) =>
      urgentKinds === undefined || urgentKinds.includes(kind) || notice.includes(EMERGENCY_FIELD);
    const due = [...outbox.values()]
      .filter(isMeant)
      .filter(
        ({ state, nextAt, leaseUntil, tryCount }) =>
          state === 'waiting' &&
          nextAt !== null &&
          nextAt <= (tryCount === 0 ? dueMs : retryMs) &&
          leaseUntil <= nowMs,
      )
      .sort((left, right) => (left.nextAt ?? 0) - (right.nextAt ?? 0) || byId(left, right))
      .slice(0, limit);
    if (due.length === 0) return [];
    requireWritable(standingOf(this.#open()));
    const taken = [...due, ...companionsOf(outbox, due, nowMs).filter(isMeant)];
    for (const one of taken) {
      outbox.set(one.id, frozen({ ...one, leaseOwner: owner, leaseUntil: nowMs + leaseMs }));
    }
    return taken.map(recordOf).sort(byId);
  }

  async settleNotices(
    owner: InstanceId,
    outcomes: readonly NoticeOutcome[],
    told: readonly OutboxRecord[] = [],
  ): Promise<void> {
    if (outcomes.length === 0) return;
    requireWritable(standingOf(this.#open()));
    const { outbox } = this.#open();
    for (const { isHeldOn, ...outcome } of outcomes) {
      const stored = outbox.get(outcome.id);
      if (stored?.state !== 'waiting' || stored.leaseOwner !== owner) continue;
      const released = isHeldOn ? {} : { leaseOwner: null, leaseUntil: 0 };
      const erased = outcome.state === 'sent' ? { sealed: null } : {};
      outbox.set(outcome.id, frozen({ ...stored, ...outcome, ...released, ...erased }));
    }
    for (const held of unknownOf(outbox, told)) outbox.set(held.id, held);
  }

  async insertNotices(notices: readonly OutboxRecord[]): Promise<void> {
    if (notices.length === 0) return;
    requireWritable(standingOf(this.#open()));
    const { outbox } = this.#open();
    for (const held of unknownOf(outbox, notices)) outbox.set(held.id, held);
  }

  async sentSince({
    keyspaceId,
    recipient,
    ownerId,
    sinceMs,
    limit,
  }: Parameters<NoticeStore['sentSince']>[0]): Promise<readonly SentRow[]> {
    const sent = new Map<string, SentRow>();
    for (const row of this.#open().outbox.values()) {
      const { sentAs, sentAt, isDigest } = row;
      const isMeant = row.keyspaceId === keyspaceId && row.recipient === recipient;
      if (!isMeant || row.ownerId !== ownerId || sentAt === null || sentAt <= sinceMs) continue;
      sent.set(sentAs ?? '', { sentAs: sentAs ?? '', sentAt, isDigest });
    }
    return [...sent.values()].sort((left, right) => right.sentAt - left.sentAt).slice(0, limit);
  }

  async tellingsOf(idempotencyKeys: readonly string[]) {
    const named = new Set(idempotencyKeys);
    const found = [...this.#open().outbox.values()].filter((one) => named.has(one.idempotencyKey));
    return new Map(
      found.map(({ idempotencyKey, state, sentAt }) => [idempotencyKey, { state, sentAt }]),
    );
  }

  async networksOf(keyIds: readonly KeyId[]) {
    const networks = new Map<KeyId, ReadonlySet<string>>();
    for (const keyId of keyIds) {
      const uses = listConsumers(this.#open(), keyId, Number.POSITIVE_INFINITY);
      const valid = uses.filter(({ outcome }) => outcome === 'valid');
      const known = valid.flatMap(({ consumer }) => consumer.network ?? []);
      if (valid.length > 0) networks.set(keyId, new Set(known));
    }
    return networks;
  }
}

export function putChannel(
  tables: Tables,
  journal: Journal,
  { channel, expectedVersion }: Of<'put_channel'>,
): Conflict | undefined {
  const { id, keyspaceId, name } = channel;
  const isTaken = [...tables.channels.values()].some(
    (other) => other.keyspaceId === keyspaceId && other.name === name && other.id !== id,
  );
  if (isTaken) return 'exists';
  const stored = tables.channels.get(id);
  if (expectedVersion === 0 && stored !== undefined) return 'exists';
  if ((stored?.version ?? 0) !== expectedVersion) return 'version';
  journal.set(tables.channels, id, frozen(channel));
  return undefined;
}

export function deleteChannel(
  tables: Tables,
  journal: Journal,
  { channel, expectedVersion }: Of<'delete_channel'>,
): Conflict | undefined {
  if (tables.channels.get(channel.id)?.version !== expectedVersion) return 'version';
  journal.delete(tables.channels, channel.id);
  return undefined;
}

export function insertNotices(
  tables: Tables,
  journal: Journal,
  { notices }: Of<'insert_notices'>,
): undefined {
  for (const held of unknownOf(tables.outbox, notices)) {
    journal.set(tables.outbox, held.id, held);
  }
}

/** Those that were not told already. */
function unknownOf(
  outbox: Tables['outbox'],
  notices: readonly OutboxRecord[],
): readonly HeldNotice[] {
  if (notices.length === 0) return [];
  const known = new Set([...outbox.values()].map(({ idempotencyKey }) => idempotencyKey));
  const unknown: HeldNotice[] = [];
  for (const notice of notices) {
    if (known.has(notice.idempotencyKey)) continue;
    known.add(notice.idempotencyKey);
    unknown.push(frozen({ ...notice, leaseOwner: null, leaseUntil: 0 }));
  }
  return unknown;
}

export function withdrawLinks(
  tables: Tables,
  journal: Journal,
  { idempotencyKeys }: Of<'withdraw_links'>,
): undefined {
  const withdrawn = new Set(idempotencyKeys);
  for (const { id, idempotencyKey, sealed } of [...tables.outbox.values()]) {
    if (withdrawn.has(idempotencyKey) && sealed !== null) journal.delete(tables.outbox, id);
  }
}

/** What waits for who is told by these and is not on its way, and what is bound to them. */
function companionsOf(
  outbox: Tables['outbox'],
  due: readonly HeldNotice[],
  nowMs: number,
): readonly HeldNotice[] {
  const placeOf = ({ keyspaceId, recipient, ownerId }: HeldNotice) =>
    JSON.stringify([keyspaceId, recipient, ownerId]);
  const places = new Set(due.map(placeOf));
  const bound = new Set(due.map(({ sentAs }) => sentAs).filter((name) => name !== null));
  const taken = new Set(due);
  return [...outbox.values()]
    .filter(
      (one) =>
        one.state === 'waiting' &&
        one.leaseUntil <= nowMs &&
        !taken.has(one) &&
        (one.sentAs === null ? places.has(placeOf(one)) : bound.has(one.sentAs)),
    )
    .sort(byId)
    .slice(0, MAX_COMPANIONS);
}

export function retryNotice(
  tables: Tables,
  journal: Journal,
  { notice, nowMs }: Of<'retry_notice'>,
): Conflict | undefined {
  const stored = tables.outbox.get(notice.id);
  if (stored?.keyspaceId !== notice.keyspaceId || stored.state !== 'dead') return 'version';
  const anew = { state: 'waiting', tryCount: 0, nextAt: nowMs, sentAs: null } as const;
  const untried = { ...stored, ...anew, firstTryAt: null, isDigest: false };
  journal.set(tables.outbox, notice.id, frozen(untried));
  return undefined;
}

function recordOf({ leaseOwner, leaseUntil, ...record }: HeldNotice): OutboxRecord {
  return record;
}

function byId({ id: left }: { readonly id: string }, { id: right }: { readonly id: string }) {
  return left < right ? -1 : 1;
}
