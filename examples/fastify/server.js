import Fastify from 'fastify';
import { createKeyturn } from 'keyturn';
import { mountKeyturn, requireKey } from 'keyturn/fastify';

const { KEYTURN_DATABASE: database = 'sqlite:./keyturn.db', PORT: port = '3000' } = process.env;
const keyturn = await createKeyturn({ database, log: console });
const app = Fastify();

// Before the body is read: a request that is refused costs nothing more.
const onRequest = requireKey(keyturn, { scopes: ['reports:read'] });
app.get('/reports', { onRequest }, async ({ apiKey }) => ({ owner: apiKey.owner }));

// A signed-in user, or a key. The cookie stands for your own session.
const signedInOrKey = requireKey(keyturn, {
  unless: ({ headers }) => headers.cookie === 'session=kim',
});
app.get('/notes', { onRequest: signedInOrKey }, async ({ apiKey }) => ({
  for: apiKey?.owner ?? 'kim',
}));

app.register(mountKeyturn(keyturn), { prefix: '/keyturn' }); // For holders of a management key.
app.addHook('onClose', () => keyturn.close()); // Writes what was counted.

console.log('Listening:', await app.listen({ port: Number(port), host: '127.0.0.1' }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close());
