// Keyturn, embedded, on SQLite, as it is without any setting.
import { createKeyturn } from 'keyturn';
import { answering } from '../measure/answering.js';
import { WANTED } from '../measure/keys.js';
import { serveChecks } from './checking.js';

answering(async ({ path, count }) => {
  const keyturn = await createKeyturn({ database: `sqlite:${path}` });
  /** @type {string[]} */
  const keys = [];
  for (let index = 0; index < count; index += 1) {
    const { plaintext } = await keyturn.keys.create({ name: `key ${index}`, scopes: WANTED });
    keys.push(plaintext);
  }
  const port = await serveChecks(async ({ rawHeaders: headers }) => {
    const verdict = await keyturn.verify({ headers, scopes: WANTED });
    return verdict.valid;
  });
  return { hello: { port, keys }, close: () => keyturn.close() };
});
