// Serves the route handlers of a Next.js application as functions: without Next.js, which would have
// to be built and be there. `node serve-routes.js FOLDER`, with PORT.
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { getRequestListener } from '@hono/node-server';

const folder = resolve(process.argv[2] ?? '');
/** @param {string} path */
const load = (path) => import(pathToFileURL(join(folder, path)).href);
const routes = new Map([
  ['/reports', await load('app/reports/route.js')],
  ['/notes', await load('app/notes/route.js')],
]);
const management = await load('app/keyturn/[...path]/route.js');
process.env['NEXT_RUNTIME'] = 'nodejs';
await (await load('instrumentation.js')).register();

const server = createServer(
  getRequestListener(async (request) => {
    const { pathname } = new URL(request.url);
    const route = pathname.startsWith('/keyturn/') ? management : routes.get(pathname);
    if (route === undefined) return new Response(null, { status: 404 });
    return route[request.method](request, { params: Promise.resolve({}) });
  }),
);
server.listen(Number(process.env['PORT']), '127.0.0.1', () => {
  console.log('Listening:', server.address());
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
