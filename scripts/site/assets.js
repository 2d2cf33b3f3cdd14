// The files beside the pages: style, scripts, icon and the search's index. Each has the hash of its
// content in its name, so that a browser may keep it for ever.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { root } from '../source.js';
import { searchIndexOf } from './search-index.js';

/** @typedef {import('./pages.js').Page} Page */

const OWN = join(root, 'site/assets');
const HASH_LENGTH = 10;
const { resolve } = createRequire(import.meta.url);

/** The assets, text by file name: `assets/style-0123456789.css`.
 * @param {readonly Page[]} pages
 * @returns {ReadonlyMap<string, string>}
 */
export function assetsOf(pages) {
  const texts = new Map(
    readdirSync(OWN).map((name) => [name, readFileSync(join(OWN, name), 'utf8')]),
  );
  texts.set('engine.js', engine());
  texts.set('index.json', searchIndexOf(pages));
  return new Map([...texts].map(([name, text]) => [hashedName(name, text), text]));
}

/** The search itself, as its authors ship it for browsers. */
function engine() {
  const file = join(resolve('minisearch'), '../../es/index.js');
  return readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

/** @param {string} name @param {string} text */
function hashedName(name, text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
  const ending = extname(name);
  return `assets/${name.slice(0, -ending.length)}-${hash}${ending}`;
}
