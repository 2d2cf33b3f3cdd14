// Writes the generated pages of the reference and the pictures, from what was built; with --check,
// says instead which of them are stale. A page that nobody can forget to write is a page that does not lie.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandLineReference } from './reference/command-line.js';
import { configurationReference } from './reference/configuration.js';
import { errorsReference } from './reference/errors.js';
import { httpReference } from './reference/http.js';
import { libraryReference } from './reference/library.js';
import { logsReference } from './reference/logs.js';
import { metricsReference } from './reference/metrics.js';
import { pictureOf } from './reference/picture.js';
import { rotationPicture, rotationReference } from './reference/rotation.js';
import { report } from './report.js';
import { root } from './source.js';

const REFERENCE = 'docs/reference';
const PICTURES = 'docs/pictures';
const PAGES = {
  'http.md': httpReference,
  'command-line.md': commandLineReference,
  'library.md': libraryReference,
  'errors.md': errorsReference,
  'metrics.md': metricsReference,
  'logs.md': logsReference,
  'configuration.md': configurationReference,
  'rotation.md': rotationReference,
};

/** What is made, and by whom, by path from the root. @type {Map<string, () => Promise<string>>} */
const made = new Map([[`${PICTURES}/rotation.svg`, rotationPicture]]);
for (const [name, write] of Object.entries(PAGES)) made.set(`${REFERENCE}/${name}`, write);
for (const name of readdirSync(join(root, PICTURES)).filter((one) => one.endsWith('.dot'))) {
  const dot = () => readFileSync(join(root, PICTURES, name), 'utf8');
  made.set(`${PICTURES}/${name.replace(/dot$/, 'svg')}`, () => pictureOf(dot()));
}

const isCheck = process.argv.includes('--check');
/** @type {string[]} */
const stale = [];
for (const [path, write] of made) {
  const file = join(root, path);
  const text = await write();
  const isFresh = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (isFresh) continue;
  stale.push(`${path} is not what the code says`);
  if (isCheck) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`docs: wrote ${path}`);
}
if (isCheck) report('check:docs', stale, 'Run `npm run docs`, and read what changed.');
