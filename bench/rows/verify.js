import { WANTED } from '../measure/keys.js';
import { servedBench } from '../measure/served.js';

const PATH = '/v1/keys/verify';

/**
 * A service asks about a key that it was shown: two keys are checked, its own and that one.
 * @param {string} plaintext
 * @param {string} caller
 */
export function requestOf(plaintext, caller) {
  return {
    method: 'POST',
    path: PATH,
    headers: { authorization: `Bearer ${caller}`, 'content-type': 'application/json' },
    body: JSON.stringify({ plaintext, scopes: WANTED }),
  };
}

export const bench = servedBench({ name: 'verify', route: `POST ${PATH}` }, requestOf);
