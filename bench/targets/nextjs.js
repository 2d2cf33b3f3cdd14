// The built application of `next-app`, guarded or not, on Next's own server.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import process from 'node:process';
import { answering } from '../measure/answering.js';
import { listening } from './listening.js';

/**
 * By `require`: the types of Next.js change those of Node.js for the whole project.
 * @type {(options: object) => { prepare(): Promise<void>, close(): Promise<void>,
 *   getRequestHandler(): import('node:http').RequestListener }}
 */
const next = createRequire(import.meta.url)('next');

answering(async ({ isGuarded, url, folder }) => {
  process.env['BENCH_DATABASE'] = url;
  process.env['BENCH_GUARDED'] = isGuarded ? 'yes' : 'no';
  const app = next({ dev: false, dir: folder, quiet: true });
  await app.prepare();
  const port = await listening(createServer(app.getRequestHandler()));
  return { hello: { port }, close: () => app.close() };
});
