// The files beside the pages: style, scripts, icon, pictures and the search's index.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { root } from '../source.js';
import { hashedName } from './hashed-name.js';
import { searchIndexOf } from './search-index.js';

/** @typedef {import('./pages.js').Page} Page */

const OWN = join(root, 'site/assets');
const PICTURES = join(root, 'docs/pictures');
const SHOWN = /!\[[^\]]*\]\((?:\.\.\/)?pictures\/([\w/.-]+)\)/g;
const { resolve } = createRequire(import.meta.url);

/** The assets, by file name: `assets/style-0123456789.css`.
 * @param {readonly Page[]} pages
 * @returns {ReadonlyMap<string, string | Uint8Array>}
 */
export function assetsOf(pages) {
  /** @type {Map<string, string | Uint8Array>} */
  const files = new Map();
  for (const [name, content] of [...filesIn(OWN), ...picturesOn(pages)]) files.set(name, content);
  files.set('engine.js', engine());
  files.set('index.json', searchIndexOf(pages));
  return new Map([...files].map(([name, content]) => [hashedName(name, content), content]));
}

/** The search itself, as its authors ship it for browsers. */
function engine() {
  const file = join(resolve('minisearch'), '../../es/index.js');
  return readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

/** Those that a page shows: there are more, of every page of the admin's in every look.
 * @param {readonly Page[]} pages @returns {[string, Uint8Array][]} name and content
 */
function picturesOn(pages) {
  const shown = pages.flatMap(({ text }) => [...text.matchAll(SHOWN)]);
  const paths = new Set(shown.map(([, path = '']) => path));
  return [...paths].map((path) => [basename(path), readFileSync(join(PICTURES, path))]);
}

/** @param {string} folder @returns {[string, string][]} name and text */
function filesIn(folder) {
  const names = readdirSync(folder);
  return names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
}
