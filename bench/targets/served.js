// Keyturn's own server, as `keyturn serve` starts it.

import { serveNode } from '../../dist/http/node-server.js';
import { makeKeyturn } from '../../dist/keyturn.js';
import { answering } from '../measure/answering.js';

answering(async ({ url, trustedHops = 0 }) => {
  const keyturn = await makeKeyturn({ database: url, trustedHops });
  await keyturn.open();
  const server = await serveNode(keyturn, { host: '127.0.0.1', port: 0 });
  const close = async () => {
    await keyturn.close();
  };
  return { hello: { port: Number(new URL(server.url).port) }, close };
});
