// SQLite for the peers: Kysely's own dialect over the driver that Keyturn takes, too. The pragmas
// are in the peers' favour: a commit does not wait for the disk, as Keyturn's do.
import { SqliteDialect } from 'kysely';
import { openRaw } from '../measure/sqlite.js';

/** @param {string} path */
export async function sqliteDialect(path) {
  const raw = await openRaw(path);
  raw.exec('pragma synchronous = normal');
  const prepare = (/** @type {string} */ sql) => {
    const statement = raw.prepare(sql);
    return {
      reader: /^\s*(?:select|pragma|with)\b|\breturning\b/i.test(sql),
      all: (/** @type {readonly unknown[]} */ values) => statement.all(...values.map(bound)),
      run: (/** @type {readonly unknown[]} */ values) => statement.run(...values.map(bound)),
    };
  };
  const database = { prepare, close: () => raw.close() };
  return new SqliteDialect({ database: /** @type {any} */ (database) });
}

/** What SQLite can bind. @param {unknown} value */
function bound(value) {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.toISOString();
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
