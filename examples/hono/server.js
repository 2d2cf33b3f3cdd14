import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono } from 'hono';
import { createKeyturn } from 'keyturn';
import { mountKeyturn, requireKey } from 'keyturn/hono';

const { KEYTURN_DATABASE: database = 'sqlite:./keyturn.db', PORT: port = '3000' } = process.env;
const keyturn = await createKeyturn({ database, basePath: '/keyturn', log: console });
const app = new Hono();

// Only the runtime knows who is at the connection's other end, so it is asked.
/** @param {import('hono').Context} c */
const address = (c) => getConnInfo(c).remote.address;

app.get('/reports', requireKey(keyturn, { scopes: ['reports:read'], address }), (c) =>
  c.json({ owner: c.var.apiKey.owner }),
);

// A signed-in user, or a key. The cookie stands for your own session.
const signedInOrKey = requireKey(keyturn, {
  address,
  unless: (c) => c.req.header('cookie') === 'session=kim',
});
app.get('/notes', signedInOrKey, (c) => c.json({ for: c.var.apiKey?.owner ?? 'kim' }));

app.all('/keyturn/*', mountKeyturn(keyturn, { address })); // For holders of a management key.

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(port) }, (at) =>
  console.log('Listening:', at),
);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => keyturn.close())); // Writes what was counted.
}
