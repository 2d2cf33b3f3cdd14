// What is measured in one process: the floor, and Keyturn's check, over the same keys in one order.
import { hash } from 'node:crypto';
import { WANTED } from '../measure/keys.js';

/**
 * Keys, and in which order they come: indexes, used round and round.
 * @typedef {{ readonly keys: readonly string[], readonly picks: Uint32Array }} Traffic
 */

/** What the floor finds its field in: digests of all keys. @param {readonly string[]} keys */
export function floorMap(keys) {
  return new Map(
    keys.map((key, index) => [hash('sha256', key, 'base64url'), { index, valid: true }]),
  );
}

/**
 * The least that a check can be: the digest, one look into a Map, one field of what is found.
 * @param {ReturnType<typeof floorMap>} found
 * @param {Traffic} traffic
 * @returns {import('../measure/in-turn.js').Contender}
 */
export function floorOf(found, { keys, picks }) {
  let at = 0;
  return (count) => {
    let right = 0;
    for (let done = 0; done < count; done += 1) {
      at = at + 1 === picks.length ? 0 : at + 1;
      const key = keys[picks[at] ?? 0] ?? '';
      if (found.get(hash('sha256', key, 'base64url'))?.valid === true) right += 1;
    }
    return right;
  };
}

/**
 * A check as an application makes it, scopes and all. A promise has no `valid`, so one counts as
 * wrong, and a wrong one ends the bench.
 * @param {import('keyturn').Keyturn} keyturn
 * @param {Traffic} traffic
 */
export function checkOf(keyturn, { keys, picks }) {
  const checks = { done: 0 };
  let at = 0;
  /** @type {import('../measure/in-turn.js').Contender} */
  const contender = (count) => {
    let right = 0;
    for (let done = 0; done < count; done += 1) {
      at = at + 1 === picks.length ? 0 : at + 1;
      const plaintext = keys[picks[at] ?? 0] ?? '';
      /** @type {any} */
      const verdict = keyturn.verify({ plaintext, scopes: WANTED });
      if (verdict.valid === true) right += 1;
    }
    checks.done += count;
    return right;
  };
  return { checks, contender };
}

/** How many checks were recorded as valid so far. @param {import('keyturn').Keyturn} keyturn */
export function recordedBy(keyturn) {
  const valid = keyturn
    .metrics()
    .find(({ name, labels }) => name === 'keyturn_checks_total' && labels['outcome'] === 'valid');
  return valid?.value ?? 0;
}
