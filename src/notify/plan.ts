import { createHash } from 'node:crypto';
import type { KeyNoticeKind, NoticeKey } from './facts.js';
import { type ItemOf, type KeyNotice, KINDS, type Notice } from './notice.js';

/** What is known of whose keys they are. */
export interface NoticeOwner {
  readonly emails: readonly string[];
  readonly erasedAtMs: number | null;
}

/** Who is told. */
export interface Recipients {
  /** Addresses of one mail; none: the owner is not told. */
  readonly ownerEmails: readonly string[];
  readonly isToOperators: boolean;
  /** Meant for an owner who cannot be reached: operators have to know. */
  readonly isOwnerUnreachable: boolean;
}

/**
 * Who is told of a notice. Operators are told in the place of an owner who has no address, but
 * never of the link of a claim: that is for its owner alone.
 */
export function recipientsOf(notice: Notice, owner: NoticeOwner | null): Recipients {
  const { to } = KINDS[notice.kind];
  const isForOwner = notice.kind !== 'digest' && to !== 'operators';
  const emails = owner === null || owner.erasedAtMs !== null ? [] : owner.emails;
  const isOwnerUnreachable = isForOwner && emails.length === 0;
  const isLink = notice.kind === 'claim_link';
  return {
    ownerEmails: isForOwner ? emails : [],
    isToOperators: !isLink && (to !== 'owner' || isOwnerUnreachable),
    isOwnerUnreachable,
  };
}

/**
 * One notice for each owner, kind, stage and cycle, whatever the number of keys: the earliest key
 * first, each key once for each place that it is told of. The order of the groups is that of their first notice.
 */
export function grouped(notices: readonly KeyNotice[]): readonly KeyNotice[] {
  const groups = new Map<string, KeyNotice>();
  for (const notice of notices) {
    const name = identityOf(notice);
    const before = groups.get(name);
    groups.set(name, before === undefined ? ordered(notice) : merged(before, notice));
  }
  return [...groups.values()];
}

/**
 * The same for every repeat of a notice to one recipient, and for no other: an owner who was told
 * of a stage of a cycle is not told again. It is 32 hexadecimal digits and names nobody.
 */
export function idempotencyKeyOf(notice: Notice, recipient: string): string {
  const text = JSON.stringify([identityOf(notice), recipient]);
  return `ntc_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

/** Keys without an owner are told together: it is the operators who hear of them. */
function identityOf(notice: Notice): string {
  const { keyspace, kind, isEmergency, cycle } = notice;
  const head = [keyspace.id, kind, isEmergency, cycle];
  if (notice.kind === 'digest') return JSON.stringify(head);
  return JSON.stringify([...head, notice.owner?.id ?? null, notice.stage]);
}

function merged<Kind extends KeyNoticeKind>(
  before: KeyNotice<Kind>,
  more: KeyNotice,
): KeyNotice<Kind> {
  if (!isOfSameKind(more, before)) return before;
  const items: readonly ItemOf<Kind>[] = before.items;
  const moreItems: readonly ItemOf<Kind>[] = more.items;
  return ordered<Kind>({ ...before, items: [...items, ...moreItems] });
}

function isOfSameKind<Kind extends KeyNoticeKind>(
  notice: KeyNotice,
  other: KeyNotice<Kind>,
): notice is KeyNotice & KeyNotice<Kind> {
  return notice.kind === other.kind;
}

function ordered<Kind extends KeyNoticeKind>(notice: KeyNotice<Kind>): KeyNotice<Kind> {
  const items: readonly ItemOf<Kind>[] = notice.items;
  const seen = new Set<string>();
  const once = items.toSorted(byTimeAndId).filter((item) => {
    const name = nameOf(item);
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
  return { ...notice, items: once };
}

/** A key is named once for each place that it is told of. */
function nameOf(item: NoticeKey): string {
  const places = ['label', 'network'].map((field): unknown => Reflect.get(item, field));
  return JSON.stringify([item.id, ...places]);
}

function byTimeAndId(left: NoticeKey, right: NoticeKey): number {
  const apart = timeOf(left) - timeOf(right);
  if (apart !== 0) return apart;
  return left.id < right.id ? -1 : Number(left.id > right.id);
}

/** The time that a person has to keep, or else the one at which something happened. */
const TIMES = [
  'dueAtMs',
  'deadlineAtMs',
  'closesAtMs',
  'expiresAtMs',
  'startsAtMs',
  'disablesAtMs',
];

function timeOf(item: object): number {
  const times = TIMES.map((field): unknown => Reflect.get(item, field));
  return times.find((time) => typeof time === 'number') ?? Number.MAX_SAFE_INTEGER;
}
