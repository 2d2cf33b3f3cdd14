// One round of `rotation`: every key of a database is rotated, in waves, and after each wave the same
// commits are made without Keyturn. Run with --expose-gc.
import { join } from 'node:path';
import process from 'node:process';
import { makeKeyturn } from '../../dist/keyturn.js';
// biome-ignore lint/style/noRestrictedImports: which commits were made shows only behind the public face.
import { openSqlite } from '../../dist/store/sqlite/open.js';
import { answering } from '../measure/answering.js';
import { temporaryFolder } from '../measure/folder.js';
import { openRaw } from '../measure/sqlite.js';

const WAVE = 200;
const WARM_WAVES = 5; // What is made once is there after them.
// One entry: each new secret is in the cache once it was tried. That is bounded, and measured by
// `memory`; here it would hide what rotations themselves keep.
const CACHE_BYTES = 1;

answering(async ({ url }) => {
  /** @type {any[][]} The rows of each commit of the last wave. */
  let commits = [];
  const counting = async (/** @type {any} */ options) => {
    const store = await openSqlite(options);
    const { commit } = store;
    store.commit = (/** @type {any} */ change, /** @type {any} */ replan) => {
      commits.push([...change.writes, ...change.events]);
      return commit.call(store, change, replan);
    };
    return store;
  };
  const keyturn = await makeKeyturn(
    { database: url },
    { openStore: counting, cacheBytes: CACHE_BYTES },
  );
  const bare = await openRaw(join(temporaryFolder(), 'bare.db'));
  bare.exec('create table rows (text text)');
  const sums = { rotations: 0, oursMs: 0, bareMs: 0, commits: 0 };
  let heapBefore = 0;
  let cursor;
  for (let wave = 0; cursor !== null; wave += 1) {
    if (wave === WARM_WAVES) heapBefore = heapBytes();
    commits = [];
    const began = performance.now();
    const page = await keyturn.rotations.emergency({
      ...{ keyspace: 'default', compromised: true, reason: 'a bench', overlap: '1h' },
      ...{ limit: WAVE, cursor },
    });
    const oursMs = performance.now() - began;
    if (!('items' in page)) throw new Error('This was no dry run.');
    if (page.items.some(({ plaintext }) => plaintext === undefined)) {
      throw new Error('A key was not rotated.');
    }
    const lengths = commits.map((rows) => rows.map((row) => JSON.stringify(row).length));
    const bareMs = commitAgain(bare, lengths);
    cursor = page.nextCursor;
    sums.rotations += page.items.length;
    sums.commits += commits.length;
    sums.oursMs += oursMs;
    sums.bareMs += bareMs;
  }
  const grownBytes = heapBytes() - heapBefore;
  bare.close();
  await keyturn.close();
  return { hello: { ...sums, grownBytes } };
});

/**
 * As many commits of as many rows of the same lengths. @returns how long they took, in ms
 * @param {import('../measure/sqlite.js').Raw} bare @param {readonly number[][]} commits
 */
function commitAgain(bare, commits) {
  const insert = bare.prepare('insert into rows values (?)');
  const began = performance.now();
  for (const lengths of commits) {
    bare.exec('begin immediate');
    for (const length of lengths) insert.run('x'.repeat(length));
    bare.exec('commit');
  }
  return performance.now() - began;
}

function heapBytes() {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
