import type { Actor } from '../audit/event.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Act } from '../lifecycle/context.js';
import type { Write } from '../store/change.js';
import type { RotationRecord } from '../store/rotation.js';
import type { Details } from './details.js';
import type { Sight } from './evidence.js';
import { type LinkOut, withdrawnLink } from './link-mail.js';
import { noticesFor, type Telling } from './notice-records.js';
import { secretOf } from './step.js';

/** A rotation at a moment, with what it is about. */
interface Moment {
  readonly rotation: RotationRecord;
  readonly details: Details;
  readonly key: KeyRecord;
  readonly keyspace: Pick<KeyspaceRecord, 'id' | 'name'>;
}

/** What is told beside what a rotation keeps. */
interface Told {
  /** That was made by this move. */
  readonly link?: LinkOut | undefined;
  /** Where a consumer that replaces its own secret calls from. */
  readonly network?: string | undefined;
}

/** The notices of a move: none, where the policy names no channel. */
export function noticesOf(
  act: Act,
  before: Pick<Moment, 'rotation' | 'details' | 'keyspace'>,
  { link, ...after }: Omit<Moment, 'keyspace'> & Pick<Told, 'link'>,
): readonly Write[] {
  const claimDigest = waitingLink(after.rotation);
  const rotation = { ...before.rotation, claimDigest: waitingLink(before.rotation) };
  const { updatedAt: timeMs } = after.rotation;
  const withdrawn = withdrawnLink({ ...before, rotation }, { claimDigest, timeMs });
  const moment = { ...after, keyspace: before.keyspace };
  return [...withdrawn, ...written(act, moment, () => tellingsOf(act, { before, moment, link }))];
}

/** A link that was opened is kept for who says that it was not them, and mailed to nobody. */
function waitingLink({ step, claimDigest }: RotationRecord): RotationRecord['claimDigest'] {
  return step === 'announce' ? claimDigest : null;
}

/** The notices of a rotation that begins. */
export function firstNotices(act: Act, moment: Moment, { link, network }: Told): readonly Write[] {
  const tellings = () =>
    [
      approvalOf(undefined, moment),
      selfOf(moment, network),
      linkOf(moment, link),
      askedOf(undefined, moment),
    ].filter((telling) => telling !== undefined);
  return written(act, moment, tellings);
}

/** Of a rotation that is over. */
export function noticeOfDisowned(act: Act, moment: Moment, reason: string): readonly Write[] {
  const { id: rotationId, step } = moment.rotation;
  const facts = { rotationId, step, reason };
  return written(act, moment, () => [{ kind: 'needs_operator', stage: 'disowned', facts }]);
}

function written(act: Act, moment: Moment, tellings: () => readonly Telling[]): readonly Write[] {
  if ((moment.details.terms.notify?.channels ?? []).length === 0) return [];
  return noticesFor(act.lifecycle.ports, subjectOf(moment), tellings());
}

function subjectOf({ rotation, details, key, keyspace }: Moment) {
  return {
    key,
    keyspace,
    hint: (secretOf(key, details.newNumber) ?? secretOf(key, details.oldNumber))?.hint ?? '',
    channels: details.terms.notify?.channels ?? [],
    isEmergency: details.isCompromised,
    cycle: rotation.id,
    change: rotation.version,
    nowMs: rotation.updatedAt,
  };
}

type Before = Pick<Moment, 'rotation' | 'details'>;

function tellingsOf(
  act: Act,
  {
    before,
    moment: after,
    link,
  }: { readonly before: Before; readonly moment: Moment } & Pick<Told, 'link'>,
): readonly Telling[] {
  return [
    approvalOf(before, after),
    linkOf(after, link),
    startedOf(before, after),
    reminderOf(before, after),
    askedOf(before, after),
    brownoutOf(before, after),
    lateOf(before, after),
    endedOf(act, after),
  ].filter((telling) => telling !== undefined);
}

function approvalOf(before: Before | undefined, after: Moment): Telling | undefined {
  const { rotation, details } = after;
  if (rotation.step !== 'approve' || before?.rotation.step === 'approve') return undefined;
  const facts = { rotationId: rotation.id, askedBy: nameOf(details.requestedBy) };
  return { kind: 'needs_approval', stage: 'approve', facts };
}

/** As operators know who acts. */
function nameOf({ kind, id }: Actor): string {
  if (kind === 'scheduler') return 'its schedule';
  return kind === 'consumer'
    ? 'a consumer with the key itself'
    : `${kind.replaceAll('_', ' ')} ${id}`;
}

function selfOf(
  { rotation, details }: Moment,
  network = 'an unknown network',
): Telling | undefined {
  if (!details.isOfSelf) return undefined;
  const { id: rotationId, createdAt: rotatedAtMs } = rotation;
  const facts = { rotationId, rotatedAtMs, network, awaitsOwner: details.asks !== null };
  return { kind: 'self_rotation', stage: 'asked', facts };
}

