// Installs what a page says without a registry: each package is the one that this clone has, and a
// name that it does not have fails, as one that is misspelt would.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [modules = '', keyturn = '', command, ...names] = process.argv.slice(2);
if (command !== 'install' || names.length === 0) fail('The stand-in installs packages by name.');
for (const name of names) {
  const source = name === 'keyturn' ? keyturn : join(modules, name);
  const target = join('node_modules', name);
  if (!existsSync(source)) fail(`No page installs ${name} but one that a test has.`);
  mkdirSync(dirname(target), { recursive: true });
  if (!existsSync(target)) symlinkSync(source, target);
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
