// Loads every entry point by the package's own name, as ESM and by `require`, on the Node that runs
// this: a dependency that a Node version cannot load, or a top-level await, shows here.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { report } from './report.js';
import { root } from './source.js';

const require = createRequire(import.meta.url);
/** @type {{ name: string, exports: Record<string, unknown> }} */
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const names = Object.keys(manifest.exports)
  .filter((path) => !path.endsWith('.json'))
  .map((path) => manifest.name + path.slice(1));

/** @type {string[]} */
const faults = [];
for (const name of names) {
  await attempt(`import('${name}')`, async () => await import(name));
  await attempt(`require('${name}')`, async () => require(name));
}
report(
  `check:entry-points (Node ${process.versions.node}, ${names.length} entry points)`,
  faults,
  'Run `npm run build` first; an entry point has no top-level await, and loads what is optional on use.',
);

/** @param {string} what @param {() => Promise<object>} load */
async function attempt(what, load) {
  try {
    if (Object.keys(await load()).length === 0) faults.push(`${what} gives no export`);
  } catch (error) {
    faults.push(`${what}: ${error instanceof Error ? error.message : error}`);
  }
}
