import {
  ForbiddenError,
  IdempotencyInFlightError,
  RotationOpenError,
  StateConflictError,
} from '../errors.js';
import { requireForms } from '../form.js';
import { type KeyId, rotationIdFrom } from '../keys/id.js';
import type { Plaintext } from '../keys/plaintext.js';
import { perform } from '../lifecycle/change.js';
import { locateKey } from '../lifecycle/change-key.js';
import type { Act } from '../lifecycle/context.js';
import * as forms from '../lifecycle/input-forms.js';
import type { Rotation } from '../rotation-views.js';
import type { SelfRotation } from '../self-views.js';
import { type ConsumerUse, networkIn } from '../store/consumers.js';
import type { RotationRecord } from '../store/rotation.js';
import type { Key } from '../views.js';
import { collect } from './collect.js';
import { type Details, detailsOf } from './details.js';
import type { Engine } from './engine.js';
import { firstDetails } from './first-details.js';
import { handOver } from './hand-over.js';
import { type Order, orderOf } from './order.js';
import { phaseOf } from './phase.js';
import { apartFromProbes } from './probed.js';
import { openSealed } from './sealed.js';
import { openInstead, planStart } from './start.js';
import { DAY_MS } from './terms.js';
import { tellUses } from './untold.js';
import { viewRotation } from './view.js';

const MAX_READ = 2_000; // Consumers of one key.
/** Who has just taken a key uses it, too: only who has done so for longer is known. */
const ACQUAINTED_AFTER_MS = DAY_MS;
const ASKS =
  'A consumer that has not used this key before asks for a new secret: approve it, or abort.';

/** A consumer that asks for its own key. */
export interface Asker {
  readonly keyId: KeyId;
  /** The secret that it has shown, which was accepted. */
  readonly secretNumber: number;
  readonly plaintext: Plaintext;
  /** Which of the key's consumers it is. */
  readonly consumerId: string;
  readonly idempotencyKey: string;
}

/**
 * A key's own holder replaces its secret, if its policy allows it. Repeated within ten minutes by
 * who holds the old secret, it answers the same new one again.
 * @throws {ForbiddenError} the policy does not allow it.
 * @throws {RotationOpenError} another rotation is open.
 * @throws {StateConflictError} the secret that was shown is not the one to be replaced.
 * @public
 */
export async function rotateSelf(engine: Engine, act: Act, asker: Asker): Promise<SelfRotation> {
  const { keyId, idempotencyKey, plaintext: old } = asker;
  requireForms([forms.WRITE, { idempotencyKey }]);
  const call = { operation: `self.rotate ${keyId}`, input: null, idempotencyKey };
  await tellUses(engine);
  const performed = await perform(act, call, async () => {
    const order = await orderOf(act, await locateKey(act, keyId), { deliver: 'answer' });
    const uses = await act.lifecycle.store.listConsumers(keyId, MAX_READ);
    const first = await detailsFor(act, order, { asker, uses });
    const network = networkOf(uses, asker);
    return planStart(engine, act, { order, first, link: null, network });
  })
    .catch((error: unknown) => openInstead(act, keyId, error))
    .catch(toldToConsumer);
  const { key, rotation } = performed.answer;
  if (performed.kind === 'replayed') return answeredAgain(engine, act, { asker, id: rotation.id });
  if (rotation.step !== 'issue') return shown({ key, rotation });
  const lease = { owner: engine.instanceId, fence: 1 };
  return shown(await handOver(engine, act, { id: rotation.id, lease, sealTo: old }));
}

/** A consumer may finish no rotation: whoever lost an answer has to ask. */
function toldToConsumer(error: unknown): never {
  if (!(error instanceof RotationOpenError)) throw error;
  const fix =
    'Where you began it and lost the answer, repeat it with the same Idempotency-Key within ten minutes; else ask who gave you the key, and go on with the secret that you have.';
  throw new RotationOpenError(error.rotation.id, { cause: error, fix });
}

/** Who asks, and who is known to use the key. */
interface Asking {
  readonly asker: Asker;
  readonly uses: readonly ConsumerUse[];
}

/** Where the consumer calls from, as a person knows it. */
function networkOf(uses: readonly ConsumerUse[], { consumerId }: Asker): string | undefined {
  const use = uses.find(({ consumer }) => consumer.id === consumerId);
  return use && networkIn(use.consumer);
}

