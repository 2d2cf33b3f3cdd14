// What the search of the site looks into: each page cut at its headings, so that a hit leads to the
// place and not only to the page.
import MiniSearch from 'minisearch';
import { parsed, plainText } from './markdown.js';
import { DOCS, relativeUrl } from './pages.js';

/** @typedef {import('./pages.js').Page} Page */
/** @typedef {import('./markdown.js').Token} Token */
/** @typedef {{ url: string, heading: string, start: string, text: string }} Part */

const START_LENGTH = 140; // Of the text that is shown below a hit.
// The browser needs the same options to read the index: they stand beside it in the file.
const OPTIONS = {
  fields: ['title', 'heading', 'text'],
  storeFields: ['url', 'section', 'title', 'heading', 'start'],
};

/** The index as JSON. Addresses in it are relative to the first page.
 * @param {readonly Page[]} pages
 * @returns {string}
 */
export function searchIndexOf(pages) {
  const index = new MiniSearch(OPTIONS);
  const parts = pages.flatMap((page) =>
    partsOf(page).map((part) => ({ ...part, section: page.section, title: page.title })),
  );
  index.addAll(parts.map((part, id) => ({ ...part, id })));
  return JSON.stringify({ options: OPTIONS, index });
}

/** @param {Page} page @returns {readonly Part[]} */
function partsOf(page) {
  const address = relativeUrl(`/${DOCS}`, page.url);
  /** @type {Part[]} */
  const parts = [];
  const tokens = parsed(page);
  for (const [index, token] of tokens.entries()) {
    const opener = tokens[index - 1];
    if (opener?.type === 'heading_open') parts.push(partBelow(opener, token, address));
    else add(parts.at(-1), token, opener?.type === 'paragraph_open');
  }
  return parts;
}

/** What stands below a heading; the first one's title is the page's own.
 * @param {Token} opener @param {Token} heading @param {string} address @returns {Part}
 */
function partBelow(opener, heading, address) {
  if (opener.tag === 'h1') return { url: address, heading: '', start: '', text: '' };
  const url = `${address}#${opener.attrGet('id')}`;
  return { url, heading: plainText(heading), start: '', text: '' };
}

/** @param {Part | undefined} part @param {Token} token @param {boolean} isParagraph */
function add(part, token, isParagraph) {
  if (part === undefined) return; // Nothing is said before the first heading.
  const text = token.type === 'fence' ? token.content : plainText(token);
  if (text !== '') part.text += `${text}\n`;
  if (isParagraph && part.start === '') part.start = cut(text);
}

/** @param {string} text */
function cut(text) {
  return text.length <= START_LENGTH ? text : `${text.slice(0, START_LENGTH).trimEnd()}…`;
}
