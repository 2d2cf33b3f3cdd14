import type { EventType } from '../audit/event.js';
import type { Digest } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import { perform } from '../lifecycle/change.js';
import type { Act } from '../lifecycle/context.js';
import { recordFact } from '../lifecycle/key-events.js';
import type { ConsumerUse } from '../store/consumers.js';
import type { RotationStep } from '../store/rotation.js';
import { tokenDigest } from './claim-link.js';
import { isTurned } from './details.js';
import type { Engine } from './engine.js';
import { transitionOf } from './machine.js';
import { noticeOfDisowned } from './notices.js';
import { isUntold } from './relinked.js';
import { type Decision, type StepContext, secretOf, takenBack } from './step.js';
import { lateUserOf } from './straggler.js';
import { hasTold, tellUses } from './untold.js';
import { lookAtRotation } from './world.js';

/** Steps at which the secret that a link showed can go, and the one before be all there is. */
const ENDING: readonly RotationStep[] = ['issue', 'activate', 'probe', 'observe'];
const DISOWNED = 'rotation.claim_disowned';
const SAID = 'Whoever the link was for says that somebody else has opened it';

/**
 * Whoever has the token of a used link says that somebody else has opened it. People are told once; the
 * secret that it showed ends, unless somebody may have moved to it who was there before: then a person
 * decides. Who has no such token hears the same, and nothing is done.
 */
export async function disownClaim(engine: Engine, act: Act, token: string): Promise<void> {
  const digest = tokenDigest(token);
  if (digest === undefined || (await openedBy(engine, digest)) === undefined) return;
  const untilMs = engine.lifecycle.nowMs();
  await tellUses(engine);
  const { ports } = engine.lifecycle;
  const isTold = await hasTold(ports, async () => {
    const context = await openedBy(engine, digest);
    return context === undefined || !(await isUntold(context, untilMs));
  });
  await perform(act, { operation: 'claim.disown', input: null }, async () => {
    const context = await openedBy(engine, digest);
    if (context === undefined) return { answer: null };
    return { change: await changeOf(act, context, isTold), answer: null };
  });
}

/** The rotation whose link had this token, open or not. Undefined: also where this was heard before. */
async function openedBy(engine: Engine, digest: Digest): Promise<StepContext | undefined> {
  const { store } = engine.lifecycle;
  const rotation = await store.findClaim(digest);
  if (rotation === undefined || rotation.step === 'announce') return undefined;
  const newest = async (type: EventType) => {
    const of = { within: 'all', subjectId: rotation.id, type, limit: 1, order: 'newest' } as const;
    return (await store.listEvents(of))[0]?.sequence ?? 0;
  };
  if ((await newest(DISOWNED)) > (await newest('rotation.claim_opened'))) return undefined;
  return lookAtRotation(engine, rotation);
}

async function changeOf(act: Act, context: StepContext, isTold: boolean) {
  if (!context.rotation.isOpen) return tooLate(act, context);
  const outcome = await disowned(context, isTold);
  return transitionOf(act, context, { outcome, lease: null, type: DISOWNED }).change;
}

/** It is over: people are told, and nothing else is done. */
function tooLate(act: Act, { rotation, details, key, keyspace }: StepContext) {
  const asks = `${SAID}. The rotation is over, and ${takeBack(key.id)}`;
  const { id, keyspaceId, state } = rotation;
  const { event } = recordFact(act, {
    type: DISOWNED,
    keyspaceId,
    subject: { kind: 'rotation', id },
    reason: null,
    before: { state },
    after: { state },
  });
  const told = noticeOfDisowned(act, { rotation, details, key, keyspace }, asks);
  return { writes: told, events: [event], personal: [] };
}

async function disowned(context: StepContext, isTold: boolean): Promise<Decision> {
  const { key, rotation, details, scenery } = context;
  const { newNumber, oldNumber } = details;
  const claimed = isTurned(details) ? oldNumber : newNumber;
  const old = secretOf(key, oldNumber)?.state;
  if (
    isTurned(details) ||
    !ENDING.includes(rotation.step) ||
    (old !== 'current' && old !== 'retiring')
  ) {
    const ends = `Secret ${claimed} is not ended by that: ${takeBack(key.id)}`;
    return asked(context, `${ends}${broughtBackBy(context)}`);
  }
  const users = (await scenery.consumers()).filter(
    ({ secretNumber, outcome }) => secretNumber === newNumber && outcome === 'valid',
  );
  if (isTold && users.every((use) => isStranger(context, use))) {
    const back = takenBack(context);
    const asks = `${SAID}, and the secret that it showed is ended: retry makes another link, abort ends it.`;
    // Whom it cut off were strangers, at an address that is known.
    if (back.kind === 'go') return { ...back, details: { ...back.details, asks, trouble: null } };
  }
  const labels = users.slice(0, 3).map(({ consumer }) => consumer.label);
  const why = isTold ? `is used, by ${labels.join(', ')}` : 'may be in use: an instance is silent';
  return asked(
    context,
    `Secret ${newNumber}, which it showed, ${why}, and nothing is ended by itself now. Are these not the owner's: rollback, then keyturn key revoke ${key.id} --secret ${newNumber}. Are they: finish.`,
  );
}

/** Who was never seen before the rotation, where that can be told. */
function isStranger({ details }: StepContext, { consumer }: ConsumerUse): boolean {
  if (consumer.network === null || details.baseline.length === 0) return false;
  return lateUserOf(details, consumer) === 'intruder';
}

/** Until a person has decided, no evidence and no deadline ends the old secret. */
function asked({ scenery, details: { end } }: StepContext, what: string): Decision {
  // What a deadline has ended, it has ended: that stands in the record.
  const held =
    end === null ? ({ keepsOld: true, atDeadline: 'hold' } as const) : { keepsOld: true };
  const details = { ...held, asks: `${SAID}. ${what}`, disownedAt: scenery.nowMs };
  return { kind: 'stay', state: 'needs_operator', untilMs: scenery.nowMs, details };
}

/** In the grace the one before can be accepted again, by a person. */
function broughtBackBy({ rotation, details }: StepContext): string {
  const { oldNumber, undoUntil } = details;
  if (rotation.step !== 'disable' || undoUntil === null) return '';
  return `. Or accept secret ${oldNumber} again, until ${formatTime(undoUntil)}: keyturn rotation undo ${rotation.id}`;
}

function takeBack(keyId: string): string {
  return `whoever opened it has its secret. Take the key back: keyturn key rotate ${keyId} --compromised --deliver claim --reason R`;
}
