// The search: `/`, Ctrl+K or the button. Engine and index come from this server, when first asked for.
/** @typedef {{ search: (words: string, options: object) => Hit[] }} Engine */
/** @typedef {{ url: string, title: string, heading: string, start: string, section: string }} Hit */

const MAX_HITS = 12;
const OPTIONS = {
  prefix: true,
  fuzzy: 0.2,
  combineWith: 'AND',
  boost: { title: 4, heading: 3 },
  /** @param {unknown} _id @param {string} _term @param {{ section?: string }} stored */
  boostDocument: (_id, _term, stored) => (stored.section === 'decisions' ? 0.4 : 1),
};

const { start = '', engine = '', index = '' } = document.documentElement.dataset;
const dialog = find('search', HTMLDialogElement);
const input = find('search-words', HTMLInputElement);
const said = find('search-said', HTMLElement);
const list = find('search-hits', HTMLElement);
/** @type {Promise<Engine> | undefined} */
let loading;

find('search-open', HTMLElement).addEventListener('click', open);
input.addEventListener('input', show);
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close(); // Beside it.
});
dialog.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown') move(1);
  else if (event.key === 'ArrowUp') move(-1);
  else if (event.key === 'Escape')
    dialog.close(); // A search field would only empty itself.
  else if (event.key === 'Enter' && event.target === input) list.querySelector('a')?.click();
  else return;
  event.preventDefault();
});
// A hit on the page that is open leads to a heading of it.
list.addEventListener('click', () => dialog.close());
document.addEventListener('keydown', (event) => {
  const isCommand = event.key === 'k' && (event.ctrlKey || event.metaKey);
  const isTyping = event.target instanceof HTMLInputElement;
  if (!isCommand && (event.key !== '/' || isTyping)) return;
  event.preventDefault();
  open();
});

function open() {
  if (!dialog.open) dialog.showModal();
  input.focus();
  input.select();
  load().catch(() => {
    said.textContent = 'The search could not be loaded. Load the page again.';
  });
}

function load() {
  loading ??= Promise.all([import(from(engine)), fetch(from(index)).then((got) => got.json())])
    .then(([{ default: MiniSearch }, made]) => MiniSearch.loadJS(made.index, made.options))
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}

async function show() {
  const words = input.value.trim();
  const search = await load();
  if (input.value.trim() !== words) return; // More was typed meanwhile.
  const hits = words === '' ? [] : search.search(words, OPTIONS);
  list.replaceChildren(...hits.slice(0, MAX_HITS).map(itemOf));
  said.textContent = words === '' ? '' : countOf(hits.length);
}

/** @param {Hit} hit */
function itemOf({ url, title, heading, start: text }) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = new URL(url, from(start)).href; // As the first page would lead there.
  link.append(part('strong', heading || title));
  if (heading !== '') link.append(part('small', title));
  if (text !== '') link.append(part('span', text));
  item.append(link);
  return item;
}

/** @param {'strong' | 'small' | 'span'} tag @param {string} text */
function part(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/** @param {number} hitCount */
function countOf(hitCount) {
  if (hitCount === 0) return 'Nothing found. Try fewer or other words.';
  return hitCount === 1 ? '1 hit' : `${hitCount} hits`;
}

/** @param {number} step */
function move(step) {
  /** @type {(Element | null)[]} */
  const links = [...list.querySelectorAll('a')];
  const place = links.indexOf(document.activeElement);
  const next = place + step;
  const target = next < 0 ? input : links[Math.min(next, links.length - 1)];
  if (target instanceof HTMLElement) target.focus();
}

/** An address as this page would follow it, wherever the site is mounted.
 * @param {string} address
 */
function from(address) {
  return new URL(address, document.baseURI).href;
}

/** @template {HTMLElement} Kind
 * @param {string} id @param {new () => Kind} kind
 */
function find(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no ${id}.`);
  return element;
}
