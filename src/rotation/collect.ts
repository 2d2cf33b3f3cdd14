import { StateConflictError } from '../errors.js';
import { rotationIdFrom } from '../keys/id.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { Act } from '../lifecycle/context.js';
import type { LeasedRotation, RotationRecord } from '../store/rotation.js';
import { drive, type Engine, LEASE_MS, lease } from './engine.js';
import { type Handed, handOver } from './hand-over.js';

const TRY_AGAIN_MS = 50;

/** Whose secret is asked for, after it was agreed to. */
interface Collected {
  readonly id: string;
  /** Keeps it for a while, for who has this secret. */
  readonly sealTo?: Plaintext;
}

/**
 * Takes the rotation, issues its secret, and shows it to who asked.
 * @returns undefined: somebody else has collected it meanwhile, or it has ended.
 * @throws {StateConflictError} others work on it all the time.
 * @throws {StoreUnavailableError} an instance has not confirmed the secret.
 */
export async function collect(
  engine: Engine,
  act: Act,
  { id, ...held }: Collected,
): Promise<Handed | undefined> {
  const rotationId = rotationIdFrom(id);
  const leased = rotationId && (await hold(engine, act, { id: rotationId, step: 'issue' }));
  return leased && handOver(engine, act, { id, lease: leased.lease, ...held });
}

/**
 * Takes a rotation that is at this step, as soon as nobody works on it: an instance that looks at it
 * holds it for a moment, and one that died for as long as a lease.
 * @returns undefined: it is not at this step any more.
 * @throws {StateConflictError} others work on it all the time.
 */
export async function hold(
  engine: Engine,
  act: Act,
  { id, step }: Pick<RotationRecord, 'id' | 'step'>,
): Promise<LeasedRotation | undefined> {
  const { lifecycle } = engine;
  const { clock, timers } = lifecycle.ports;
  const startedAt = clock.monotonicMs();
  while (clock.monotonicMs() - startedAt <= LEASE_MS) {
    const found = await lifecycle.store.getRotation(id, 'all');
    if (found?.isOpen !== true || found.step !== step) return undefined;
    const [leased] = await lease(engine, { id, limit: 1 });
    if (leased?.rotation.step === step) return leased;
    if (leased === undefined) await timers.sleep(TRY_AGAIN_MS);
    else await drive(engine, act, [leased]); // It was moved meanwhile: that lets go of it.
  }
  throw new StateConflictError('Another process works on this rotation now. Try again.');
}
