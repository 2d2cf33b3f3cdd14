// The pages of the site: where each stands, what it is called, and in which order they are listed.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { root } from '../source.js';

/** The folder whose pages make the site, from the root; and its address below the mount path. */
export const DOCS = 'docs';

// The folders of docs/, in the order in which they are listed; another one comes after them.
const SECTIONS = ['start', 'guides', 'concepts', 'operate', 'codes', 'reference', 'decisions'];

/** Pages that no Markdown stands behind. What is not there is told at either depth, because the
 * addresses on that page are relative as well.
 */
export const madePages = [
  { name: 'decisions.njk', template: 'decisions.njk', title: 'Decisions' },
  { name: '404.njk', template: '404.njk', title: 'No such page' },
  { name: '404/below.njk', template: '404.njk', title: 'No such page' },
].map((made) => {
  const url = `/${DOCS}/${made.name.replace('.njk', '')}`;
  return { ...made, url, section: url.split('/')[2] ?? '', source: '', text: '' };
});

/**
 * @typedef {object} Page
 * @property {string} source from the root: `docs/start/server.md`
 * @property {string} url below the mount path: `/docs/start/server`
 * @property {string} section its folder; empty for the first page
 * @property {string} title its heading
 * @property {string} label what lists call it
 * @property {string} text
 */

/** Every page of docs/, in order: sections, and in them as the first page lists them.
 * @returns {readonly Page[]}
 */
export function pagesOfDocs() {
  const labels = labelsIn(readFileSync(join(root, DOCS, 'README.md'), 'utf8'));
  const listed = [...labels.keys()];
  /** @param {string} name */
  const rank = (name) => {
    const place = listed.indexOf(name);
    return place === -1 ? listed.length : place;
  };
  return readdirSync(join(root, DOCS), { recursive: true })
    .map((name) => String(name).split(sep).join('/'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .sort((left, right) => rank(left) - rank(right))
    .map((name) => pageOf(name, labels.get(name)))
    .sort((left, right) => orderOf(left.section) - orderOf(right.section));
}

/** The sections of these pages, in order.
 * @param {readonly Page[]} pages
 */
export function sectionsOf(pages) {
  return [...new Set(pages.map(({ section }) => section))].filter((name) => name !== '');
}

/** @param {string} section */
function orderOf(section) {
  if (section === '') return -1; // The first page.
  const place = SECTIONS.indexOf(section);
  return place === -1 ? SECTIONS.length : place;
}

/** @param {string} source a page's Markdown, or the template of one that is made; from the root */
export function urlOf(source) {
  const made = madePages.find(({ name }) => source === `${DOCS}/${name}`);
  return made?.url ?? `/${source}`.replace(/\.md$/, '').replace(/\/README$/, '');
}

/** An address from one page to another that holds wherever the site is mounted. No page's address
 * ends in a slash, so `..` alone would lead to none.
 * @param {string} from @param {string} to
 */
export function relativeUrl(from, to) {
  const folder = posix.relative(posix.dirname(from), posix.dirname(to));
  return posix.join(folder, posix.basename(to));
}

/** @param {string} name @param {string | undefined} listedAs @returns {Page} */
function pageOf(name, listedAs) {
  const source = `${DOCS}/${name}`;
  const folders = name.split('/').slice(0, -1);
  const [section = ''] = folders;
  if (folders.length > 1) {
    throw new Error(`${source} lies too deep: addresses have two parts. Move it up.`);
  }
  const text = readFileSync(join(root, source), 'utf8');
  const title = plain(/^# (.+)$/m.exec(text)?.[1] ?? '');
  if (title === '') throw new Error(`${source} has no heading. Begin it with "# ".`);
  return { source, url: urlOf(source), section, title, label: labelOf(title, listedAs), text };
}

/** "Deliver to a Kubernetes Secret" says more than the word "Kubernetes" that the first page links in
 * the middle of a sentence; of the pages of the codes and the decisions, it names none.
 * @param {string} title @param {string | undefined} listedAs
 */
function labelOf(title, listedAs) {
  if (listedAs !== undefined && listedAs !== '') return listedAs;
  return title
    .replace(/^(\d+)[.:] /, (_, number) => `${+number}. `)
    .replace(/^([a-z_]+): .+/, '$1');
}

/** What the first page calls the others, in its order; empty where the link begins no item of a list.
 * @param {string} text @returns {ReadonlyMap<string, string>}
 */
function labelsIn(text) {
  const links = [...text.matchAll(/(^- )?\[([^\]]+)\]\(([^)#\s]+\.md)\)/gm)];
  return new Map(
    links.map(([, item, label = '', name = '']) => [name, item === undefined ? '' : plain(label)]),
  );
}

/** @param {string} markdown */
function plain(markdown) {
  return markdown.replaceAll('`', '');
}
