// One round of `search`: the same searches in a file of few keys and in one of many, in turn.
import { createKeyturn } from 'keyturn';
import { answering } from '../measure/answering.js';
import { openRaw } from '../measure/sqlite.js';
import { median } from '../measure/statistics.js';

const TURNS = 25;

/** What somebody types, by how many keys have it. */
/** @type {Record<string, NonNullable<Parameters<import('keyturn').Keyturn['keys']['list']>[0]>>} */
const SEARCHES = {
  frequent: { search: 'live' },
  'one letter': { search: 'k' },
  'one tag in 200': { search: 'team17' },
  rare: { search: '0000012' },
  absent: { search: 'nowhere' },
  'with a filter': { search: 'live team17', owner: 'nobody' },
  'sorted by name': { search: 'live', sort: 'name' },
};

answering(async ({ few, many }) => {
  const [small, large] = [await opened(few), await opened(many)];
  /** @type {Record<string, import('../measure/statistics.js').Round>} */
  const costs = {};
  for (const [name, query] of Object.entries(SEARCHES)) {
    costs[name] = await inTurns(
      () => small.keys.list(query),
      () => large.keys.list(query),
    );
  }
  await small.close();
  await large.close();
  return { hello: costs };
});

/** Open as a tool would: nothing runs beside. @param {import('../measure/database.js').Database} of */
async function opened({ path, url }) {
  const raw = await openRaw(path);
  const words = ["'key'", "printf('%07d', rowid)", "'team' || (rowid % 200)", "'live'"];
  raw.exec('pragma synchronous = off');
  raw.exec('delete from key_terms');
  raw.exec(`update keys set search_text = ' ' || ${words.join(" || ' ' || ")}`);
  for (const word of words) raw.exec(`insert into key_terms select ${word}, id from keys`);
  raw.exec('update keys set indexed_text = search_text');
  raw.exec('pragma wal_checkpoint(truncate)');
  raw.close();
  const keyturn = await createKeyturn({ database: url });
  await keyturn.open();
  return keyturn;
}

/** @param {() => PromiseLike<unknown>} small @param {() => PromiseLike<unknown>} large */
async function inTurns(small, large) {
  /** @type {[number[], number[], number[]]} */
  const taken = [[], [], []];
  for (let turn = 0; turn < TURNS; turn += 1) {
    taken[0].push(await microsOf(small));
    taken[1].push(await microsOf(large));
    taken[2].push(await microsOf(small));
  }
  const [floor, ours, again] = /** @type {[number, number, number]} */ (taken.map(median));
  return { floor, ours, again };
}

/** @param {() => PromiseLike<unknown>} act */
async function microsOf(act) {
  const startedAt = performance.now();
  await act();
  return (performance.now() - startedAt) * 1_000;
}
