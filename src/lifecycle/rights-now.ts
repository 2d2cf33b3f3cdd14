import { stateAt } from '../keys/key.js';
import { isLive } from '../keys/secret.js';
import type { SessionCaller } from '../store/change.js';
import { SESSION_IDLE_MS } from '../store/people.js';
import { CallerChangedError } from './change.js';
import type { Act } from './context.js';
import { granted, type Rights } from './rights.js';

const MAX_CHANGES = 10; // Of a caller's rights while it makes one call.

/**
 * Runs an act again where its caller's rights were changed since they were read: by those that it
 * has now. Nothing was written by the first run.
 * @throws {UnauthenticatedError} the caller's key has ended.
 * @public
 */
export async function withRightsOfNow<T>(first: Act, run: (act: Act) => Promise<T>): Promise<T> {
  let act = first;
  for (let change = 1; ; change += 1) {
    try {
      return await run(act);
    } catch (error) {
      if (!(error instanceof CallerChangedError) || change === MAX_CHANGES) throw error;
      const rights = await rightsNow(act);
      if (rights === undefined) throw error;
      act = { ...act, rights };
    }
  }
}

/**
 * The rights that a caller has now; undefined: it is none any more, or the secret that was shown has
 * ended.
 */
export async function rightsStill(act: Act): Promise<Rights | undefined> {
  const { key, secret, session } = act.rights;
  if (session !== null) return (await goesOn(act, session)) ? act.rights : undefined;
  if (key === null) return act.rights;
  const rights = await rightsNow(act);
  if (rights === undefined || secret === null) return rights;
  const record = await act.lifecycle.store.getKey(key.keyId, 'all');
  const shown = record?.secrets.find(({ number }) => number === secret.number);
  return shown !== undefined && isLive(shown.state) ? rights : undefined;
}

/** Whether it is not over, and its person may do what was read: as the commit asks it of a change. */
async function goesOn({ lifecycle }: Act, caller: SessionCaller): Promise<boolean> {
  const { people } = lifecycle.store;
  const nowMs = lifecycle.nowMs();
  const session = await people.getSession(caller.sessionId);
  if (session === undefined || session.personId !== caller.personId) return false;
  if (session.expiresAt <= nowMs || session.seenAt + SESSION_IDLE_MS <= nowMs) return false;
  const person = await people.getPerson(session.personId);
  return (
    person?.role === caller.role &&
    JSON.stringify(person.keyspaces) === JSON.stringify(caller.keyspaces)
  );
}

/** Undefined if the key is active no more, or has none but to end itself. */
async function rightsNow({ lifecycle, rights }: Act): Promise<Rights | undefined> {
  if (rights.key === null || rights.key.rights === null) return undefined;
  const { keyId } = rights.key;
  const key = await lifecycle.store.getKey(keyId, 'all');
  if (key === undefined || stateAt(key, lifecycle.nowMs()) !== 'active') return undefined;
  const { scopes, expiresAt, restrictions } = key;
  return { ...rights, ...granted(keyId, { scopes, expiresAt, restrictions }) };
}
