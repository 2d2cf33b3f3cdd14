// A Hono application with one route, guarded or not.
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono } from 'hono';
import { createKeyturn } from 'keyturn';
import { requireKey } from 'keyturn/hono';
import { answering } from '../measure/answering.js';
import { OWNER, WANTED } from '../measure/keys.js';
import { listening } from './listening.js';

answering(async ({ isGuarded, url }) => {
  const keyturn = await createKeyturn({ database: url });
  const app = new Hono();
  if (isGuarded) {
    /** @param {import('hono').Context} c */
    const address = (c) => getConnInfo(c).remote.address;
    app.get('/reports', requireKey(keyturn, { scopes: WANTED, address }), (c) =>
      c.json({ owner: c.get('apiKey').owner }),
    );
  } else {
    app.get('/reports', (c) => c.json({ owner: OWNER }));
  }
  const port = await listening(createServer(getRequestListener(app.fetch)));
  return { hello: { port }, close: () => keyturn.close() };
});
