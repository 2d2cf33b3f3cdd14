// One round of `cold` and of `scale-cold`: every check asks SQLite, because nothing fits the cache.
import { hash } from 'node:crypto';
import { makeKeyturn } from '../../dist/keyturn.js';
// biome-ignore lint/style/noRestrictedImports: the floor is the same statement, whatever becomes of it.
import { findByDigestSql } from '../../dist/store/sql/found-secret.js';
import { answering } from '../measure/answering.js';
import { inTurn } from '../measure/in-turn.js';
import { plaintextOf } from '../measure/keys.js';
import { randomPicks } from '../measure/picks.js';
import { openRaw } from '../measure/sqlite.js';
import { checkOf } from './contenders.js';

const CACHE_BYTES = 1; // One entry at most, and that one is never asked for twice in a row.
const MOST_ASKED = 20_000; // Plaintexts are made beforehand: of a million keys these are asked for.

answering(async ({ database, durationMs }) => {
  const { url, path, seed, count } = database;
  const keyturn = await makeKeyturn({ database: url }, { cacheBytes: CACHE_BYTES });
  await keyturn.open();
  const traffic = trafficOver(seed, count);
  const raw = await openRaw(path);
  const floor = statementOf(raw, traffic);
  const { contender } = checkOf(keyturn, traffic);
  const costs = await inTurn({ floor, ours: contender, again: floor }, durationMs);
  const cached = keyturn.metrics().find(({ name }) => name === 'keyturn_cache_secrets')?.value;
  if (cached === undefined || cached > 1) throw new Error(`${cached} keys were in the cache.`);
  raw.close();
  await keyturn.close();
  return { hello: costs };
});

/** @param {string} seed @param {number} count */
function trafficOver(seed, count) {
  const askedCount = Math.min(count, MOST_ASKED);
  const stride = Math.floor(count / askedCount); // All over the file.
  const keys = Array.from({ length: askedCount }, (_, index) => plaintextOf(seed, index * stride));
  return { keys, picks: randomPicks(askedCount) };
}

/**
 * The digest, and the statement with the columns that Keyturn asks for, prepared once.
 * @param {import('../measure/sqlite.js').Raw} raw
 * @param {import('./contenders.js').Traffic} traffic
 * @returns {import('../measure/in-turn.js').Contender}
 */
function statementOf(raw, { keys, picks }) {
  const statement = raw.prepare(findByDigestSql('?'));
  let at = 0;
  return (count) => {
    let right = 0;
    for (let done = 0; done < count; done += 1) {
      at = at + 1 === picks.length ? 0 : at + 1;
      const key = keys[picks[at] ?? 0] ?? '';
      const found = statement.get(hash('sha256', key, 'base64url'));
      if (found?.state === 'active') right += 1;
    }
    return right;
  };
}
