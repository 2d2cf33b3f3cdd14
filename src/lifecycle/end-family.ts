import { KeyturnError, NotFoundError, PartlyDoneError, StateConflictError } from '../errors.js';
import { type KeyId, keyIdFrom } from '../keys/id.js';
import type { KeyAnswer, WriteOptions } from '../public.js';
import type { Key } from '../views.js';
import { type Decided, type Performed, perform } from './change.js';
import { answerOf, decideOn, type Located, locateKey, requireReason } from './change-key.js';
import type { Act } from './context.js';
import { decideEnd, ownScope, revokeKey } from './end-key.js';
import { livingFamily } from './family.js';
import { requireScope } from './rights.js';
import { withRightsOfNow } from './rights-now.js';

const MAX_PASSES = 100; // For what is made meanwhile: each pass ends every maker it finds.

/** How a family is ended, and whom of it one call has ended so far, in however many runs. */
interface Ending {
  readonly reason: string | null;
  readonly secret?: number | undefined;
  readonly options: WriteOptions;
  readonly ended: Set<string>;
}

interface FamilyAnswer {
  readonly key: Key;
  readonly descendants: readonly string[];
}

/**
 * Ends a management key with every key that it made, and those they made. What would be refused is
 * refused before anything is ended. Then makers come after what they made, and the key itself
 * last: after a fault halfway it can be named again, also by itself, and a repeat ends the rest.
 * @throws {PartlyDoneError} some of them are ended, and stay so.
 */
export async function revokeFamily(
  act: Act,
  id: string,
  how: Omit<Ending, 'ended'>,
): Promise<KeyAnswer> {
  const ended = new Set<string>();
  try {
    return await withRightsOfNow(act, (now) => endFamily(now, id, { ...how, ended }));
  } catch (error) {
    if (ended.size === 0 || !(error instanceof KeyturnError)) throw error;
    throw new PartlyDoneError(
      `It stopped halfway (${error.code}). Revoked for ever: ${ended.size} of these keys; others ` +
        'may still work. Repeat the call: it ends the rest. If your own key has ended, use another.',
      { cause: error },
    );
  }
}

async function endFamily(act: Act, id: string, how: Ending): Promise<KeyAnswer> {
  requireScope(act.rights, 'keys:revoke');
  requireReason(how.reason);
  const performed = await endMaker(act, id, how);
  const { key, descendants } = performed.answer;
  // A maker that has lost one secret goes on making keys.
  const maker = keyIdFrom(key.id);
  if (key.state === 'revoked' && maker !== undefined) await endLateOnes(act, maker, how);
  const all = new Set([...descendants, ...how.ended]);
  all.delete(key.id);
  return { ...answerOf(act, performed), descendants: [...all] };
}

/** After all it made, but for the caller's own key, which is needed to the end. */
async function endMaker(act: Act, id: string, how: Ending): Promise<Performed<FamilyAnswer>> {
  const { reason, secret, options, ended } = how;
  const call = {
    operation: `key.revoke ${id}`,
    input: { reason, secret, descendants: true },
    ...options,
  };
  let isChange = false;
  const decide = (located: Located): Decided<FamilyAnswer> => {
    const decided = decideEnd(act, located, { reason, number: secret });
    isChange = 'change' in decided;
    return { ...decided, answer: { ...decided.answer, descendants: [...ended] } };
  };
  const performed = await perform(act, call, async () => {
    const locate = () => locateKey(ownScope(act, id), id);
    const located = await locate();
    decide(located); // What is refused of the maker is refused before what it made is ended.
    const living = await livingFamily(act, located.key.id);
    await endAll(act, butOwn(act, living.toReversed()), how);
    return decideOn(act, await locate(), decide);
  });
  if (performed.kind === 'done' && isChange) ended.add(performed.answer.key.id);
  return performed;
}

/** Who was made after the family was looked at, and before its maker was ended. */
async function endLateOnes(act: Act, id: KeyId, how: Ending): Promise<void> {
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const by = afterOwnEnd(act, how.ended);
    const living = await livingFamily(by, id);
    if (living.length === 0) return;
    const own = living.filter((one) => one === by.rights.key?.keyId);
    await endAll(by, [...butOwn(by, living), ...own], how);
  }
  throw new StateConflictError('Keys are made faster than they are ended. Repeat the call.');
}

async function endAll(act: Act, ids: readonly KeyId[], how: Ending): Promise<void> {
  for (const id of ids) {
    try {
      await revokeKey(act, id, { reason: how.reason, options: {} });
      how.ended.add(id);
    } catch (error) {
      // Somebody has ended and deleted it meanwhile.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}

function butOwn({ rights }: Act, ids: readonly KeyId[]): readonly KeyId[] {
  return ids.filter((id) => id !== rights.key?.keyId);
}

/** Whose key has ended itself in this very call may finish what it was allowed to begin. */
function afterOwnEnd(act: Act, ended: ReadonlySet<string>): Act {
  const own = act.rights.key?.keyId;
  if (own === undefined || !ended.has(own)) return act;
  return { ...act, rights: { ...act.rights, within: 'all', key: null, isUnbound: true } };
}
