import { NotFoundError, StateConflictError } from '../errors.js';
import { rotationIdFrom } from '../keys/id.js';
import { perform } from '../lifecycle/change.js';
import { type Act, keyspaceOf, visibleKeyspaces } from '../lifecycle/context.js';
import { badCursor, limitOf, listOf, pageAt, pageOf } from '../lifecycle/list.js';
import { requireCovers, requireScope } from '../lifecycle/rights.js';
import type { WriteOptions } from '../public.js';
import type { Rotation, RotationAnswer, RotationQuery, RotationVerb } from '../rotation-views.js';
import type { RotationRecord } from '../store/rotation.js';
import type { List } from '../views.js';
import { isRevoked } from './asker.js';
import { isOfferUntold } from './back-out.js';
import { toldLate } from './baseline.js';
import { mintLink, showLink } from './claim-link.js';
import { collect } from './collect.js';
import { detailsOf } from './details.js';
import type { Engine } from './engine.js';
import { kinOf } from './kin.js';
import { lateUsersOf } from './late-users.js';
import { transitionOf } from './machine.js';
import { missedPlaces } from './missed-places.js';
import { keyOf } from './named-key.js';
import { refusedInGrace } from './refused-in-grace.js';
import { isUntold } from './relinked.js';
import { look } from './sight.js';
import type { StepContext } from './step.js';
import { hasTold, tellUses } from './untold.js';
import { decideVerb, type VerbInput } from './verbs.js';
import { viewRotation } from './view.js';
import { lookAt } from './world.js';

/** @throws {NotFoundError} there is none that the caller may see. */
export async function getRotation(engine: Engine, act: Act, id: string): Promise<Rotation> {
  requireScope(act.rights, 'rotations:read');
  const context = await locateRotation(engine, act, id);
  const { store } = act.lifecycle;
  const { rotation } = context;
  const view = await viewNow(context);
  return {
    ...view,
    destinations: [...view.destinations, ...(await missedPlaces(store, rotation))],
    refusedInGrace: await refusedInGrace(context),
    usedAfterEnd: await lateUsersOf(store, rotation),
  };
}

/** Newest first; what was seen is as of when each was last looked at. */
export function listRotations(open: () => Promise<Act>, query: RotationQuery): List<Rotation> {
  return listOf(async (next) => {
    const act = await open();
    const { cursor } = pageAt(query, next);
    requireScope(act.rights, 'rotations:read');
    if (cursor !== undefined && rotationIdFrom(cursor) === undefined) throw badCursor();
    const keyspaces = await visibleKeyspaces(act);
    const named = query.keyspace === undefined ? undefined : await keyspaceOf(act, query.keyspace);
    const limit = limitOf(query);
    const rows = await act.lifecycle.store.listRotations({
      within: named === undefined ? keyspaces.map(({ id }) => id) : [named.id],
      keyId: keyOf(query.key),
      state: query.state,
      isOpen: query.open === true ? true : undefined,
      limit: limit + 1,
      after: cursor ?? null,
    });
    const names = new Map(keyspaces.map(({ id, name }) => [id, name]));
    return pageOf(rows, limit, {
      item: (row) => viewRotation(row, names.get(row.keyspaceId) ?? ''),
      cursor: ({ id }) => id,
    });
  });
}

/**
 * Does what a person says. A `retry` of what was approved issues the secret, and shows it.
 * @throws {StateConflictError} it is not possible where the rotation is.
 */
export async function actOn(
  engine: Engine,
  act: Act,
  word: {
    readonly id: string;
    readonly verb: RotationVerb;
    readonly input: VerbInput;
    readonly options: WriteOptions;
  },
): Promise<RotationAnswer> {
  const { id, verb, input, options } = word;
  requireScope(act.rights, 'keys:rotate');
  const link = verb === 'retry' ? mintLink(engine) : null;
  const askedAt = act.lifecycle.nowMs();
  await hearFirst(engine, act, { id, verb, untilMs: askedAt });
  const call = { operation: `rotation.${verb} ${id}`, input, ...options };
  const performed = await perform(act, call, async () => {
    const context = await locateRotation(engine, act, id);
    if (context.keyspace.isManagement) requireCovers(act.rights, context.key);
    const heard = verb === 'approve' ? await heardNow(context, act) : context;
    const by = act.rights.actor;
    const { requestedBy, approvals } = heard.details;
    const isKin = await kinOf(act.lifecycle, [by, requestedBy, ...approvals.map((one) => one.by)]);
    const speaker = { by, link, askedAt, isKin };
    const decided = await decideVerb(verb, heard, { input, ...speaker });
    const said = { ...decided, lease: null, reason: input.reason };
    const transition = transitionOf(act, heard, said);
    const rotation = viewRotation(transition.rotation, context.keyspace.name);
    return { change: transition.change, answer: { rotation } };
  });
  const { rotation } = performed.answer;
  const known = rotationIdFrom(rotation.id);
  if (rotation.closedAt !== null && known !== undefined) engine.hand.delete(known);
  if (performed.kind === 'replayed') return { rotation, replayed: true };
  if (link !== null && rotation.step === 'announce' && rotation.claimExpiresAt !== null) {
    return { rotation, claim: showLink(link, rotation.claimExpiresAt) };
  }
  const isCollected =
    verb === 'retry' && rotation.step === 'issue' && rotation.deliver === 'answer';
  if (!isCollected) return { rotation };
  const collected = await collect(engine, act, { id });
  if (collected === undefined) {
    throw new StateConflictError('The new secret was given to another request meanwhile.');
  }
  return { rotation: collected.rotation, plaintext: collected.plaintext };
}

