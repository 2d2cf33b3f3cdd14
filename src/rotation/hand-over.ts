import { KeyturnError, StateConflictError, StoreUnavailableError } from '../errors.js';
import { rotationIdFrom } from '../keys/id.js';
import type { Plaintext } from '../keys/plaintext.js';
import { type Located, locateKey, viewLocated } from '../lifecycle/change-key.js';
import type { Act } from '../lifecycle/context.js';
import { mintFor } from '../lifecycle/create-key.js';
import type { RotateAnswer } from '../rotation-views.js';
import type { Lease, RotationRecord } from '../store/rotation.js';
import { drive, type Engine } from './engine.js';
import { phaseOf } from './phase.js';
import { sealTo } from './sealed.js';
import { viewRotation } from './view.js';

/** A secret that is shown now, with what it belongs to. */
export type Handed = Extract<RotateAnswer, { readonly plaintext: string }>;

/** A rotation that was begun here. */
interface Held {
  readonly id: string;
  readonly lease: Lease;
  /** Keeps it for a while, for who has this secret. */
  readonly sealTo?: Plaintext;
}

/**
 * Issues the secret of a rotation that is held, and waits until it is accepted everywhere; then,
 * once, it is shown.
 * @throws {StateConflictError} the rotation was ended, or the secret was not accepted.
 * @throws {StoreUnavailableError} an instance has not confirmed it, and is not known to be gone.
 */
export async function handOver(engine: Engine, act: Act, held: Held): Promise<Handed> {
  const [answer] = await handOverAll(engine, act, [held]);
  if (answer === undefined) throw ended();
  if (answer instanceof KeyturnError) throw answer;
  return answer;
}

/** Likewise of many, in common transactions: each is shown, or why it is not. */
export async function handOverAll(
  engine: Engine,
  act: Act,
  all: readonly Held[],
): Promise<readonly (Handed | KeyturnError)[]> {
  const taken: Taken[] = [];
  try {
    for (const held of all) {
      const one = await take(engine, act, held);
      if (one !== undefined) taken.push(one);
    }
    const driven = await drive(engine, act, taken);
    const states = new Map(driven.map((rotation) => [rotation.id, rotation]));
    const answers = new Map<string, Handed | KeyturnError>();
    for (const one of taken) {
      answers.set(one.rotation.id, await shown(act, one, states.get(one.rotation.id)));
    }
    return all.map(({ id }) => answers.get(id) ?? ended());
  } finally {
    for (const { rotation } of taken) {
      engine.hand.delete(rotation.id);
      engine.seals.delete(rotation.id);
    }
  }
}

/** A rotation whose new secret is in hand. */
interface Taken extends Located {
  readonly rotation: RotationRecord;
  readonly lease: Lease;
  readonly plaintext: Plaintext;
}

/** Undefined: it is not there any more. */
async function take(engine: Engine, act: Act, held: Held): Promise<Taken | undefined> {
  const id = rotationIdFrom(held.id);
  const rotation = id && (await engine.lifecycle.store.getRotation(id, 'all'));
  if (rotation === undefined) return undefined;
  const located = await locateKey(act, rotation.keyId);
  const plaintext = mintFor(act, located.keyspace, located.key.environment);
  engine.hand.set(rotation.id, plaintext);
  if (held.sealTo !== undefined) {
    const seal = { rotationId: rotation.id, old: held.sealTo };
    engine.seals.set(rotation.id, sealTo(seal, plaintext, act.lifecycle.ports.random));
  }
  return { ...located, rotation, lease: held.lease, plaintext };
}

async function shown(
  act: Act,
  { rotation: { keyId }, keyspace, plaintext }: Taken,
  now: RotationRecord | undefined,
): Promise<Handed | KeyturnError> {
  const fault = faultOf(now);
  if (now === undefined || fault !== undefined) return fault ?? ended();
  const located = await locateKey(act, keyId);
  const rotation = viewRotation(now, keyspace.name);
  return { key: viewLocated(act, located), rotation, plaintext: plaintext.reveal() };
}

function ended(): StateConflictError {
  return new StateConflictError('The rotation was ended meanwhile.');
}

/** Why the new secret is not shown; undefined: it is accepted. */
function faultOf(rotation: RotationRecord | undefined): KeyturnError | undefined {
  if (rotation !== undefined && phaseOf(rotation) === 'delivering') {
    return new StoreUnavailableError(
      'Not every instance has confirmed the new secret. It is taken back; rotate again later.',
    );
  }
  if (rotation?.state === 'superseded') {
    return new StateConflictError('An emergency has ended this rotation meanwhile. See its key.');
  }
  const isTakenBack = rotation?.state === 'rolled_back' || rotation?.state === 'aborted';
  if (rotation !== undefined && !isTakenBack) return undefined;
  return new StateConflictError(
    'The new secret was not accepted, and the key is as it was. Rotate again; see its events.',
  );
}
