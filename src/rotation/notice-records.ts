import { createHash } from 'node:crypto';
import { seal } from '../deliver/seal.js';
import type { Digest } from '../keys/digest.js';
import { type EventId, type KeyId, newNoticeId, type RotationId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { FactsOf, KeyNoticeKind } from '../notify/facts.js';
import { gatherMsOf } from '../notify/gather.js';
import { KINDS } from '../notify/notice.js';
import type { Ports } from '../ports.js';
import type { Write } from '../store/change.js';
import type { OutboxRecord } from '../store/notices.js';

/** In a policy's list of channels: a mail to the owner. */
export const OWNER_MAIL = 'owner-mail';

interface TellingOf<Kind extends KeyNoticeKind> {
  readonly kind: Kind;
  /** Which of its kind it is: an owner is told of each once. */
  readonly stage: string;
  readonly facts: FactsOf[Kind];
}

/** Something to be told of a key. */
export type Telling =
  | { [Kind in Exclude<KeyNoticeKind, 'claim_link'>]: TellingOf<Kind> }[Exclude<
      KeyNoticeKind,
      'claim_link'
    >]
  | (TellingOf<'claim_link'> & { readonly link: LinkToSeal });

/** The link of a claim, and with what it is sealed until it is sent. */
interface LinkToSeal {
  readonly url: Plaintext;
  readonly digest: Digest;
  readonly sealKey: Plaintext;
}

/** The key that is told of, to whom, and in what course of things. */
interface Subject {
  readonly key: KeyRecord;
  readonly keyspace: Pick<KeyspaceRecord, 'id' | 'name'>;
  /** Of the secret that it is about. */
  readonly hint: string;
  /** As the policy names them. */
  readonly channels: readonly string[];
  readonly isEmergency: boolean;
  /** What it is a stage of: a rotation's id, or the time by which something is due. */
  readonly cycle: string;
  /** Which change of it tells, or which event; a repeat of the same is the same notice. */
  readonly change: number | EventId;
  readonly nowMs: number;
}

/** The outbox's rows of what is to be told: one for each of who is told. */
export function noticesFor(
  ports: Pick<Ports, 'random'>,
  subject: Subject,
  tellings: readonly Telling[],
): readonly Write[] {
  const notices = tellings.flatMap((telling) =>
    recipientsOf(subject, telling).map((to) => recordOf(ports, subject, { telling, to })),
  );
  return notices.length === 0 ? [] : [{ kind: 'insert_notices', notices }];
}

function recipientsOf(
  { key, channels }: Named,
  { kind }: Pick<Telling, 'kind'>,
): readonly string[] {
  const { to } = KINDS[kind];
  const isToOwner = to !== 'operators' && key.owner !== null && channels.includes(OWNER_MAIL);
  // Nobody else may open a claim; all the rest operators hear in the place of an owner.
  const isToOperators = kind !== 'claim_link' && (to !== 'owner' || key.owner === null);
  const operators = isToOperators ? channels.filter((name) => name !== OWNER_MAIL) : [];
  return isToOwner ? [OWNER_MAIL, ...operators] : operators;
}

function recordOf(
  { random }: Pick<Ports, 'random'>,
  subject: Subject,
  { telling, to }: { readonly telling: Telling; readonly to: string },
): OutboxRecord {
  const { key, keyspace, hint, channels, isEmergency, cycle, nowMs } = subject;
  const { kind, stage, facts } = telling;
  const isToOwner = to === OWNER_MAIL;
  const isUrgent = isEmergency || KINDS[kind].isUrgent === 'always';
  const id = newNoticeId({ nowMs, random });
  const notice = {
    kind,
    keyspace: { id: keyspace.id, name: keyspace.name },
    isEmergency,
    // A person's name is looked up when it is sent: it may be erased by then.
    owner: key.owner === null ? null : { id: key.owner, name: null },
    stage,
    cycle,
    items: [{ id: key.id, name: key.name, hint, ...facts }],
    ...(isToOwner && { operators: channels.filter((name) => name !== OWNER_MAIL) }),
  };
  const isLink = kind === 'claim_link';
  return {
    id,
    keyspaceId: keyspace.id,
    idempotencyKey: isLink
      ? linkNameOf({ rotationId: facts.rotationId, keyId: key.id, digest: telling.link.digest })
      : nameOf(subject, { kind, stage, to }),
    recipient: to,
    ownerId: isToOwner ? key.owner : null,
    kind,
    notice: JSON.stringify(notice),
    // Bound to its row: in another's place it opens nothing.
    sealed: isLink ? seal(telling.link.sealKey, id, telling.link.url) : null,
    state: 'waiting',
    tryCount: 0,
    firstTryAt: null,
    // What an owner is told of many keys is one mail: it waits for the others.
    nextAt: isToOwner && !isUrgent ? nowMs + gatherMsOf(kind) : nowMs,
    sentAs: null,
    isDigest: false,
    failure: null,
    createdAt: nowMs,
    sentAt: null,
  };
}

type Named = Pick<Subject, 'channels' | 'cycle' | 'change'> & {
  readonly key: Pick<KeyRecord, 'id' | 'owner'>;
};

/** The idempotency keys of the rows that a key's people are told of something with. */
export function noticeNamesOf(
  subject: Named,
  telling: Pick<Telling, 'kind' | 'stage'>,
): readonly string[] {
  return recipientsOf(subject, telling).map((to) => nameOf(subject, { ...telling, to }));
}

function nameOf(
  { cycle, key, change }: Omit<Named, 'channels'>,
  { kind, stage, to }: Pick<Telling, 'kind' | 'stage'> & { readonly to: string },
): string {
  return hashOf([cycle, key.id, kind, stage, change, to]);
}

/** The idempotency key of the mail that a link is sent in: each link has one. */
export function linkNameOf({
  rotationId,
  keyId,
  digest,
}: {
  readonly rotationId: RotationId;
  readonly keyId: KeyId;
  readonly digest: Digest;
}): string {
  return hashOf([rotationId, keyId, 'claim_link', digest]);
}

function hashOf(name: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(name)).digest('hex');
}
