import type { KeyspaceId } from '../keys/id.js';
import type { FactsOf, KeyNoticeKind, NoticeKey } from './facts.js';

/** What all notices have. */
interface NoticeHead {
  readonly keyspace: { readonly id: KeyspaceId; readonly name: string };
  /** Of an emergency: nothing holds it back. */
  readonly isEmergency: boolean;
}

/**
 * A notice about keys of one owner. `stage` and `cycle` say which of its kind it is (`30d` of the
 * cycle that is due on 1 March; the id of a rotation): an owner is told once of each.
 */
type KeyNoticeOfKind<Kind extends KeyNoticeKind> = NoticeHead & {
  readonly kind: Kind;
  readonly owner: { readonly id: string; readonly name: string | null } | null;
  readonly stage: string;
  readonly cycle: string;
  /** At least one; the earliest first. */
  readonly items: readonly ItemOf<Kind>[];
  /** Channels that hear of it if its owner cannot be told. Absent: none. */
  readonly operators?: readonly string[];
};

export type ItemOf<Kind extends KeyNoticeKind> = NoticeKey & FactsOf[Kind];

/**
 * One of the kinds that are about keys.
 */
export type KeyNotice<Kind extends KeyNoticeKind = KeyNoticeKind> = {
  [One in Kind]: KeyNoticeOfKind<One>;
}[Kind];

/** How many notices of one kind a digest stands for, and the first few of their keys. */
export interface DigestPart {
  readonly kind: KeyNoticeKind;
  readonly noticeCount: number;
  readonly keyCount: number;
  readonly firstKeys: readonly NoticeKey[];
}

/**
 * Many notices to one channel, told as one.
 */
export interface Digest extends NoticeHead {
  readonly kind: 'digest';
  /** Tells this digest from every other: made of the notices that it stands for. */
  readonly cycle: string;
  readonly parts: readonly DigestPart[];
}

/**
 * Everything that people are told.
 */
export type Notice = KeyNotice | Digest;

export type NoticeKind = Notice['kind'];

interface KindFacts {
  /** Who is told. A key without an owner, or one without an address, is told to operators. */
  readonly to: 'owner' | 'operators' | 'both';
  readonly severity: 'info' | 'warning' | 'critical';
  /** Never held back by quiet hours. `emergency`: only if it is of one. */
  readonly isUrgent: 'always' | 'emergency';
  /** When it is sent, for the guide. */
  readonly when: string;
}

/**
 * What holds for each kind, whatever its keys. `docs/guides/notices.md` is tested against it.
 * @public
 */
export const KINDS: Readonly<Record<NoticeKind, KindFacts>> = {
  due: {
    to: 'both',
    severity: 'info',
    isUrgent: 'emergency',
    when: 'before a rotation is due, at each stage of `notify.due`',
  },
  not_started: {
    to: 'operators',
    severity: 'critical',
    isUrgent: 'emergency',
    when: 'a rotation is due and cannot begin; told once a day',
  },
  started: {
    to: 'both',
    severity: 'info',
    isUrgent: 'emergency',
    when: 'a rotation has begun, and both secrets are accepted',
  },
  claim_link: {
    to: 'owner',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'a new secret waits behind a link; the link is in this mail alone',
  },
  claim_reminder: {
    to: 'owner',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'the link is not opened, at each stage of `claim.remind`; without the link',
  },
  needs_approval: {
    to: 'operators',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'a rotation waits for an approval',
  },
  needs_operator: {
    to: 'operators',
    severity: 'critical',
    isUrgent: 'emergency',
    when: 'a rotation cannot go on without a person',
  },
  stragglers: {
    to: 'both',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'consumers, by label, still use the old secret, and the deadline comes nearer',
  },
  done: {
    to: 'both',
    severity: 'info',
    isUrgent: 'emergency',
    when: 'a rotation is over, and the old secret is refused',
  },
  failed: {
    to: 'operators',
    severity: 'critical',
    isUrgent: 'emergency',
    when: 'a rotation was rolled back or aborted',
  },
  expiring: {
    to: 'both',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'a key expires soon',
  },
  past_policy: {
    to: 'both',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'a key has kept its secret for longer than its policy allows',
  },
  unused: {
    to: 'both',
    severity: 'info',
    isUrgent: 'emergency',
    when: 'nobody has used a key for as long as `expiry.unused` says',
  },
  new_network: {
    to: 'both',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'a key is used from a network for the first time',
  },
  self_rotation: {
    to: 'both',
    severity: 'warning',
    isUrgent: 'always',
    when: 'a key has replaced its own secret',
  },
  brownout_announced: {
    to: 'both',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'the old secret will be refused for a few minutes, to find who still uses it',
  },
  used_after_end: {
    to: 'both',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'a secret that a rotation has ended is used: by a straggler, or an intruder',
  },
  leaked: {
    to: 'both',
    severity: 'critical',
    isUrgent: 'always',
    when: 'a secret was found where it must not be; once a day for each secret',
  },
  owner_unreachable: {
    to: 'operators',
    severity: 'warning',
    isUrgent: 'emergency',
    when: 'a mail to an owner could not be sent: no address, or it was refused',
  },
  digest: {
    to: 'both',
    severity: 'info',
    isUrgent: 'emergency',
    when: 'more notices than a channel is told one by one: many in one',
  },
};

/**
 * Every kind, in the order in which the guide lists them.
 */
export const noticeKinds: readonly NoticeKind[] = Object.keys(KINDS).filter(isKind);

/**
 * Whether the text names a kind.
 */
export function isKind(text: string): text is NoticeKind {
  return Object.hasOwn(KINDS, text);
}

/** Whether quiet hours leave it alone: somebody may have to act at once. */
export function isUrgent(notice: Notice): boolean {
  return notice.isEmergency || kindsIn(notice).some((kind) => KINDS[kind].isUrgent === 'always');
}

/** How grave it is; a digest is as grave as the gravest that it stands for. */
export function severityOf(notice: Notice): KindFacts['severity'] {
  const severities = kindsIn(notice).map((kind) => KINDS[kind].severity);
  if (notice.isEmergency || severities.includes('critical')) return 'critical';
  return severities.includes('warning') ? 'warning' : 'info';
}

function kindsIn(notice: Notice): readonly NoticeKind[] {
  return notice.kind === 'digest' ? notice.parts.map(({ kind }) => kind) : [notice.kind];
}

/** How many keys it tells of. */
export function keyCountOf(notice: Notice): number {
  if (notice.kind !== 'digest') return notice.items.length;
  return notice.parts.reduce((sum, part) => sum + part.keyCount, 0);
}
