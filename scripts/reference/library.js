// docs/reference/library.md: what the entry points export, as it is declared and with its docstrings.
import { declarationsOf, docOf, exportsOf, namedIn, signatureOf } from './declarations.js';
import { pageHead, paragraphs } from './markdown.js';

/** @typedef {import('./declarations.js').Declared} Declared */

const ENTRIES = [
  { name: 'keyturn', file: 'src/index.ts', what: 'The library itself.' },
  { name: 'keyturn/express', file: 'src/guards/express.ts', what: 'For Express 5 and 4.' },
  { name: 'keyturn/fastify', file: 'src/guards/fastify.ts', what: 'For Fastify 5.' },
  { name: 'keyturn/hono', file: 'src/guards/hono.ts', what: 'For Hono 4.' },
  { name: 'keyturn/nestjs', file: 'src/guards/nestjs.ts', what: 'For NestJS 11.' },
  { name: 'keyturn/next', file: 'src/guards/next.ts', what: 'For the app router of Next.js.' },
  {
    name: 'keyturn/fetch',
    file: 'src/guards/fetch.ts',
    what: 'For everything that handles a `Request` and answers a `Response`.',
  },
  { name: 'keyturn/testing', file: 'src/testing.ts', what: 'For the tests of an application.' },
];
const FIRST = ['Keyturn', 'KeyturnOptions', 'Management'];
const PARTS = `What the types above are made of. These have no name that can be imported; write
\`Keyturn['keys']\` or \`KeyInput['restrictions']\`.`;

/**
 * @returns {Promise<string>}
 * @public
 */
export async function libraryReference() {
  /** @type {Set<string>} */
  const shown = new Set();
  const sections = ENTRIES.map(({ name, file, what }) => {
    const own = exportsOf(file).filter((one) => isNew(one, shown));
    return paragraphs(`## ${name}`, what, ...own.toSorted(inOrder).map(declarationText));
  });
  const exported = ENTRIES.flatMap(({ file }) => exportsOf(file));
  const parts = partsOf(exported, shown).toSorted(inOrder);
  const head = pageHead({
    title: 'Library',
    source: 'the entry points and the types that they give out',
    promise:
      'After reading this you can look up every function and type that an application can import.',
  });
  return paragraphs(head, ...sections, '## Parts', PARTS, ...parts.map(declarationText));
}

/** What is named in the exported declarations, and in those again, and is ours.
 * @param {readonly Declared[]} exported @param {Set<string>} shown @returns {readonly Declared[]}
 */
function partsOf(exported, shown) {
  /** @type {Declared[]} */
  const parts = [];
  const open = [...exported];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const fresh = namedIn(next).filter((one) => isNew(one, shown));
    parts.push(...fresh);
    open.push(...fresh);
  }
  return parts;
}

/** Notes that it is shown. @param {Declared} one @param {Set<string>} shown */
function isNew({ file, name }, shown) {
  const id = `${file} ${name}`;
  if (shown.has(id)) return false;
  shown.add(id);
  return true;
}

/** @param {Declared} declared */
function declarationText(declared) {
  const nodes = declarationsOf(declared);
  // Of overloads, the last one implements the others, and is no signature of its own.
  const shown = nodes.length > 1 ? nodes.slice(0, -1) : nodes;
  const docs = nodes.map(docOf).filter((doc) => doc !== '');
  const text = shown.map(signatureOf).join('\n\n');
  return paragraphs(`### ${declared.name}`, ...docs, `\`\`\`ts\n${text}\n\`\`\``);
}

/** Functions, then what everything hangs on, then the rest by name.
 * @param {Declared} a @param {Declared} b
 */
function inOrder(a, b) {
  return rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1);
}

/** @param {Declared} declared */
function rankOf({ name }) {
  if (/^[a-z]/.test(name)) return -1;
  const index = FIRST.indexOf(name);
  return index === -1 ? FIRST.length : index;
}
