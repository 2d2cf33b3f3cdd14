// Builds the documentation's site, which every served Keyturn shows at /docs. `npm ci` does it as
// well, once the package itself is built. `node scripts/site/main.js FOLDER` writes elsewhere.
import { join, resolve } from 'node:path';
import { root } from '../source.js';
import { buildSite } from './build.js';

// npx links a clone into its cache, and npm prepares what it links: see scripts/build.js.
const { npm_command: command, npm_lifecycle_event: event } = process.env;
if (command !== 'exec' || event !== 'prepare') {
  const target = resolve(process.argv[2] ?? join(root, 'dist/site'));
  const fileCount = await buildSite(target);
  console.log(`docs:site: wrote ${fileCount} files to ${target}`);
}
