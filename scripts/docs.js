// Writes the generated pages of the reference, from what was built; with --check, says instead which
// of them are stale. A page that nobody can forget to write is a page that does not lie.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineReference } from './reference/command-line.js';
import { configurationReference } from './reference/configuration.js';
import { errorsReference } from './reference/errors.js';
import { httpReference } from './reference/http.js';
import { libraryReference } from './reference/library.js';
import { logsReference } from './reference/logs.js';
import { metricsReference } from './reference/metrics.js';
import { report } from './report.js';
import { root } from './source.js';

const FOLDER = 'docs/reference';
const PAGES = {
  'http.md': httpReference,
  'command-line.md': commandLineReference,
  'library.md': libraryReference,
  'errors.md': errorsReference,
  'metrics.md': metricsReference,
  'logs.md': logsReference,
  'configuration.md': configurationReference,
};

const isCheck = process.argv.includes('--check');
/** @type {string[]} */
const stale = [];
for (const [name, write] of Object.entries(PAGES)) {
  const path = `${FOLDER}/${name}`;
  const file = join(root, path);
  const text = await write();
  const isFresh = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (isFresh) continue;
  stale.push(`${path} is not what the code says`);
  if (isCheck) continue;
  mkdirSync(join(root, FOLDER), { recursive: true });
  writeFileSync(file, text);
  console.log(`docs: wrote ${path}`);
}
if (isCheck) report('check:docs', stale, 'Run `npm run docs`, and read what changed.');