/** A thief must not be able to lock the owner out: see docs/decisions/0030. */
async function detailsFor(act: Act, order: Order, { asker, uses }: Asking): Promise<Details> {
  const { terms, located } = order;
  if (!terms.selfRotation) {
    throw new ForbiddenError(
      'The policy of this key does not let it rotate itself. Ask whoever issued it.',
    );
  }
  const secret = located.key.secrets.find(({ number }) => number === asker.secretNumber);
  if (secret?.state !== 'current') {
    throw new StateConflictError(
      'The secret that was shown is being replaced already. Show the current one.',
    );
  }
  const first = await firstDetails(act, order);
  const isKnown = isAcquainted(act, order, {
    asker,
    uses: apartFromProbes(uses, first.probed),
  });
  const require = [...new Set([...terms.evidence.require, 'E2' as const])];
  return {
    ...first,
    terms: {
      ...first.terms,
      approvers: isKnown ? terms.approvers : Math.max(1, terms.approvers),
      evidence: { ...terms.evidence, require },
    },
    // No time alone ends the old secret.
    atDeadline: first.atDeadline === 'revoke' ? 'hold' : first.atDeadline,
    asks: isKnown ? null : ASKS,
    isOfSelf: true,
  };
}

function isAcquainted({ lifecycle }: Act, { terms }: Order, { asker, uses }: Asking): boolean {
  const { consumerId } = asker;
  const nowMs = lifecycle.nowMs();
  return uses.some(
    ({ consumer, outcome, firstAt, lastAt }) =>
      consumer.id === consumerId &&
      outcome === 'valid' &&
      firstAt <= nowMs - ACQUAINTED_AFTER_MS &&
      lastAt >= nowMs - terms.evidence.baselineMs,
  );
}

/** The answer was lost, or somebody had to agree first. */
async function answeredAgain(
  engine: Engine,
  act: Act,
  { asker, id }: { readonly asker: Asker; readonly id: string },
): Promise<SelfRotation> {
  const { store } = act.lifecycle;
  const rotationId = rotationIdFrom(id);
  const rotation = rotationId && (await store.getRotation(rotationId, 'all'));
  if (rotation === undefined || !rotation.isOpen) {
    throw new StateConflictError(
      'The rotation of this Idempotency-Key is over. Use a new one to rotate again.',
    );
  }
  const details = detailsOf(rotation);
  if (details.newNumber === asker.secretNumber) {
    throw new StateConflictError('This is the new secret already. Keep it, and use it.');
  }
  if (rotation.step === 'approve') return { ...(await shownNow(act, rotation)), replayed: true };
  if (rotation.step === 'issue' && details.approvals.length > 0) {
    const collected = await collect(engine, act, { id: rotation.id, sealTo: asker.plaintext });
    return collected === undefined ? answeredAgain(engine, act, { asker, id }) : shown(collected);
  }
  if (phaseOf(rotation) === 'delivering') {
    throw new IdempotencyInFlightError('The first request with this Idempotency-Key is not done.');
  }
  return reserved(act, rotation, asker);
}

/** The same secret, as long as it is kept, for who shows the one that it was sealed to. */
async function reserved(
  act: Act,
  rotation: RotationRecord,
  { plaintext: old }: Asker,
): Promise<SelfRotation> {
  const { sealed, sealedUntil } = detailsOf(rotation);
  const isKept = sealed !== null && (sealedUntil ?? 0) > act.lifecycle.nowMs();
  const opened = isKept ? openSealed({ rotationId: rotation.id, old }, sealed) : undefined;
  if (opened === undefined) {
    throw new StateConflictError(
      'The new secret was answered, and is kept no longer. Ask whoever issued the key to roll back.',
    );
  }
  return { ...(await shownNow(act, rotation)), plaintext: opened, replayed: true };
}

async function shownNow({ lifecycle }: Act, rotation: RotationRecord): Promise<SelfRotation> {
  const key = await lifecycle.store.getKey(rotation.keyId, 'all');
  const named = { id: rotation.keyId, name: key?.name ?? '' };
  return shown({ key: named, rotation: viewRotation(rotation, '') });
}

/** What a consumer is told: not what its issuer keeps with it. */
function shown({
  key,
  rotation,
  plaintext,
}: {
  readonly key: Pick<Key, 'id' | 'name'>;
  readonly rotation: Rotation;
  readonly plaintext?: string;
}): SelfRotation {
  const { id, state, oldSecret, newSecret, deadline, asks, stop } = rotation;
  return {
    key: { id: key.id, name: key.name },
    rotation: { id, state, oldSecret, newSecret, deadline, asks, stop },
    ...(plaintext === undefined ? {} : { plaintext }),
  };
}
