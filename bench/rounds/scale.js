// One round of `scale`: the floor and the check with so many keys, all of them in the warm cache.
import { setTimeout as pause } from 'node:timers/promises';
import { makeKeyturn } from '../../dist/keyturn.js';
import { answering } from '../measure/answering.js';
import { portsHoldingFlush } from '../measure/held-flush.js';
import { inTurn } from '../measure/in-turn.js';
import { plaintextsOf } from '../measure/keys.js';
import { randomPicks, skewedPicks } from '../measure/picks.js';
import { checkOf, floorMap, floorOf } from './contenders.js';

const CACHE_BYTES = 2 ** 30; // Room for a million keys.
const FILL_SLICE = 2_000;

// It has no `close`: what it counted is not worth writing, and its end ends the process.
answering(async ({ database, durationMs }) => {
  const options = { cacheBytes: CACHE_BYTES, ports: portsHoldingFlush() };
  const keyturn = await makeKeyturn({ database: database.url }, options);
  const keys = plaintextsOf(database.seed, database.count);
  await warm(keyturn, keys);
  const found = floorMap(keys);
  const measure = async (/** @type {Uint32Array} */ picks) => {
    const traffic = { keys, picks };
    const floor = floorOf(found, traffic);
    const { contender } = checkOf(keyturn, traffic);
    return inTurn({ floor, ours: contender, again: floor }, durationMs);
  };
  const random = await measure(randomPicks(keys.length));
  const skewed = await measure(skewedPicks(keys.length));
  return { hello: { random, skewed } };
});

/** @param {import('keyturn').Keyturn} keyturn @param {readonly string[]} keys */
async function warm(keyturn, keys) {
  for (const [index, plaintext] of keys.entries()) {
    await keyturn.verify({ plaintext });
    if (index % FILL_SLICE === 0) await pause(1); // The feed's timers run meanwhile.
  }
  const cached = keyturn.metrics().find(({ name }) => name === 'keyturn_cache_secrets')?.value;
  if (cached !== keys.length) throw new Error(`Only ${cached} of ${keys.length} keys are cached.`);
}