/** The link goes to the owner alone; operators hear where it cannot. */
function linkOf({ rotation, details }: Moment, out: LinkOut | undefined): Telling | undefined {
  const { id: rotationId, step } = rotation;
  const { claimClosesAt: closesAtMs } = details;
  if (out === undefined || out.mailing.kind === 'not_asked' || closesAtMs === null) {
    return undefined;
  }
  const { link, mailing } = out;
  if (mailing.kind === 'hindered') {
    const facts = { rotationId, step, reason: mailing.reason };
    return { kind: 'needs_operator', stage: 'link', facts };
  }
  const { sealKey } = mailing;
  const facts = { rotationId, closesAtMs };
  return { kind: 'claim_link', stage: 'link', facts, link: { ...link, sealKey } };
}

function startedOf(before: Before, { rotation, details }: Moment): Telling | undefined {
  if (before.details.deliveredAt !== null || details.deliveredAt === null) return undefined;
  const isClaimed = details.deliver === 'claim';
  const facts = { rotationId: rotation.id, deadlineAtMs: details.deadline, isClaimed };
  return { kind: 'started', stage: 'delivered', facts };
}

function reminderOf(before: Before, { rotation, details }: Moment): Telling | undefined {
  const { claimClosesAt: closesAtMs, remindedCount = 0, terms } = details;
  if (closesAtMs === null || remindedCount <= (before.details.remindedCount ?? 0)) return undefined;
  const linkedAtMs = closesAtMs - terms.claim.closeMs;
  const facts = { rotationId: rotation.id, linkedAtMs, closesAtMs };
  return { kind: 'claim_reminder', stage: `reminder ${remindedCount}`, facts };
}

function askedOf(before: Before | undefined, after: Moment): Telling | undefined {
  const { rotation, details } = after;
  // Whose approval is needed is told as that.
  if (before === undefined && rotation.step === 'approve') return undefined;
  if (!isAsking(after) || (before !== undefined && isAsking(before))) return undefined;
  const reason = details.asks ?? 'It failed, and is not tried again by itself.';
  const facts = { rotationId: rotation.id, step: rotation.step, reason };
  return { kind: 'needs_operator', stage: String(rotation.version), facts };
}

/** Before it begins: whoever it refuses can see why, and when. */
function brownoutOf(before: Before, { rotation, details }: Moment): Telling | undefined {
  const announced = details.brownoutAnnounced ?? null;
  const known = before.details.brownoutAnnounced ?? null;
  if (announced === null || announced.number === known?.number) return undefined;
  const { number, startsAt: startsAtMs, share, forMs: lengthMs } = announced;
  const sharePercent = share * 100;
  const facts = { rotationId: rotation.id, startsAtMs, lengthMs, sharePercent };
  return { kind: 'brownout_announced', stage: `brownout ${number}`, facts };
}

function lateOf(before: Before, { rotation, details }: Moment): Telling | undefined {
  if (!isLate(details, before.details)) return undefined;
  const { deadline, atDeadline, lateSince } = details;
  const deadlineAtMs = deadline ?? rotation.updatedAt;
  const labels = stragglersIn(rotation, details);
  const facts = { rotationId: rotation.id, deadlineAtMs, atDeadline, labels };
  return { kind: 'stragglers', stage: lateSince === null ? 'soft' : 'hard', facts };
}

function endedOf(act: Act, { rotation, details }: Moment): Telling | undefined {
  const { id: rotationId, state, updatedAt: finishedAtMs } = rotation;
  if (state === 'completed')
    return { kind: 'done', stage: 'done', facts: { rotationId, finishedAtMs } };
  // Who ends it by hand knows.
  if (act.rights.actor.kind !== 'scheduler') return undefined;
  if (state !== 'rolled_back' && state !== 'aborted') return undefined;
  const facts = { rotationId, state, reason: details.asks ?? 'Its secrets ended.' };
  return { kind: 'failed', stage: state, facts };
}

function isAsking({ rotation, details }: Pick<Moment, 'rotation' | 'details'>): boolean {
  return rotation.isOpen && (rotation.state === 'needs_operator' || details.asks !== null);
}

/** At the soft end of the overlap, and at its deadline. */
function isLate(after: Details, before: Details): boolean {
  const isSoft = (after.softAt ?? null) !== null && (before.softAt ?? null) === null;
  return isSoft || (after.lateSince !== null && before.lateSince === null);
}

/** Who still uses the old secret, as a person knows them. */
function stragglersIn({ evidence }: RotationRecord, { sight }: Details): readonly string[] {
  const seen: Sight | null = evidence === null ? sight : JSON.parse(evidence);
  const left = (seen?.consumers ?? []).filter(
    ({ where }) => where !== 'moved' && where !== 'waived',
  );
  return [...left.map(({ consumer }) => consumer.label), ...(seen?.strangers ?? [])];
}
