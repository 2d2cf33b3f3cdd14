// The first page of the admin pages may load this much script, compressed as it is sent to most:
// what it names, and all that that imports before it runs. Build first.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { report } from './report.js';
import { root } from './source.js';

const MAX_BYTES = 200_000;
const FIRST_PAGES = ['src/pages/keys/page.tsx', 'src/pages/sign-in/page.tsx'];

/** @type {Record<string, { file: string, imports?: string[] }>} */
const manifest = JSON.parse(readFileSync(`${root}dist/admin/manifest.json`, 'utf8'));
const loaded = new Set(['index.html', 'src/first.ts', ...FIRST_PAGES].flatMap(importsOf));
let sum = 0;
for (const file of loaded) sum += sizeOf(file);

report(
  'check:admin',
  sum > MAX_BYTES ? [`the first page loads ${sum} bytes of script, of ${MAX_BYTES}`] : [],
  'Load it when it is shown: a page by its route, a chart or a dialog by `lazy`.',
);

/** @param {string} name @returns {string[]} */
function importsOf(name) {
  const entry = manifest[name];
  if (entry === undefined) throw new Error(`The manifest has no ${name}.`);
  return [entry.file, ...(entry.imports ?? []).flatMap(importsOf)];
}

/** @param {string} file */
function sizeOf(file) {
  return gzipSync(readFileSync(`${root}dist/admin/${file}`), { level: 9 }).byteLength;
}
