// What stands around a page's text: the list at the side, its own headings, the pages before and
// after, and where styles and scripts are.
import { parsed, plainText } from './markdown.js';
import { DOCS, madePages, relativeUrl, sectionsOf } from './pages.js';

/** @typedef {import('./pages.js').Page} Page */

// Listed whole only where their own pages are read; each has a page that lists them.
const FOLDED = ['codes', 'decisions'];
const FEWEST_HEADINGS = 2; // A page with fewer needs no list of them.

/** @param {readonly Page[]} pages @param {ReadonlyMap<string, string | Uint8Array>} assets by file name
 * @returns {(url: string) => object} what the templates are told of a page
 */
export function surroundings(pages, assets) {
  const all = [...pages, ...madePages];
  return (url) => {
    const page = all.find((one) => one.url === url);
    if (page === undefined) throw new Error(`No page stands at ${url}.`);
    /** @param {string} target below the mount path */
    const at = (target) => relativeUrl(url, target);
    const place = pages.findIndex((one) => one.url === url);
    const headings = headingsOf(page);
    return {
      title: page.title,
      start: at(`/${DOCS}`),
      isStart: url === `/${DOCS}`,
      assets: addressesOf(assets, at),
      sections: sectionsOf(pages).map((name) => sectionOf(name, pages, { page, at })),
      headings: headings.length < FEWEST_HEADINGS ? [] : headings,
      before: linkTo(pages[place - 1], at),
      after: place === -1 ? undefined : linkTo(pages[place + 1], at),
    };
  };
}

/** @typedef {(target: string) => string} At */

/** The headings of the second level.
 * @param {Pick<Page, 'source' | 'text'>} page
 */
function headingsOf(page) {
  const tokens = parsed(page);
  return tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open' || token.tag !== 'h2') return [];
    return [{ href: `#${token.attrGet('id')}`, title: plainText(tokens[index + 1]) }];
  });
}

/** @param {string} name @param {readonly Page[]} pages
 * @param {{ page: Pick<Page, 'url' | 'section'>, at: At }} seenFrom
 */
function sectionOf(name, pages, { page, at }) {
  const own = [...pages, ...madePages].find(({ url }) => url === `/${DOCS}/${name}`);
  const isWhole = !FOLDED.includes(name) || page.section === name;
  const listed = pages.filter(({ section, url }) => section === name && url !== own?.url);
  return {
    title: own?.title ?? name.charAt(0).toUpperCase() + name.slice(1),
    href: own === undefined ? undefined : at(own.url),
    isCurrent: own?.url === page.url,
    pages: isWhole
      ? listed.map((one) => ({ ...linkTo(one, at), isCurrent: one.url === page.url }))
      : [],
  };
}

/** @param {Pick<Page, 'url' | 'label'> | undefined} page @param {At} at */
function linkTo(page, at) {
  return page === undefined ? undefined : { href: at(page.url), label: page.label };
}

/** By what each is called without the hash in its name: `style.css`.
 * @param {ReadonlyMap<string, string | Uint8Array>} assets @param {At} at
 */
function addressesOf(assets, at) {
  return Object.fromEntries(
    [...assets.keys()].map((file) => [
      file.replace(/^assets\/|-[0-9a-f]{10}(?=\.)/g, '').replace('.', '_'),
      at(`/${DOCS}/${file}`),
    ]),
  );
}
