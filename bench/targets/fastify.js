// A Fastify application with one route, guarded or not.
import { fastify } from 'fastify';
import { createKeyturn } from 'keyturn';
import { requireKey } from 'keyturn/fastify';
import { answering } from '../measure/answering.js';
import { OWNER, WANTED } from '../measure/keys.js';

answering(async ({ isGuarded, url }) => {
  const keyturn = await createKeyturn({ database: url });
  const app = fastify();
  if (isGuarded) {
    const onRequest = requireKey(keyturn, { scopes: WANTED });
    app.get('/reports', { onRequest }, (request, reply) => {
      reply.send({ owner: request.apiKey.owner });
    });
  } else {
    app.get('/reports', (_request, reply) => {
      reply.send({ owner: OWNER });
    });
  }
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  return { hello: { port }, close: () => keyturn.close() };
});
