// A route handler as Next.js has them, guarded or not, on the runtime of `hono.js`: beside Next's own
// server, which takes long for a request, it is hard to see what the guard itself costs.
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createKeyturn } from 'keyturn';
import { requireKey } from 'keyturn/next';
import { answering } from '../measure/answering.js';
import { OWNER, WANTED } from '../measure/keys.js';
import { listening } from './listening.js';

answering(async ({ isGuarded, url }) => {
  const keyturn = await createKeyturn({ database: url });
  const guard = requireKey(keyturn, { scopes: WANTED });
  const guarded = guard.guarded((_request, key) => Response.json({ owner: key.owner }));
  const bare = async () => Response.json({ owner: OWNER });
  /** @param {Request} request */
  const GET = (request) => (isGuarded ? guarded(request, undefined) : bare());
  const port = await listening(createServer(getRequestListener(GET)));
  return { hello: { port }, close: () => keyturn.close() };
});
