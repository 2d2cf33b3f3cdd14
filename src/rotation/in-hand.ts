import { seal, unseal } from '../deliver/seal.js';
import { digestOf, isSameDigest } from '../keys/digest.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { SecretRecord } from '../keys/secret.js';
import type { Act } from '../lifecycle/context.js';
import { mintFor } from '../lifecycle/create-key.js';
import type { RotationRecord, RotationStep } from '../store/rotation.js';
import { detailsOf } from './details.js';
import type { Engine } from './engine.js';
import type { Transition } from './machine.js';
import { secretOf } from './step.js';

/** Steps at which a secret is on its way to its destinations. */
const ON_ITS_WAY: readonly RotationStep[] = ['issue', 'activate', 'probe', 'deliver'];

/**
 * What goes to destinations is minted by who works on it, and where another process has begun, taken
 * out of its seal. Without a key to seal with it is in this process alone.
 */
export function takeInHand(
  { hand, seals, sealKey }: Engine,
  act: Act,
  at: {
    readonly rotation: RotationRecord;
    readonly key: KeyRecord;
    readonly keyspace: KeyspaceRecord;
  },
): void {
  const { rotation, key, keyspace } = at;
  const { id, step } = rotation;
  if (!ON_ITS_WAY.includes(step)) {
    // It was rolled back on its way: nobody is given it any more.
    if (hand.has(id) && detailsOf(rotation).deliver === 'destinations') {
      hand.delete(id);
      seals.delete(id);
    }
    return;
  }
  const { deliver, newNumber, sealedForDelivery } = detailsOf(rotation);
  if (deliver !== 'destinations') return;
  // Another instance has taken it back meanwhile, and issued another.
  if (!isOf(hand.get(id), secretOf(key, newNumber))) hand.delete(id);
  if (hand.has(id)) return;
  if (step !== 'issue') {
    const known = sealKey && sealedForDelivery && unseal(sealKey, id, sealedForDelivery);
    if (known) hand.set(id, known);
    return;
  }
  const plaintext = mintFor(act, keyspace, key.environment);
  hand.set(id, plaintext);
  if (sealKey !== undefined) seals.set(id, seal(sealKey, id, plaintext));
}

function isOf(plaintext: Plaintext | undefined, secret: SecretRecord | undefined): boolean {
  if (plaintext === undefined || secret === undefined) return false;
  return isSameDigest(digestOf(plaintext.reveal()), secret.digest);
}

/** Once it is delivered, or taken back, nobody here needs it any more. */
export function letGoOf({ hand, seals }: Engine, { rotation, details }: Transition): void {
  const { id, step, isOpen } = rotation;
  const isReissued = step === 'issue' && details.newNumber === null;
  if (details.deliver !== 'destinations' && !isReissued) return;
  if (isOpen && ON_ITS_WAY.includes(step) && !isReissued) return;
  hand.delete(id);
  seals.delete(id);
}
