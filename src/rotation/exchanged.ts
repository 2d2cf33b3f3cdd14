import { StateConflictError } from '../errors.js';
import type { SecretRecord } from '../keys/secret.js';
import type { ConsumerUse } from '../store/consumers.js';
import { usersOf } from './baseline.js';
import { type Details, handedOverAt } from './details.js';
import { look } from './sight.js';
import { type Decision, inState, pastBrownouts, type StepContext, secretOf } from './step.js';

type Stay = Extract<Decision, { readonly kind: 'stay' }>;
type Turned = Stay & Required<Pick<Stay, 'change'>>;

/**
 * Somebody works with the new secret, or may: both stay accepted, and now that one retires.
 * @param takenBackAt up to when every instance has still to tell whether somebody does.
 */
export async function exchanged(
  context: StepContext,
  uses: readonly ConsumerUse[],
  takenBackAt: number | null,
): Promise<Decision> {
  const turned = turnedRound(context, uses, takenBackAt);
  // From where it is delivered it is observed at once: nothing more is written.
  if (context.rotation.step !== 'observe') {
    return { kind: 'go', to: 'observe', details: turned.details, change: turned.change };
  }
  const details = { ...context.details, ...turned.details };
  // What was seen before is of the secret that stays now.
  return { ...turned, seen: JSON.stringify(await look({ ...context, details })) };
}

function turnedRound(
  { key, details, scenery }: StepContext,
  uses: readonly ConsumerUse[],
  takenBackAt: number | null,
): Turned {
  const { nowMs } = scenery;
  const old = secretOf(key, details.oldNumber);
  const successor = secretOf(key, details.newNumber);
  if (old?.state !== 'retiring' || successor?.state !== 'current') {
    throw noWayBack(details, old);
  }
  const retiring = { ...inState(successor, 'retiring'), deadline: null };
  const secrets = [retiring, inState(old, 'current')];
  return {
    kind: 'stay',
    state: 'waiting',
    untilMs: nowMs,
    details: {
      oldNumber: successor.number,
      newNumber: old.number,
      // Those who moved are waited for now; nobody announced an end to them.
      baseline: usersOf(uses, { number: successor.number, sinceMs: 0 }),
      frozenAt: nowMs,
      newSince: nowMs,
      // What holds it has yet to be given the other one: a person does that.
      destinations: (details.destinations ?? []).map((one) => ({
        ...one,
        state: one.state === 'writing' ? ('writing' as const) : ('waiting' as const),
        isConfirmed: false,
        at: null,
      })),
      trouble: null,
      sealedForDelivery: null,
      waivers: [], // They were of the other secret, as its brown-outs were.
      ...pastBrownouts(details),
      brownoutAnnounced: null,
      softAt: null,
      // Its times count from now; who may have seen the secret that ends, from then.
      deliveredAt: nowMs,
      handedOverAt: handedOverAt(details),
      // A person has taken an emergency back: no clock of it ends anything now.
      isCompromised: false,
      observedFrom: nowMs,
      deadline: null,
      atDeadline: 'hold',
      keepsOld: false,
      lateSince: null,
      asks: null,
      takenBackAt,
    },
    change: { type: 'secret.retiring', secrets },
  };
}

function noWayBack(
  { oldNumber, newNumber }: Details,
  old: SecretRecord | undefined,
): StateConflictError {
  const isOld = old?.state !== 'retiring';
  const ended = isOld ? oldNumber : newNumber;
  const fix = isOld
    ? `Go on with secret ${newNumber}, or rotate again.`
    : `It is looked at in a moment; then rotate again.`;
  return new StateConflictError(
    `Secret ${ended} is not accepted any more, so that nothing can be rolled back. ${fix}`,
  );
}
