// better-auth's API-key plugin on SQLite. Its rate limit, which it has on by default, is off.
import { answering } from '../measure/answering.js';
import { serveChecks } from './checking.js';
import { sqliteDialect } from './sqlite-dialect.js';
import { theirs } from './theirs.js';

const PERMISSIONS = { reports: ['read'] };

answering(async ({ path, count }) => {
  const [{ betterAuth }, { getMigrations }, { apiKey }] = await theirs(
    'better-auth',
    'better-auth/db/migration',
    '@better-auth/api-key',
  );
  const options = {
    baseURL: 'http://127.0.0.1',
    secret: 'of a bench, and of nothing else: 0123456789abcdef',
    database: { dialect: await sqliteDialect(path), type: 'sqlite' },
    emailAndPassword: { enabled: true },
    plugins: [apiKey({ rateLimit: { enabled: false } })],
  };
  await (await getMigrations(options)).runMigrations();
  const { api } = betterAuth(options);
  const body = { email: 'ada@example.com', name: 'Ada', password: 'of a bench alone' };
  const { user } = await api.signUpEmail({ body });
  /** @type {string[]} */
  const keys = [];
  for (let index = 0; index < count; index += 1) {
    const input = { userId: user.id, name: `key ${index}`, permissions: PERMISSIONS };
    keys.push((await api.createApiKey({ body: input })).key);
  }
  const port = await serveChecks(async ({ headers }) => {
    const asked = { key: String(headers['x-api-key']), permissions: PERMISSIONS };
    return (await api.verifyApiKey({ body: asked })).valid;
  });
  return { hello: { port, keys } };
});
