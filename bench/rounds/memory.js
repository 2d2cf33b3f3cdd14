// One round of `memory`: what the warm cache takes on the heap. Run with --expose-gc.
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { makeKeyturn } from '../../dist/keyturn.js';
import { answering } from '../measure/answering.js';
import { flushed } from '../measure/flushed.js';
import { plaintextOf } from '../measure/keys.js';

const FEW = 100;
const SLICE = 2_000;

answering(async ({ database, cacheBytes }) => {
  const { url, seed, count } = database;
  const keyturn = await makeKeyturn({ database: url }, { cacheBytes });
  // A few first: what is made once (compiled code, prepared scopes) is there before.
  await fill(keyturn, { seed, from: 0, to: FEW });
  const begun = await heapOf(keyturn);
  await fill(keyturn, { seed, from: FEW, to: count });
  const full = await heapOf(keyturn);
  await keyturn.close();
  const cached = full.cached - begun.cached;
  const grown = full.heapBytes - begun.heapBytes;
  return { hello: { cached, bytesEach: grown / cached, grown } };
});

/** @param {import('keyturn').Keyturn} keyturn @param {{ seed: string, from: number, to: number }} of */
async function fill(keyturn, { seed, from, to }) {
  for (let index = from; index < to; index += 1) {
    const verdict = await keyturn.verify({ plaintext: plaintextOf(seed, index) });
    if (!verdict.valid) throw new Error(`A key was refused: ${verdict.code}`);
    if (index % SLICE === 0) await pause(1);
  }
}

/** After a flush and a collection: only the cache is left. @param {import('keyturn').Keyturn} keyturn */
async function heapOf(keyturn) {
  await flushed(keyturn);
  globalThis.gc?.();
  globalThis.gc?.();
  const secrets = keyturn.metrics().find(({ name }) => name === 'keyturn_cache_secrets');
  return {
    heapBytes: process.memoryUsage().heapUsed,
    cached: secrets?.value ?? Number.NaN,
  };
}
