import { AlreadyExistsError, RotationOpenError } from '../errors.js';
import { newRotationId, rotationIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import { perform } from '../lifecycle/change.js';
import { locateKey, viewLocated } from '../lifecycle/change-key.js';
import type { Act } from '../lifecycle/context.js';
import { recordFact, recordKey } from '../lifecycle/key-events.js';
import { requireScope } from '../lifecycle/rights.js';
import type { WriteOptions } from '../public.js';
import type { RotateAnswer, RotateInput, Rotation } from '../rotation-views.js';
import type { Write } from '../store/change.js';
import type { RotationRecord } from '../store/rotation.js';
import type { Key } from '../views.js';
import { type ClaimLink, mintLink, requireLink, showLink } from './claim-link.js';
import { type Details, detailsOf } from './details.js';
import { type Engine, LEASE_MS } from './engine.js';
import { firstDetails } from './first-details.js';
import { handOver } from './hand-over.js';
import { type Order, orderOf } from './order.js';
import { planOf } from './plan.js';
import { claimDueAt } from './reminders.js';
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
  call: { readonly id: string; readonly input: RotateInput; readonly options: WriteOptions },
): Promise<RotateAnswer> {
  const { id, input, options } = call;
  requireScope(act.rights, 'keys:rotate');
  // An emergency ends secrets for ever.
  if (input.compromised === true) requireScope(act.rights, 'keys:revoke');
  const link = input.deliver === 'claim' ? requireLink(mintLink(engine), '/deliver') : null;
  await tellUses(engine);
  const order = async () => orderOf(act, await locateKey(act, id), input);
  if (input.dryRun === true) return { plan: await planOf(act, await order()) };
  const performed = await perform(
    act,
    { operation: `key.rotate ${id}`, input, ...options },
    async () => {
      const wanted = await order();
      const first = await firstDetails(act, wanted);
      return planStart(engine, act, { order: wanted, first, link });
    },
  ).catch((error: unknown) => openInstead(act, id, error));
  const { key, rotation } = performed.answer;
  if (performed.kind === 'replayed') return answeredAgain(act, { key, rotation });
  if (link !== null && rotation.claimExpiresAt !== null) {
    return { key, rotation, claim: showLink(link, rotation.claimExpiresAt) };
  }
  if (rotation.step !== 'issue') return { key, rotation };
  const lease = { owner: engine.instanceId, fence: 1 };
  return handOver(engine, act, { id: rotation.id, lease });
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

/** The row of a new rotation, its event and, in an emergency, the end of the one before. */
export async function planStart(
  engine: Engine,
  act: Act,
  {
    order,
    first,
    link,
  }: { readonly order: Order; readonly first: Details; readonly link: ClaimLink | null },
) {
  const { located, open } = order;
  const nowMs = act.lifecycle.nowMs();
  const step = firstStepOf(first);
  const claimClosesAt = step === 'announce' ? nowMs + first.terms.claim.closeMs : null;
  const linkBy = step === 'announce' ? act.rights.actor : null;
  const end = endedAtOnce(act, located.key, first);
  const details = { ...first, claimClosesAt, linkBy, revokedAt: end.revokedAt };
  const rotation: RotationRecord = {
    id: newRotationId({ nowMs, random: act.lifecycle.ports.random }),
    keyId: located.key.id,
    keyspaceId: located.key.keyspaceId,
    state: step === 'issue' ? 'running' : 'waiting',
    step,
    isOpen: true,
    nextAt: step === 'issue' || end.revokedAt !== null ? nowMs : claimDueAt(details, nowMs),
    claimDigest: step === 'announce' && link !== null ? link.digest : null,
    details: JSON.stringify(details),
    evidence: null,
    createdAt: nowMs,
    updatedAt: nowMs,
    closedAt: null,
    lateAt: null,
    version: 1,
  };
  const lease =
    step === 'issue' ? { owner: engine.instanceId, fence: 1, untilMs: nowMs + LEASE_MS } : null;
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
  const change = {
    writes: [...end.change.writes, ...ended.map(({ write }) => write), insert],
    events: [...end.change.events, ...ended.map(({ event }) => event), started.event],
    personal: end.change.personal,
  };
  const view = viewRotation(rotation, located.keyspace.name);
  const key = viewLocated(act, { ...located, key: end.key });
  const answer = { key, rotation: view };
  return { change, answer, begun: { rotation, located } };
}

/** Who agrees comes first; a claim is issued when it is opened. */
function firstStepOf({ terms, deliver }: Details): 'approve' | 'announce' | 'issue' {
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
    details: JSON.stringify({ ...detailsOf(open), sealed: null, sealedUntil: null }),
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
  return { write, event };
}

/** Of two who begin at once, one does; the other hears of it. */
export async function openInstead(act: Act, id: string, error: unknown): Promise<never> {
  if (!(error instanceof AlreadyExistsError)) throw error;
  const { key } = await locateKey(act, id);
  const open = await act.lifecycle.store.openRotationOf(key.id);
  if (open === undefined) throw error;
  throw new RotationOpenError(open.id, { cause: error });
}
