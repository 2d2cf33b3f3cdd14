// A SQLite file with as many keys as wanted: the first is made by Keyturn, the rest are copies of
// its row, because a million commits would take an hour.
import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyturn } from 'keyturn';
import { temporaryFolder } from './folder.js';
import { digestOf, GRANTED, OWNER, plaintextOf } from './keys.js';
import { openRaw } from './sqlite.js';

/** Nothing is left for a server to index while it is measured. */
const INDEXED = { indexed_text: 'template.search_text' };
const ID_DIGITS = 16; // The part of an id that is random.

/**
 * A database for a bench; `plaintextOf(seed, index)` is a key of it for every index below `count`.
 * @typedef {{ readonly path: string, readonly url: string, readonly seed: string,
 *   readonly count: number }} Database
 */

/** @param {number} count @returns {Promise<Database>} */
export async function makeDatabase(count) {
  const path = join(temporaryFolder(), 'keyturn.db');
  const url = `sqlite:${path}`;
  const keyturn = await createKeyturn({ database: url });
  const { key } = await keyturn.keys.create({ name: 'template', owner: OWNER, scopes: GRANTED });
  await keyturn.close();
  const database = { path, url, seed: randomBytes(8).toString('hex'), count };
  await copyKey(database, key.id);
  return database;
}

/** The same keys in a file of its own: one server owns a file. @param {Database} database */
export function copyOf({ path }) {
  const copy = join(temporaryFolder(), 'keyturn.db');
  copyFileSync(path, copy); // Nothing stands in its write-ahead log: see copyKey.
  return `sqlite:${copy}`;
}

/**
 * SQLite does the copying: a row that passes through JavaScript costs ten times as much.
 * @param {Database} database
 * @param {string} templateId
 */
async function copyKey({ path, seed, count }, templateId) {
  const raw = await openRaw(path);
  raw.exec('pragma synchronous = off'); // A file of our own, made before anything is measured.
  raw.exec('pragma cache_size = -262144'); // KiB.
  raw.exec('pragma temp_store = memory');
  raw.exec('create temp table copies (number integer primary key, digest text)');
  raw.exec('begin');
  const add = raw.prepare('insert into copies values (?, ?)');
  for (let index = 0; index < count; index += 1) add.run(index, digestOf(plaintextOf(seed, index)));
  const id = `'${templateId.slice(0, -ID_DIGITS)}' || printf('%0${ID_DIGITS}d', copies.number)`;
  const name = "'key ' || printf('%07d', copies.number)";
  copyRows(raw, {
    table: 'keys',
    where: `id = '${templateId}'`,
    changed: { id, name, ...INDEXED },
  });
  const changed = { key_id: id, digest: 'copies.digest' };
  copyRows(raw, { table: 'secrets', where: `key_id = '${templateId}'`, changed });
  raw.exec('commit');
  raw.exec('pragma wal_checkpoint(truncate)');
  raw.close();
}

/**
 * Inserts a table's row again for every copy, with other values in some columns. Knows no column
 * but these, so that a migration does not break it.
 * @param {import('./sqlite.js').Raw} raw
 * @param {{ table: string, where: string, changed: Record<string, string> }} of
 */
function copyRows(raw, { table, where, changed }) {
  const columns = raw.prepare(`pragma table_info(${table})`).all();
  const names = columns.map(({ name }) => String(name));
  const values = names.map((name) => changed[name] ?? `template."${name}"`);
  raw.exec(`
    insert into ${table} (${names.map((name) => `"${name}"`).join(', ')})
    select ${values.join(', ')}
    from copies, (select * from ${table} where ${where}) template
    order by copies.number`);
}
