import {
  AlreadyExistsError,
  RotationOpenError,
  StateConflictError,
  UnprocessableError,
} from '../errors.js';
import { newRotationId, rotationIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import { perform } from '../lifecycle/change.js';
import { locateKey, viewLocated } from '../lifecycle/change-key.js';
import type { Act } from '../lifecycle/context.js';
import { recordFact, recordKey } from '../lifecycle/key-events.js';
import { requireScope } from '../lifecycle/rights.js';
import type { WriteOptions } from '../public.js';
import type { RotateAnswer } from '../rotate-views.js';
import type { RotateInput, Rotation } from '../rotation-views.js';
import type { Write } from '../store/change.js';
import type { Lease, RotationRecord, RotationStep } from '../store/rotation.js';
import type { Key } from '../views.js';
import { mintLink, requireLink, showLink } from './claim-link.js';
import { type Details, detailsOf } from './details.js';
import { drive, type Engine, LEASE_MS } from './engine.js';
import { firstDetails } from './first-details.js';
import { handOver } from './hand-over.js';
import { type LinkOut, mailingOf, withdrawnLink } from './link-mail.js';
import { firstNotices } from './notices.js';
import { type Order, orderOf } from './order.js';
import { planOf } from './plan.js';
import { claimDueAt, unsentDueAt } from './reminders.js';
import { inState } from './step.js';
import { stopOf } from './stop.js';
import { tellUses } from './untold.js';
import { viewRotation } from './view.js';

/**
 * Replaces a key's secret: the new one is accepted, the old one works on until the evidence or the
 * deadline ends it.
 * @throws {RotationOpenError} one is open.
 * @throws {StateConflictError} the key is revoked or expired.
 * @throws {UnprocessableError} the overlap is none, or longer than the policy's.
 */
export async function rotateKey(
  engine: Engine,
  act: Act,
  call: {
    readonly id: string;
    readonly input: RotateInput;
    readonly options: WriteOptions;
    /** Throws where it is not to be, by what the key is as it begins. */
    readonly requireStill?: (order: Order) => void | Promise<void>;
  },
): Promise<RotateAnswer> {
  const { id, input, options } = call;
  requireScope(act.rights, 'keys:rotate');
  // An emergency ends secrets for ever.
  if (input.compromised === true) requireScope(act.rights, 'keys:revoke');
  const link = input.deliver === 'claim' ? requireLink(mintLink(engine), '/deliver') : null;
  await tellUses(engine);
  const order = async () => {
    const wanted = await orderOf(act, await locateKey(act, id), input);
    await call.requireStill?.(wanted);
    return wanted;
  };
  if (input.dryRun === true) return { plan: await planOf(engine, act, await order()) };
  const performed = await perform(
    act,
    { operation: `key.rotate ${id}`, input, ...options },
    async () => {
      const wanted = await order();
      const first = await firstDetails(act, wanted);
      const { key } = wanted.located;
      const mailing = await mailingOf(engine, { key, terms: wanted.terms });
      const out = link === null ? null : { link, mailing };
      return planStart(engine, act, { order: wanted, first, link: out });
    },
  ).catch((error: unknown) => openInstead(act, id, error));
  const { key, rotation } = performed.answer;
  if (performed.kind === 'replayed') return answeredAgain(act, { key, rotation });
  if (link !== null && rotation.claimExpiresAt !== null) {
    return { key, rotation, claim: showLink(link, rotation.claimExpiresAt) };
  }
  const lease = { owner: engine.instanceId, fence: 1 };
  if (rotation.deliver === 'destinations') return delivering(engine, act, { key, rotation, lease });
  if (rotation.step !== 'issue') return { key, rotation };
  return handOver(engine, act, { id: rotation.id, lease });
}

/** As far as it goes now; what takes longer goes on by itself. */
async function delivering(
  engine: Engine,
  act: Act,
  begun: { readonly key: Key; readonly rotation: Rotation; readonly lease: Lease },
): Promise<RotateAnswer> {
  const id = rotationIdFrom(begun.rotation.id);
  const rotation = id && (await act.lifecycle.store.getRotation(id, 'all'));
  if (rotation === undefined) return begun;
  const [now = rotation] = await drive(engine, act, [{ rotation, lease: begun.lease }]);
  const located = await locateKey(act, begun.key.id);
  return { key: viewLocated(act, located), rotation: viewRotation(now, located.keyspace.name) };
}

/** The first answer, as things are by now: what was kept of it is from before the secret was issued. */
async function answeredAgain(
  act: Act,
  first: { readonly key: Key; readonly rotation: Rotation },
): Promise<RotateAnswer> {
  const id = rotationIdFrom(first.rotation.id);
  const rotation = id && (await act.lifecycle.store.getRotation(id, act.rights.within));
  if (rotation === undefined) return { ...first, replayed: true };
  const located = await locateKey(act, first.key.id);
  const view = viewRotation(rotation, located.keyspace.name);
  return { key: viewLocated(act, located), rotation: view, replayed: true };
}

/** Of one that a schedule makes, nobody is here to be shown the link. */
function isShown(link: LinkOut | null, dueAt: number | null): boolean {
  return link !== null && dueAt === null;
}

/** The row of a new rotation, its event and, in an emergency, the end of the one before. */
export async function planStart(
  engine: Engine,
  act: Act,
  {
    order,
    first,
    link,
    dueAt = null,
    network,
  }: {
    readonly order: Order;
    readonly first: Details;
    readonly link: LinkOut | null;
    /** Of the slot that it is begun for. Absent: somebody asked for it. */
    readonly dueAt?: number | null;
    /** Where a consumer that replaces its own secret calls from. */
    readonly network?: string | undefined;
  },
) {
  await requireProbe(engine, first);
  const { located, open } = order;
  const nowMs = act.lifecycle.nowMs();
  const step = firstStepOf(first);
  const isAnnounced = step === 'announce' && first.asks === null;
  const claimClosesAt = isAnnounced ? nowMs + first.terms.claim.closeMs : null;
  const linkBy = step === 'announce' ? act.rights.actor : null;
  const isBegun = step === 'issue' || step === 'preflight';
  const end = endedAtOnce(act, located.key, first);
  const isLinkShown = isShown(link, dueAt);
  const details = { ...first, claimClosesAt, linkBy, isLinkShown, revokedAt: end.revokedAt };
  const rotation: RotationRecord = {
    id: newRotationId({ nowMs, random: act.lifecycle.ports.random }),
    keyId: located.key.id,
    keyspaceId: located.key.keyspaceId,
    state: stateOf(step, first),
    step,
    isOpen: true,
    nextAt: isBegun || end.revokedAt !== null ? nowMs : announcedUntil(details, link, nowMs),
    claimDigest: step === 'announce' && link !== null ? link.link.digest : null,
    details: JSON.stringify(details),
    evidence: null,
    createdAt: nowMs,
    updatedAt: nowMs,
    closedAt: null,
    lateAt: null,
    dueAt,
    version: 1,
  };
  // Who asks waits for it; of what is due by a schedule any instance takes care.
  const isHeld = isBegun && dueAt === null;
  const lease = isHeld ? { owner: engine.instanceId, fence: 1, untilMs: nowMs + LEASE_MS } : null;
  const started = recordFact(act, {
    type: 'rotation.started',
    keyspaceId: rotation.keyspaceId,
    subject: { kind: 'rotation', id: rotation.id },
    reason: details.reason,
    before: {},
    after: {
      key: rotation.keyId,
      policy: details.terms.policy,
      oldSecret: details.oldNumber,
      compromised: details.isCompromised,
      deliver: details.deliver,
      baseline: details.baseline.length,
      stop: stopOf(rotation.keyId, details),
    },
  });
  const ended = open === undefined ? [] : [supersede(act, open, details.reason)];
  const insert: Write = { kind: 'insert_rotation', rotation, lease };
  const moment = { rotation, details, key: end.key, keyspace: located.keyspace };
  const told = firstNotices(act, moment, { link: link ?? undefined, network });
  const change = {
    writes: [...end.change.writes, ...ended.flatMap(({ writes }) => writes), insert, ...told],
    events: [...end.change.events, ...ended.map(({ event }) => event), started.event],
    personal: end.change.personal,
  };
  const view = viewRotation(rotation, located.keyspace.name);
  const key = viewLocated(act, { ...located, key: end.key });
  const answer = { key, rotation: view };
  return { change, answer, begun: { rotation, located } };
}

/** A link that goes to the owner alone is on its way yet. */
function announcedUntil(details: Details, link: LinkOut | null, nowMs: number): number | null {
  const isMailedOnly = link?.mailing.kind === 'mailed' && details.isLinkShown !== true;
  return isMailedOnly ? unsentDueAt(details, nowMs) : claimDueAt(details, nowMs);
}

function stateOf(step: RotationStep, { asks, isOfSelf }: Details): RotationRecord['state'] {
  if (step === 'issue' || step === 'preflight') return 'running';
  return asks !== null && !isOfSelf ? 'needs_operator' : 'waiting';
}

/**
 * Before anything is issued. @throws {UnprocessableError} the configuration does not allow it.
 * @throws {StateConflictError} likewise, for a consumer: it is not told whom its issuer asks.
 */
async function requireProbe({ prober }: Engine, { terms, isOfSelf }: Details): Promise<void> {
  const { probe, policy } = terms;
  const { problem } = probe ? await prober.look(probe) : { problem: null };
  if (problem === null) return;
  if (isOfSelf) {
    throw new StateConflictError(
      'A new secret of this key cannot be tried now. Ask whoever issued the key.',
    );
  }
  const message = `is that of "${policy}", whose probe cannot be run. ${problem}`;
  throw new UnprocessableError([{ pointer: '/policy', message, fix: '' }]);
}

/** Who agrees comes first; a claim is issued when it is opened. */
function firstStepOf({ terms, deliver, isCompromised }: Details): RotationStep {
  // In an emergency nothing is looked at first: what leaked ends.
  if (deliver === 'destinations' && !isCompromised) return 'preflight';
  if (terms.approvers > 0) return 'approve';
  return deliver === 'claim' ? 'announce' : 'issue';
}

/** In an emergency nobody waits until a link is opened: every secret ends as it is made. */
function endedAtOnce(act: Act, before: KeyRecord, { isCompromised, deliver, reason }: Details) {
  const isEnded = isCompromised && deliver === 'claim';
  const changedSecrets = before.secrets
    .filter(({ state }) => isEnded && state !== 'revoked')
    .map((secret) => inState(secret, 'revoked'));
  if (changedSecrets.length === 0) {
    return { revokedAt: null, key: before, change: { writes: [], events: [], personal: [] } };
  }
  const ended = new Map(changedSecrets.map((secret) => [secret.number, secret]));
  const secrets = before.secrets.map((secret) => ended.get(secret.number) ?? secret);
  const { version: expectedVersion } = before;
  const updatedAt = act.lifecycle.nowMs();
  const key: KeyRecord = { ...before, secrets, updatedAt, version: expectedVersion + 1 };
  const write: Write = { kind: 'update_key', key, expectedVersion, changedSecrets };
  const { event, personal } = recordKey(act, 'secret.revoked', { before, after: key, reason });
  return { revokedAt: updatedAt, key, change: { writes: [write], events: [event], personal } };
}

/** An emergency waits for no other rotation: it ends every secret that was issued before it. */
function supersede(act: Act, open: RotationRecord, reason: string | null) {
  const nowMs = act.lifecycle.nowMs();
  const closed: RotationRecord = {
    ...open,
    details: JSON.stringify({
      ...detailsOf(open),
      sealed: null,
      sealedUntil: null,
      sealedForDelivery: null,
    }),
    state: 'superseded',
    isOpen: false,
    nextAt: null,
    claimDigest: null,
    closedAt: nowMs,
    updatedAt: nowMs,
    version: open.version + 1,
  };
  const { event } = recordFact(act, {
    type: 'rotation.superseded',
    keyspaceId: open.keyspaceId,
    subject: { kind: 'rotation', id: open.id },
    reason,
    before: { state: open.state },
    after: { state: 'superseded' },
  });
  const expectedVersion = open.version;
  const write: Write = { kind: 'update_rotation', rotation: closed, expectedVersion, lease: null };
  const before = { rotation: open, details: detailsOf(open) };
  const withdrawn = withdrawnLink(before, { claimDigest: null, timeMs: nowMs });
  return { writes: [write, ...withdrawn], event };
}

/** Of two who begin at once, one does; the other hears of it. */
export async function openInstead(act: Act, id: string, error: unknown): Promise<never> {
  if (!(error instanceof AlreadyExistsError)) throw error;
  const { key } = await locateKey(act, id);
  const open = await act.lifecycle.store.openRotationOf(key.id);
  if (open === undefined) throw error;
  throw new RotationOpenError(open.id, { cause: error });
}
