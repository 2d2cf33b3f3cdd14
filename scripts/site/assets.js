// The files beside the pages: style, scripts, icon, pictures and the search's index.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../source.js';
import { hashedName } from './hashed-name.js';
import { searchIndexOf } from './search-index.js';

/** @typedef {import('./pages.js').Page} Page */

const OWN = join(root, 'site/assets');
const PICTURES = join(root, 'docs/pictures');
const { resolve } = createRequire(import.meta.url);

/** The assets, text by file name: `assets/style-0123456789.css`.
 * @param {readonly Page[]} pages
 * @returns {ReadonlyMap<string, string>}
 */
export function assetsOf(pages) {
  const texts = new Map([...filesIn(OWN), ...filesIn(PICTURES, '.svg')]);
  texts.set('engine.js', engine());
  texts.set('index.json', searchIndexOf(pages));
  return new Map([...texts].map(([name, text]) => [hashedName(name, text), text]));
}

/** The search itself, as its authors ship it for browsers. */
function engine() {
  const file = join(resolve('minisearch'), '../../es/index.js');
  return readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

/** @param {string} folder @param {string} ending @returns {[string, string][]} name and text */
function filesIn(folder, ending = '') {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
}
