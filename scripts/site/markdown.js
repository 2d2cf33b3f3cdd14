// Turns a page's Markdown into HTML that a strict policy lets through: no style, no script, no
// colour in an attribute, and no link that leads nowhere.
import { existsSync, readFileSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import http from 'highlight.js/lib/languages/http';
import ini from 'highlight.js/lib/languages/ini';
import json from 'highlight.js/lib/languages/json';
import nginx from 'highlight.js/lib/languages/nginx';
import python from 'highlight.js/lib/languages/python';
import typescript from 'highlight.js/lib/languages/typescript';
import yaml from 'highlight.js/lib/languages/yaml';
import MarkdownIt from 'markdown-it';
import anchor from 'markdown-it-anchor';
import { root } from '../source.js';
import { hashedName } from './hashed-name.js';
import { DOCS, relativeUrl, urlOf } from './pages.js';

/** @typedef {import('markdown-it/lib/token.mjs').default} Token */

const LANGUAGES = { bash, http, ini, json, nginx, python, typescript, yaml };
const ALIASES = new Map([
  ['sh', 'bash'],
  ['js', 'typescript'],
  ['ts', 'typescript'],
]);
// What a file that is shown as text is written in, by how its name ends.
const LANGUAGE_OF_FILE = new Map([
  ['.conf', 'nginx'],
  ['.service', 'ini'],
  ['.yml', 'yaml'],
]);
const FILE = /^[\w.-]+\.\w+$|^Caddyfile$/;
const { escapeHtml } = new MarkdownIt().utils;
const COMMENT = /^\s*<!--[\s\S]*?-->\s*$/;
const MARKS = /_(?:open|close)$/;
const EXTERNAL = /^(?:https?:|mailto:)/;

for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

/** The renderer. It is told whose text it is by `env.page.inputPath`, as Eleventy does. */
export const markdown = new MarkdownIt({ html: true });
markdown.use(anchor, { slugify, permalink: anchor.permalink.headerLink() });
Object.assign(markdown.renderer.rules, {
  html_block: htmlAsText,
  html_inline: htmlAsText,
  fence: codeBlock,
  table_open: () => '<div class="table"><table>\n',
  table_close: () => '</table></div>\n',
  image: picture,
});
markdown.core.ruler.push('site links', ({ tokens, env }) => {
  const source = relative(root, resolve(env.page.inputPath));
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    if (token.type === 'link_open') lead(token, source);
    if (token.type === 'image') show(token, source);
  }
});

/** As GitHub makes them of headings, so that links hold there and here.
 * @param {string} heading
 */
function slugify(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

/** A page's text, parsed.
 * @param {{ source: string, text: string }} page
 * @returns {readonly Token[]}
 */
export function parsed({ source, text }) {
  return markdown.parse(text, { page: { inputPath: join(root, source) } });
}

/** What is read of a heading or a paragraph.
 * @param {Token | undefined} token
 */
export function plainText(token) {
  const shown = (token?.children ?? []).filter(({ type }) => !MARKS.test(type));
  return shown.map(({ content }) => content || ' ').join('');
}

/** Leads a link to the page as it stands on the site. One to a file of the repository that is no
 * page becomes text: an `a` without `href`.
 * @param {Token} token @param {string} source
 */
function lead(token, source) {
  const target = addressOf(source, token.attrGet('href') ?? '');
  if (target === undefined) token.attrs = null;
  else token.attrSet('href', target);
}

/** Shows a picture of docs/ from where the site keeps it.
 * @param {Token} token @param {string} source
 */
function show(token, source) {
  const path = token.attrGet('src') ?? '';
  const file = posix.join(posix.dirname(source), path);
  if (!file.startsWith(`${DOCS}/pictures/`) || !existsSync(join(root, file))) {
    throw new Error(`${source} shows ${path}, which is no picture in ${DOCS}/pictures.`);
  }
  const name = hashedName(posix.basename(file), readFileSync(join(root, file)));
  token.attrSet('src', relativeUrl(urlOf(source), `/${DOCS}/${name}`));
}

/** Undefined for a file of the repository that is no page: the site has nothing to lead to.
 * @param {string} source @param {string} href @returns {string | undefined}
 */
function addressOf(source, href) {
  if (EXTERNAL.test(href) || href.startsWith('#')) return href;
  const [path = '', hash] = href.split('#');
  const file = posix.join(posix.dirname(source), path).replace(/\/$/, '');
  if (!existsSync(join(root, file))) {
    throw new Error(`${source} links to ${href}, which is not there. Mend the link.`);
  }
  if (!file.startsWith(`${DOCS}/`)) return undefined;
  const address = relativeUrl(urlOf(source), urlOf(file));
  return hash === undefined ? address : `${address}#${hash}`;
}

/** Comments say how a page is tested. What else looks like HTML is meant as text: `<number>`.
 * @param {readonly Token[]} tokens @param {number} index
 */
function htmlAsText(tokens, index) {
  const { content = '' } = tokens[index] ?? {};
  return COMMENT.test(content) ? '' : escapeHtml(content);
}

/** @param {readonly Token[]} tokens @param {number} index */
function codeBlock(tokens, index) {
  const { info = '', content = '' } = tokens[index] ?? {};
  const [name = '', ...words] = info.trim().split(/\s+/);
  const file = words.find((word) => FILE.test(word));
  const language = languageOf(name, file);
  const code =
    language === undefined ? escapeHtml(content) : hljs.highlight(content, { language }).value;
  const caption = file === undefined ? '' : `<figcaption>${escapeHtml(file)}</figcaption>`;
  const kind = name === 'text' && file === undefined ? 'output' : 'code';
  return `<figure class="block ${kind}">${caption}<pre><code>${code}</code></pre></figure>\n`;
}

/** A picture leads to itself, where it can be looked at in its full size.
 * @param {readonly Token[]} tokens @param {number} index
 */
function picture(tokens, index) {
  const token = tokens[index];
  const [src, alt] = [token?.attrGet('src') ?? '', plainText(token)];
  return `<a href="${escapeHtml(src)}"><img src="${escapeHtml(src)}" alt="${escapeHtml(alt)}"></a>`;
}

/** @param {string} name @param {string | undefined} file @returns {string | undefined} */
function languageOf(name, file) {
  const known = LANGUAGE_OF_FILE.get(posix.extname(file ?? '')) ?? ALIASES.get(name) ?? name;
  return known in LANGUAGES ? known : undefined;
}
