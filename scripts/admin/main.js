// Builds the admin pages into dist/admin, with the types of the API that is in dist/ already; or into
// the folder that is named, without asking what is in dist/.
import process from 'node:process';
import { root } from '../source.js';
import { buildPages } from './pages.js';
import { writeTypes } from './types.js';

const [target] = process.argv.slice(2);
if (target === undefined) await writeTypes();
await buildPages(target ?? `${root}dist/admin`);
