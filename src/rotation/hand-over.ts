import { KeyturnError, StateConflictError, StoreUnavailableError } from '../errors.js';
import { rotationIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { Plaintext } from '../keys/plaintext.js';
import { type Located, locateKey, viewLocated } from '../lifecycle/change-key.js';
import type { Act } from '../lifecycle/context.js';
import { mintFor } from '../lifecycle/create-key.js';
import type { RotateAnswer } from '../rotate-views.js';
import type { Lease, RotationRecord } from '../store/rotation.js';
import { detailsOf } from './details.js';
import { driveFar, type Engine } from './engine.js';
import { phaseOf } from './phase.js';
import { sealTo } from './sealed.js';
import { viewRotation } from './view.js';

/** A secret that is shown now, with what it belongs to. */
export type Handed = Extract<RotateAnswer, { readonly plaintext: string }>;

/** The link was opened, and is used up; what was issued did not pass. */
export class UntakenError extends StateConflictError {}

/** A rotation that was begun here. */
interface Held {
  readonly id: string;
  readonly lease: Lease;
  /** Keeps it for a while, for who has this secret. */
  readonly sealTo?: Plaintext;
  /** As it was begun; absent: it is read. */
  readonly begun?: Begun;
}

/** A rotation, and its key, as they are read or were written. */
export interface Begun {
  readonly rotation: RotationRecord;
  readonly located: Located;
}

/** A secret that every instance accepts. */
interface Given {
  readonly rotation: RotationRecord;
  readonly located: Located;
  readonly plaintext: string;
}

/**
 * Issues the secret of a rotation that is held, and waits until it is accepted everywhere; then,
 * once, it is shown.
 * @throws {StateConflictError} the rotation was ended, or the secret was not accepted.
 * @throws {StoreUnavailableError} an instance has not confirmed it, and is not known to be gone.
 */
export async function handOver(engine: Engine, act: Act, held: Held): Promise<Handed> {
  const [given] = await handOverAll(engine, act, [held]);
  if (given === undefined) throw ended();
  if (given instanceof KeyturnError) throw given;
  const { rotation, plaintext, located } = given;
  const key = viewLocated(act, located);
  return { key, rotation: viewRotation(rotation, located.keyspace.name), plaintext };
}

/** Likewise of many, in common transactions: each is given, or why it is not. */
export async function handOverAll(
  engine: Engine,
  act: Act,
  all: readonly Held[],
): Promise<readonly (Given | KeyturnError)[]> {
  const taken: Taken[] = [];
  try {
    for (const held of all) {
      const one = await take(engine, act, held);
      if (one !== undefined) taken.push(one);
    }
    const works = taken.map(({ rotation, lease, located }) => ({
      rotation,
      lease,
      key: located.key,
    }));
    const driven = await driveFar(engine, act, works);
    const now = new Map(driven.works.map((work) => [work.rotation.id, work]));
    const answers = new Map<string, Given | KeyturnError>();
    for (const one of taken) {
      answers.set(one.rotation.id, givenOf(one, now.get(one.rotation.id)));
    }
    // What is accepted by now is in this answer or nowhere, whatever failed after.
    const isLost = [...answers.values()].every((answer) => answer instanceof KeyturnError);
    if (driven.fault !== undefined && isLost) throw driven.fault.error;
    return all.map(({ id }) => answers.get(id) ?? ended());
  } finally {
    for (const { rotation } of taken) {
      engine.hand.delete(rotation.id);
      engine.seals.delete(rotation.id);
    }
  }
}

/** As it was written last. */
interface Work {
  readonly rotation: RotationRecord;
  readonly key: KeyRecord | undefined;
}

/** A rotation whose new secret is in hand. */
interface Taken extends Begun {
  readonly lease: Lease;
  readonly plaintext: Plaintext;
}

/** Undefined: it is not there any more. */
async function take(engine: Engine, act: Act, held: Held): Promise<Taken | undefined> {
  const begun = held.begun ?? (await readBegun(engine, act, held.id));
  if (begun === undefined) return undefined;
  const { rotation, located } = begun;
  const plaintext = mintFor(act, located.keyspace, located.key.environment);
  engine.hand.set(rotation.id, plaintext);
  if (held.sealTo !== undefined) {
    const seal = { rotationId: rotation.id, old: held.sealTo };
    engine.seals.set(rotation.id, sealTo(seal, plaintext, act.lifecycle.ports.random));
  }
  return { ...begun, lease: held.lease, plaintext };
}

async function readBegun(engine: Engine, act: Act, text: string): Promise<Begun | undefined> {
  const id = rotationIdFrom(text);
  const rotation = id && (await engine.lifecycle.store.getRotation(id, 'all'));
  return rotation && { rotation, located: await locateKey(act, rotation.keyId) };
}

function givenOf({ plaintext, located }: Taken, now: Work | undefined): Given | KeyturnError {
  const fault = faultOf(now?.rotation);
  if (now === undefined || fault !== undefined) return fault ?? ended();
  const { rotation, key = located.key } = now;
  return { rotation, located: { ...located, key }, plaintext: plaintext.reveal() };
}

function ended(): StateConflictError {
  return new StateConflictError('The rotation was ended meanwhile.');
}

/** Why the new secret is not shown; undefined: it is accepted. */
function faultOf(rotation: RotationRecord | undefined): KeyturnError | undefined {
  const trouble = rotation && detailsOf(rotation).trouble;
  if (rotation?.step === 'announce' && trouble) {
    // Whoever has the link is not told whom its issuer asks.
    return new UntakenError(
      'The new secret did not pass its test and is shown to nobody; the key is as it was. Ask whoever sent the link to make another.',
    );
  }
  if (rotation !== undefined && phaseOf(rotation) === 'delivering') {
    return notTried(rotation);
  }
  if (rotation?.state === 'superseded') {
    return new StateConflictError('An emergency has ended this rotation meanwhile. See its key.');
  }
  const isTakenBack = rotation?.state === 'rolled_back' || rotation?.state === 'aborted';
  if (rotation !== undefined && !isTakenBack) return undefined;
  if (rotation !== undefined && trouble) {
    return notPassed(trouble.message, detailsOf(rotation).isOfSelf);
  }
  return new StateConflictError(
    'The new secret was not accepted, and the key is as it was. Rotate again; see its events.',
  );
}

function notTried(rotation: RotationRecord): KeyturnError {
  // An emergency stays open: what leaked ends in any case.
  const asks = rotation.step === 'issue' ? detailsOf(rotation).asks : null;
  if (asks !== null) return new StateConflictError(asks);
  return new StoreUnavailableError(
    'The new secret could not be tried everywhere in time: an instance is behind, or the store silent. It is taken back; rotate again later.',
  );
}

/** A consumer is not told whom its issuer asks. */
function notPassed(message: string, isOfSelf: boolean): StateConflictError {
  const why = isOfSelf ? 'Go on with the one that you have, and ask again later.' : message;
  return new StateConflictError(
    `The new secret did not pass its policy's probe, and the key is as it was. ${why}`,
  );
}
