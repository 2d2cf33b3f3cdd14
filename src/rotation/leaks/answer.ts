import {
  ForbiddenError,
  type KeyturnError,
  RotationOpenError,
  StateConflictError,
  UnprocessableError,
} from '../../errors.js';
import type { SecretRecord } from '../../keys/secret.js';
import type { KnownLeak } from '../../leak-views.js';
import { type Located, locateKey } from '../../lifecycle/change-key.js';
import type { Act } from '../../lifecycle/context.js';
import { revokeKey } from '../../lifecycle/end-key.js';
import type { RotationRecord } from '../../store/rotation.js';
import { detailsOf } from '../details.js';
import type { Engine } from '../engine.js';
import { mailingOf } from '../link-mail.js';
import type { Order } from '../order.js';
import { rotateKey } from '../start.js';
import { secretOf } from '../step.js';
import type { Terms } from '../terms.js';

const MAX_LOOKS = 3; // At a key that others change meanwhile.
const REASON = 'reported as leaked';
const NO_WAY =
  'The policy says rotate, but nothing would bring the new secret to who needs it: the key has no destination, and no link can be mailed to its owner.';

/** A secret that was found, with the key that it is of. */
export interface Leaked {
  readonly located: Located;
  readonly number: number;
  readonly terms: Terms;
}

/** What was done to it. */
export type Done = Pick<KnownLeak, 'action' | 'rotation' | 'problem'>;

/** Somebody has acted on the secret since it was looked at. */
class OvertakenError extends Error {}

/**
 * Does what the policy says to the secret that was found, and to no other: a key whose secret was
 * replaced meanwhile keeps its new one.
 */
export async function answerLeak(
  engine: Engine,
  act: Act,
  { leaked, isDryRun }: { readonly leaked: Leaked; readonly isDryRun: boolean },
): Promise<Done> {
  let now = leaked;
  for (let look = 1; ; look += 1) {
    try {
      return await answerOnce(engine, act, { leaked: now, isDryRun });
    } catch (error) {
      if (look < MAX_LOOKS && isOvertaken(error)) {
        now = { ...leaked, located: await locateKey(act, leaked.located.key.id) };
      } else if (isRefusal(error)) {
        return { action: 'told', rotation: null, problem: error.message };
      } else throw error;
    }
  }
}

async function answerOnce(
  engine: Engine,
  act: Act,
  { leaked, isDryRun }: { readonly leaked: Leaked; readonly isDryRun: boolean },
): Promise<Done> {
  const { located, number, terms } = leaked;
  const secret = secretOf(located.key, number);
  const open = await act.lifecycle.store.openRotationOf(located.key.id);
  const by = terms.emergency?.onLeakReport ?? 'tell';
  const isEnded = secret === undefined || secret.state === 'revoked';
  if (isEnded || isInHand(open, number)) {
    const rotation = isInHand(open, number) ? (open?.id ?? null) : null;
    return { action: 'none', rotation, problem: null };
  }
  if (by === 'tell') return { action: 'told', rotation: null, problem: null };
  if (by === 'rotate' && secret.state === 'current') {
    return rotated(engine, act, { leaked, isDryRun });
  }
  if (!isDryRun) {
    await revokeKey(act, located.key.id, { reason: REASON, secret: number, options: {} });
  }
  return { action: 'revoked', rotation: null, problem: null };
}

/** An emergency replaces it, wherever that is by now. */
function isInHand(open: RotationRecord | undefined, number: number): boolean {
  if (open === undefined) return false;
  const { isCompromised, oldNumber } = detailsOf(open);
  return isCompromised && oldNumber === number;
}

async function rotated(
  engine: Engine,
  act: Act,
  { leaked, isDryRun }: { readonly leaked: Leaked; readonly isDryRun: boolean },
): Promise<Done> {
  const { located, number } = leaked;
  const deliver = await wayOf(engine, leaked);
  // To revoke it would cut off who uses it: that is not chosen for them.
  if (deliver === null) return { action: 'told', rotation: null, problem: NO_WAY };
  if (isDryRun) return { action: 'rotated', rotation: null, problem: null };
  const answer = await rotateKey(engine, act, {
    id: located.key.id,
    input: { compromised: true, reason: REASON, deliver },
    options: {},
    requireStill: (order) => requireCurrent(order, number),
  });
  // The new secret, or its link, is for others than who reports the old one.
  const rotation = 'rotation' in answer ? answer.rotation.id : null;
  return { action: 'rotated', rotation, problem: null };
}

/** How the new secret gets to who needs it, with nobody to hand it over. */
async function wayOf(
  engine: Engine,
  { located, terms }: Leaked,
): Promise<'destinations' | 'claim' | null> {
  const { key } = located;
  const { automation } = engine.lifecycle.store;
  if ((await automation.destinationsOf(key.id)).length > 0) return 'destinations';
  if (engine.publicBase() === undefined) return null;
  return (await mailingOf(engine, { key, terms })).kind === 'mailed' ? 'claim' : null;
}

/** @throws {OvertakenError} another secret is in use by now, or an emergency replaces this one. */
function requireCurrent({ located, open }: Order, number: number): void {
  const state: SecretRecord['state'] | undefined = secretOf(located.key, number)?.state;
  if (state !== 'current' || isInHand(open, number)) throw new OvertakenError();
}

function isOvertaken(error: unknown): boolean {
  return error instanceof OvertakenError || error instanceof RotationOpenError;
}

/** It cannot be, or not by this caller: people have to know. */
function isRefusal(error: unknown): error is KeyturnError {
  return (
    error instanceof ForbiddenError ||
    error instanceof StateConflictError ||
    error instanceof UnprocessableError ||
    error instanceof RotationOpenError
  );
}
