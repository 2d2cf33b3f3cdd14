// One round of `allocation`: what a warm check leaves on the heap. Run with --expose-gc and a young
// generation so large that nothing is collected while it is counted.
import { hash } from 'node:crypto';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { createKeyturn } from 'keyturn';
import { answering } from '../measure/answering.js';
import { flushed } from '../measure/flushed.js';
import { plaintextsOf, WANTED } from '../measure/keys.js';

const BREATH_MS = 120; // See `../measure/in-turn.js`.

answering(async ({ database, countedChecks, manyChecks }) => {
  const keyturn = await createKeyturn({ database: database.url });
  const keys = plaintextsOf(database.seed, database.count);
  for (const plaintext of keys) await keyturn.verify({ plaintext });
  // Made beforehand: the request is the caller's own object.
  const requests = keys.map((plaintext) => ({ plaintext, scopes: WANTED }));
  const digest = (/** @type {{ plaintext: string }} */ { plaintext }) =>
    hash('sha256', plaintext, 'base64url').length > 0;
  const check = (/** @type {{ plaintext: string, scopes: string[] }} */ request) => {
    /** @type {any} */
    const verdict = keyturn.verify(request);
    return verdict.valid === true;
  };
  for (const run of [digest, check]) await repeat(run, requests, countedChecks); // Compiled now.
  const digestBytes = allocatedBy(digest, requests, countedChecks);
  const checkBytes = allocatedBy(check, requests, countedChecks);
  const again = allocatedBy(digest, requests, countedChecks);
  await pause(BREATH_MS);
  // As many before it: what compiled code and buffers take once is no growth.
  await repeat(check, requests, manyChecks);
  const before = await settledHeap(keyturn);
  await repeat(check, requests, manyChecks);
  const grownBytes = (await settledHeap(keyturn)) - before;
  await keyturn.close();
  return { hello: { digestBytes, checkBytes, again, grownBytes } };
});

/**
 * @template Request
 * @param {(request: Request) => boolean} run
 * @param {readonly Request[]} requests
 * @param {number} count
 */
function allocatedBy(run, requests, count) {
  collect();
  const before = process.memoryUsage().heapUsed;
  if (times(run, requests, count) !== count) throw new Error('Not every check was accepted.');
  return (process.memoryUsage().heapUsed - before) / count;
}

/**
 * @template Request
 * @param {(request: Request) => boolean} run
 * @param {readonly Request[]} requests
 * @param {number} count
 */
async function repeat(run, requests, count) {
  const slice = 50_000;
  for (let done = 0; done < count; done += slice) {
    times(run, requests, Math.min(slice, count - done));
    await pause(done % (slice * 10) === 0 ? BREATH_MS : 1);
  }
}

/**
 * @template Request
 * @param {(request: Request) => boolean} run
 * @param {readonly Request[]} requests
 * @param {number} count
 */
function times(run, requests, count) {
  let right = 0;
  for (let done = 0; done < count; done += 1) {
    const request = requests[done % requests.length];
    if (request !== undefined && run(request)) right += 1;
  }
  return right;
}

/** What is counted and not yet written is the same both times: nothing.
 * @param {import('keyturn').Keyturn} keyturn
 */
async function settledHeap(keyturn) {
  await flushed(keyturn);
  collect();
  return process.memoryUsage().heapUsed;
}

function collect() {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc.');
  globalThis.gc();
  globalThis.gc();
}
