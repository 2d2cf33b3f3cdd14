import process from 'node:process';

/**
 * What is used here of the driver that Keyturn would take on this Node.
 * @typedef {object} Raw
 * @property {(sql: string) => void} exec
 * @property {(sql: string) => { get: (...values: unknown[]) => any, all: (...values: unknown[]) => any[],
 *   run: (...values: unknown[]) => { changes: number | bigint, lastInsertRowid: number | bigint } }} prepare
 * @property {() => void} close
 */

/** Opens a file as Keyturn opens it. @param {string} path @returns {Promise<Raw>} */
export async function openRaw(path) {
  const own = process.getBuiltinModule('node:sqlite');
  const /** @type {any} */ driver = own ?? (await import('@photostructure/sqlite'));
  /** @type {any} */
  const raw = new driver.DatabaseSync(path);
  raw.exec('pragma busy_timeout = 5');
  raw.exec('pragma journal_mode = wal');
  raw.exec('pragma synchronous = full');
  raw.exec('pragma foreign_keys = on');
  return raw;
}
