// One round of `rotating`: checks of keys that are being rotated, by both their secrets, and of keys
// that are not, in turn, in this process.
import { createKeyturn } from 'keyturn';
import { answering } from '../measure/answering.js';
import { inTurn } from '../measure/in-turn.js';
import { OWNER, plaintextsOf } from '../measure/keys.js';
import { randomPicks } from '../measure/picks.js';
import { checkOf } from './contenders.js';

const WAVE = 200;

answering(async ({ database, durationMs }) => {
  const keyturn = await createKeyturn({ database: database.url });
  const plaintexts = plaintextsOf(database.seed, database.count);
  const half = plaintexts.length / 2;
  const still = plaintexts.slice(half);
  const rotating = await rotated(keyturn, plaintexts.slice(0, half));
  for (const plaintext of [...still, ...rotating]) await keyturn.verify({ plaintext });
  const picks = randomPicks(half);
  const lane = (/** @type {readonly string[]} */ keys) =>
    checkOf(keyturn, { keys, picks }).contender;
  const costs = await inTurn(
    { floor: lane(still), ours: lane(rotating), again: lane(still) },
    durationMs,
  );
  await keyturn.close();
  return { hello: costs };
});

/**
 * Opens a rotation of each of these keys. @returns as many secrets, the old and the new in turn
 * @param {import('keyturn').Keyturn} keyturn @param {readonly string[]} olds
 */
async function rotated(keyturn, olds) {
  const ids = await idsOf(keyturn, olds);
  /** @type {string[]} */
  const secrets = [];
  let cursor;
  while (cursor !== null && secrets.length < olds.length) {
    const page = await keyturn.rotations.emergency({
      ...{ owner: OWNER, compromised: true, reason: 'a bench', overlap: '1h' },
      ...{ limit: Math.min(WAVE, olds.length - secrets.length), cursor },
    });
    if (!('items' in page)) throw new Error('This was no dry run.');
    // The database has one more key, of which they are copies.
    for (const { key, plaintext = '' } of page.items.filter((item) => ids.has(item.key))) {
      secrets.push(secrets.length % 2 === 0 ? ids.get(key) : plaintext);
    }
    cursor = page.nextCursor;
  }
  return secrets;
}

/** @param {import('keyturn').Keyturn} keyturn @param {readonly string[]} plaintexts */
async function idsOf(keyturn, plaintexts) {
  const ids = new Map();
  for (const plaintext of plaintexts) {
    const verdict = await keyturn.verify({ plaintext });
    if (!verdict.valid) throw new Error(`A key was refused: ${verdict.code}`);
    ids.set(verdict.key.id, plaintext);
  }
  return ids;
}
