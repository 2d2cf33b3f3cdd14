// Builds the documentation's site: docs/ through Eleventy, with the search's index and the assets.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Eleventy } from '@11ty/eleventy';
import { root } from '../source.js';
import { assetsOf } from './assets.js';
import { markdown } from './markdown.js';
import { DOCS, madePages, pagesOfDocs, urlOf } from './pages.js';
import { surroundings } from './surroundings.js';

const TEMPLATES = 'site/templates';
const FIRST = 'index.html';

/** Builds the site into a folder that may be in use: a half-built one is never seen.
 * @param {string} target absolute
 * @returns {Promise<number>} how many files it has
 */
export async function buildSite(target) {
  const pages = pagesOfDocs();
  const assets = assetsOf(pages);
  const files = new Map([...(await pageFiles(surroundings(pages, assets))), ...assets]);
  const building = `${target}.building`;
  rmSync(building, { recursive: true, force: true });
  for (const [name, text] of files) {
    mkdirSync(dirname(join(building, name)), { recursive: true });
    writeFileSync(join(building, name), text);
  }
  rmSync(target, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  renameSync(building, target);
  return files.size;
}

/** @param {(url: string) => object} surroundingsOf
 * @returns {Promise<readonly (readonly [string, string])[]>} name and HTML of each page
 */
async function pageFiles(surroundingsOf) {
  const input = relative(process.cwd(), join(root, DOCS));
  const eleventy = new Eleventy(input, undefined, {
    quietMode: true,
    config: (config) => {
      config.setLibrary('md', markdown);
      config.setIncludesDirectory(`../${TEMPLATES}`);
      config.setUseGitIgnore(false);
      for (const { name, template } of madePages) {
        config.addTemplate(name, readFileSync(join(root, TEMPLATES, template), 'utf8'));
      }
      config.addGlobalData('layout', 'page.njk');
      config.addGlobalData('eleventyComputed', {
        permalink: ({ page }) => fileOf(urlOf(sourceOf(page))),
        site: ({ page }) => surroundingsOf(urlOf(sourceOf(page))),
      });
      // Pages say "{{" where they mean it. What a function here returns is not looked at.
      config.on('eleventy.config', (whole) => {
        whole.config.markdownTemplateEngine = false;
      });
    },
  });
  const made = await eleventy.toJSON();
  return made.map(({ url, content }) => [url === '/' ? FIRST : url.slice(1), content]);
}

/** @param {{ inputPath: string }} page */
function sourceOf({ inputPath }) {
  return relative(root, join(process.cwd(), inputPath));
}

/** Where a page is kept: what stands below /docs in its address, as a file.
 * @param {string} url
 */
function fileOf(url) {
  return url === `/${DOCS}` ? FIRST : `${url.slice(`/${DOCS}/`.length)}.html`;
}
