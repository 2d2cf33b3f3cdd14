import type { Opening } from './opening.js';
import type { Keyturn } from './public.js';
import { findKeyspace } from './verify/find-keyspace.js';

/** What is known of the keyspaces without any right, from memory as far as it can be. */
export function keyspaceFactsOf(
  opening: Pick<Opening, 'current' | 'open'>,
): Keyturn['keyspaceFacts'] {
  return (clue) => {
    const { current } = opening;
    if (current !== undefined) return findKeyspace(current.verifier, clue);
    return opening.open().then(({ verifier }) => findKeyspace(verifier, clue));
  };
}
