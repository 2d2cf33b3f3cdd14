// Loads every entry point by the package's own name, as ESM and by `require`, on the Node that runs
// this: a dependency that a Node version cannot load, or a top-level await, shows here. And looks its
// types up as TypeScript does in a project of CommonJS, where it reads no `exports`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { report } from './report.js';
import { root } from './source.js';

const require = createRequire(import.meta.url);
/** @type {{ name: string, exports: Record<string, string | { types: string }> }} */
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const types = Object.entries(manifest.exports).flatMap(([path, entry]) =>
  typeof entry === 'string' ? [] : [{ name: manifest.name + path.slice(1), file: entry.types }],
);
const names = types.map(({ name }) => name);

/** @type {string[]} */
const faults = [];
for (const name of names) {
  await attempt(`import('${name}')`, async () => await import(name));
  await attempt(`require('${name}')`, async () => require(name));
}
for (const { name, file } of types) {
  const found = typesOf(name);
  if (found !== join(root, file)) faults.push(`types of ${name}: ${found}, not ${file} (CommonJS)`);
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

/** @param {string} name @returns {string | undefined} where an application of CommonJS finds its types */
function typesOf(name) {
  const installed = '/app/node_modules/keyturn';
  /** @param {string} path */
  const here = (path) => path.replace(installed, root.replace(/\/$/, ''));
  const { resolvedModule } = ts.resolveModuleName(
    name,
    '/app/main.ts',
    { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 },
    {
      fileExists: (path) => ts.sys.fileExists(here(path)),
      readFile: (path) => ts.sys.readFile(here(path)),
    },
  );
  return resolvedModule && here(resolvedModule.resolvedFileName);
}
