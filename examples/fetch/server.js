// Any host of `Request` and `Response` will do: Deno, Bun, a worker, or as here Node with a small
// package. Only the host knows the address of the connection's other end, so it says it.
import { serve } from '@hono/node-server';
import { createKeyturn } from 'keyturn';
import { mountKeyturn, requireKey } from 'keyturn/fetch';

const { KEYTURN_DATABASE: database = 'sqlite:./keyturn.db', PORT: port = '3000' } = process.env;
const keyturn = await createKeyturn({ database, basePath: '/keyturn', log: console });
const { guarded } = requireKey(keyturn, { scopes: ['reports:read'] });

const reports = guarded((_request, key) => Response.json({ owner: key.owner }));
const management = mountKeyturn(keyturn); // The HTTP API, for holders of a management key.

/** @type {import('keyturn/fetch').Handler<import('keyturn').Peer>} */
async function answer(request, peer) {
  const { pathname } = new URL(request.url);
  if (pathname === '/reports') return reports(request, peer);
  if (pathname.startsWith('/keyturn/')) return management(request, peer);
  return new Response('Not found', { status: 404 });
}

const server = serve(
  {
    fetch: (request, { incoming }) => answer(request, { address: incoming.socket.remoteAddress }),
    hostname: '127.0.0.1',
    port: Number(port),
  },
  (address) => console.log('Listening:', address),
);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close(() => keyturn.close())); // Writes what was counted.
}
