import { StoreUnavailableError } from '../errors.js';
import { isWellFormed } from '../keys/format.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { KeyspaceClue } from '../views.js';
import type { Verifier } from './verifier.js';

/**
 * The keyspace that is named, or whose keys begin as a text does. It costs who has no key no more of
 * the store than a check does: nothing for a damaged key, and for the rest one question a second.
 * @throws {StoreUnavailableError} it is not known here, and nobody can tell.
 * @public
 */
export function findKeyspace(
  verifier: Verifier,
  clue: KeyspaceClue,
): KeyspaceRecord | undefined | Promise<KeyspaceRecord | undefined> {
  const look = () =>
    'plaintext' in clue
      ? verifier.keyspaces.ofPlaintext(clue.plaintext)
      : verifier.keyspaces.find(clue.name);
  const known = look();
  if (known !== undefined || !isToBeHeardOf(clue)) return known;
  return verifier.news.hear<KeyspaceRecord | undefined>({
    refuse: () => undefined,
    again: look,
    unavailable: () => {
      throw new StoreUnavailableError(
        'The keyspaces cannot be read right now. Try again; if it stays, run keyturn doctor.',
      );
    },
  });
}

function isToBeHeardOf(clue: KeyspaceClue): boolean {
  if (!('plaintext' in clue)) return true;
  const { plaintext } = clue;
  return isWellFormed(plaintext, plaintext.slice(0, Math.max(0, plaintext.indexOf('_'))));
}
