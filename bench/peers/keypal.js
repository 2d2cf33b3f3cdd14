// keypal on SQLite, with its cache, which it is fastest with, and the recording of uses that it
// does without being told.
import { Kysely } from 'kysely';
import { answering } from '../measure/answering.js';
import { serveChecks } from './checking.js';
import { sqliteDialect } from './sqlite-dialect.js';
import { theirs } from './theirs.js';

answering(async ({ path, count }) => {
  const [{ createKeys }, { createKyselyStore }] = await theirs('keypal', 'keypal/kysely');
  const db = new Kysely({ dialect: await sqliteDialect(path) });
  await db.schema
    .createTable('apikey')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('keyHash', 'text', (column) => column.unique())
    .addColumn('metadata', 'text')
    .execute();
  const storage = createKyselyStore({ db, table: 'apikey', provider: 'sqlite' });
  const api = createKeys({ prefix: 'key_', storage, cache: true });
  /** @type {string[]} */
  const keys = [];
  for (let index = 0; index < count; index += 1) {
    const { key } = await api.create({ ownerId: 'acme', scopes: ['reports:read'] });
    keys.push(key);
  }
  const port = await serveChecks(async ({ headers }) => {
    const found = await api.verify(String(headers['x-api-key']));
    return found.valid && api.hasScope(found.record, 'reports:read');
  });
  return { hello: { port, keys }, close: () => db.destroy() };
});
