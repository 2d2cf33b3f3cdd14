import { WANTED } from '../measure/keys.js';
import { servedBench } from '../measure/served.js';

const PATH = '/v1/authorize';

/** A gateway passes on what the consumer sent. @param {string} plaintext */
export function requestOf(plaintext) {
  return {
    method: 'GET',
    path: `${PATH}?scopes=${WANTED.join('+')}`,
    headers: { 'x-api-key': plaintext },
  };
}

export const bench = servedBench({ name: 'authorize', route: `GET ${PATH}` }, requestOf);
