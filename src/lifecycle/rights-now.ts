import { stateAt } from '../keys/key.js';
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

/** Undefined if the key is active no more, or has none but to end itself. */
async function rightsNow({ lifecycle, rights }: Act): Promise<Rights | undefined> {
  if (rights.key === null || rights.key.rights === null) return undefined;
  const { keyId } = rights.key;
  const key = await lifecycle.store.getKey(keyId, 'all');
  if (key === undefined || stateAt(key, lifecycle.nowMs()) !== 'active') return undefined;
  const { scopes, expiresAt, restrictions } = key;
  return { ...rights, ...granted(keyId, { scopes, expiresAt, restrictions }) };
}