/** These ask whether somebody uses the new secret. */
async function hearFirst(
  engine: Engine,
  act: Act,
  {
    id,
    verb,
    untilMs,
  }: { readonly id: string; readonly verb: RotationVerb; readonly untilMs: number },
): Promise<void> {
  if (verb !== 'rollback' && verb !== 'abort' && verb !== 'retry') return;
  await tellUses(engine);
  // A new link discards a secret that nobody uses.
  if (verb === 'retry') return whenTold(engine, act, { id, untilMs });
  // Where one does not tell in time, nothing is ended.
  const isSo = async () => !(await isOfferUntold(await locateRotation(engine, act, id), untilMs));
  await hasTold(engine.lifecycle.ports, isSo);
}

/**
 * Waits until every instance that lives has written out what it saw by then: it does so every second.
 * @throws {StateConflictError} one of them does not.
 */
async function whenTold(
  engine: Engine,
  act: Act,
  { id, untilMs }: { readonly id: string; readonly untilMs: number },
): Promise<void> {
  const isSo = async () => !(await isUntold(await locateRotation(engine, act, id), untilMs));
  if (await hasTold(engine.lifecycle.ports, isSo)) return;
  throw new StateConflictError(
    'An instance has not told whether somebody uses the secret of this claim. Try again, or roll the rotation back.',
  );
}

/**
 * What management keys have asked for and agreed to counts while they live.
 * @throws {StateConflictError} the one that asked is revoked.
 */
async function heardNow(context: StepContext, { lifecycle }: Act): Promise<StepContext> {
  const { details } = context;
  if (await isRevoked(lifecycle, details.requestedBy)) {
    const fix = 'Abort this rotation, and rotate again if it has to be.';
    throw new StateConflictError(`The management key that asked for it is revoked. ${fix}`);
  }
  const gone = await Promise.all(details.approvals.map(({ by }) => isRevoked(lifecycle, by)));
  const approvals = details.approvals.filter((_, index) => gone[index] !== true);
  return { ...context, details: { ...details, approvals } };
}

/** A rotation with all that it is about. */
async function locateRotation(engine: Engine, act: Act, id: string): Promise<StepContext> {
  const { store } = act.lifecycle;
  const rotationId = rotationIdFrom(id);
  const found = rotationId && (await store.getRotation(rotationId, act.rights.within));
  const key = found && (await store.getKey(found.keyId, 'all'));
  const keyspaces = await visibleKeyspaces(act);
  const keyspace = keyspaces.find((one) => one.id === found?.keyspaceId);
  if (found === undefined || key === undefined || keyspace === undefined) {
    throw new NotFoundError('No rotation has this id. Look in the list of rotations.');
  }
  const context = await lookAt(engine, { rotation: found, key, keyspace });
  return found.isOpen ? completed(context) : context;
}

/** Whom its baseline lacks still is waited for already: the next look writes it down. */
async function completed(context: StepContext): Promise<StepContext> {
  const late = toldLate(context.details, await context.scenery.consumers());
  if (late.length === 0) return context;
  const details = { ...context.details, baseline: [...context.details.baseline, ...late] };
  const rotation = { ...context.rotation, details: JSON.stringify(details) };
  return { ...context, details, rotation };
}

/** As it is now: who has moved is looked at anew. */
async function viewNow(context: StepContext): Promise<Rotation> {
  const { rotation, keyspace } = context;
  const sight = isObserved(rotation) ? await look(context) : undefined;
  return viewRotation(rotation, keyspace.name, sight);
}

function isObserved(rotation: RotationRecord): boolean {
  return rotation.isOpen && detailsOf(rotation).observedFrom !== null;
}
